-- purpose: texts of the days looked back that a learnt word may stand in: they are read again without learnt words
-- grain: one row per query text and category hint
-- inputs: int_text_features, int_candidate_searches; learnt_values (category_id, attribute, value)
with named as (
    select
        query,
        category_hint,
        category_id,
        unnest(features) as feature
    from int_text_features
)

select distinct
    named.query,
    named.category_hint
from named
inner join learnt_values
    on
        named.category_id = learnt_values.category_id
        and named.feature.attribute = learnt_values.attribute
        and named.feature.value = learnt_values.value
semi join int_candidate_searches as searches
    on named.query = searches.query and named.category_id = searches.category_id
order by all
