-- purpose: values of what people chose who said a phrase, who said a known value of the attribute, and of all people
-- grain: one row per phrase (else null), said value (else null), category, attribute and value chosen
-- inputs: int_word_choices, int_word_features, int_candidate_hits, candidate_members
with of_phrases as (
    select
        candidate_members.phrase_id,
        choices.category_id,
        choices.attribute,
        choices.value,
        count(distinct choices.actor) as people
    from int_candidate_hits
    inner join candidate_members
        on
            int_candidate_hits.surface_id = candidate_members.surface_id
            and int_candidate_hits.category_id = candidate_members.category_id
    inner join int_word_choices as choices on int_candidate_hits.event_id = choices.event_id
    group by all
),

of_values as (
    select
        choices.category_id,
        choices.attribute,
        said.value as said_value,
        choices.value,
        count(distinct choices.actor) as people
    from int_word_choices as choices
    inner join int_word_features as said
        on
            choices.query = said.query
            and choices.category_id = said.category_id
            and choices.attribute = said.attribute
    group by all
),

of_all as (
    select
        category_id,
        attribute,
        value,
        count(distinct actor) as people
    from int_word_choices
    group by all
)

select
    phrase_id,
    null as said_value,
    category_id,
    attribute,
    value,
    people
from of_phrases
union all
select
    null as phrase_id,
    said_value,
    category_id,
    attribute,
    value,
    people
from of_values
union all
select
    null as phrase_id,
    null as said_value,
    category_id,
    attribute,
    value,
    people
from of_all
order by all
