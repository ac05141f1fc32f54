-- purpose: how many people say each known value in a text
-- grain: one row per category, attribute and value
-- inputs: int_candidate_searches, int_word_features
select
    searches.category_id,
    int_word_features.attribute,
    int_word_features.value,
    count(distinct searches.actor) as people
from int_candidate_searches as searches
inner join int_word_features
    on searches.query = int_word_features.query and searches.category_id = int_word_features.category_id
group by all
order by all
