-- purpose: which attributes are named beside a phrase, to guess which one it is a value of
-- grain: one row per phrase (null: all searches of the category) and attribute
-- inputs: int_candidate_hits, candidate_members, int_candidate_searches, int_text_features
with stated as (
    select distinct
        query,
        category_id,
        unnest(features).attribute as attribute
    from int_text_features
),

base as (
    select
        searches.category_id,
        stated.attribute,
        count(*) as searches
    from int_candidate_searches as searches
    inner join stated on searches.query = stated.query and searches.category_id = stated.category_id
    group by all
),

beside as (
    select
        candidate_members.phrase_id,
        stated.attribute,
        count(distinct int_candidate_hits.event_id) as searches
    from int_candidate_hits
    inner join candidate_members
        on
            int_candidate_hits.surface_id = candidate_members.surface_id
            and int_candidate_hits.category_id = candidate_members.category_id
    inner join stated
        on int_candidate_hits.query = stated.query and int_candidate_hits.category_id = stated.category_id
    group by all
)

select
    cast(null as integer) as phrase_id,
    category_id,
    attribute,
    searches
from base
union all
select
    phrase_id,
    null as category_id,
    attribute,
    searches
from beside
order by all
