-- purpose: distinct texts of the days to build that were not read yet with this taxonomy
-- grain: one row per query text and category hint
-- inputs: stg_searches (the days to build), int_text_features; $taxonomy_hash
select distinct
    stg_searches.query,
    stg_searches.category_hint
from stg_searches
anti join int_text_features
    on
        stg_searches.query = int_text_features.query
        and stg_searches.category_hint is not distinct from int_text_features.category_hint
        and int_text_features.taxonomy_hash = $taxonomy_hash
order by all
