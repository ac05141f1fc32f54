-- purpose: who asked for a phrase, in its category and elsewhere; who asked in both counts in its category
-- grain: one row per phrase of a category
-- inputs: int_candidate_hits; candidate_members (phrase_id, category_id, surface_id): the spellings of a phrase
with everywhere as (
    select
        surface_id,
        count(distinct actor) as people
    from int_candidate_hits
    group by all
),

spelt as (
    select
        candidate_members.phrase_id,
        int_candidate_hits.surface_id,
        count(distinct int_candidate_hits.actor) as people
    from int_candidate_hits
    inner join candidate_members
        on
            int_candidate_hits.surface_id = candidate_members.surface_id
            and int_candidate_hits.category_id = candidate_members.category_id
    group by all
),

-- a text may hold two spellings
inside as (
    select distinct
        candidate_members.phrase_id,
        int_candidate_hits.event_id,
        int_candidate_hits.weeks_ago,
        int_candidate_hits.actor,
        int_candidate_hits.query,
        int_candidate_hits.result_count,
        int_candidate_hits.has_name,
        int_candidate_hits.has_feature
    from int_candidate_hits
    inner join candidate_members
        on
            int_candidate_hits.surface_id = candidate_members.surface_id
            and int_candidate_hits.category_id = candidate_members.category_id
),

texts as (
    select
        phrase_id,
        query,
        count(distinct actor) as people
    from inside
    group by all
),

variety as (
    select
        phrase_id,
        1.0 - sum(people * people) / (sum(people) * sum(people)) as text_variety
    from texts
    group by all
),

elsewhere as (
    select
        spelt.phrase_id,
        sum(everywhere.people - spelt.people) as people_elsewhere
    from spelt
    inner join everywhere on spelt.surface_id = everywhere.surface_id
    group by all
)

select
    inside.phrase_id,
    count(distinct inside.actor) as people,
    any_value(elsewhere.people_elsewhere) as people_elsewhere,
    any_value(variety.text_variety) as text_variety,
    count(*) as searches,
    count(inside.result_count) as judged_searches,
    count(*) filter (where inside.result_count = 0) as zero_result_searches,
    count(*) filter (where inside.has_name) as named_searches,
    count(*) filter (where inside.has_feature) as featured_searches
from inside
inner join elsewhere on inside.phrase_id = elsewhere.phrase_id
inner join variety on inside.phrase_id = variety.phrase_id
group by all
order by all
