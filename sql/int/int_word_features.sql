-- purpose: values that a text names, without those it negates
-- grain: one row per text, category, attribute and value
-- inputs: int_text_features
create or replace temp table int_word_features as
with named as (
    select
        query,
        category_id,
        unnest(features) as feature
    from int_text_features
)

select distinct
    query,
    category_id,
    feature.attribute,
    feature.value
from named
where not feature.negated
