-- purpose: how often texts that name one attribute name another one, or two values of the same
-- grain: one row per category, attribute and attribute beside it
-- inputs: int_candidate_searches, int_word_features
with stated as (
    select
        searches.event_id,
        searches.category_id,
        int_word_features.attribute,
        count(distinct int_word_features.value) as named_values
    from int_candidate_searches as searches
    inner join int_word_features
        on searches.query = int_word_features.query and searches.category_id = int_word_features.category_id
    group by all
)

select
    stated.category_id,
    stated.attribute,
    other.attribute as beside,
    count(*) as searches,
    count(*) filter (where stated.named_values > 1) as several
from stated
inner join stated as other
    on stated.event_id = other.event_id and stated.category_id = other.category_id
group by all
order by all
