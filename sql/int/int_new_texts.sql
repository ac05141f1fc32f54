-- purpose: distinct texts of the days to build that were not read yet with this taxonomy
-- grain: one row per query text and category hint
-- inputs: hinted_searches (the days to build, as a table of this run), int_text_features; $taxonomy_hash
select distinct
    hinted_searches.query,
    hinted_searches.category_hint
from hinted_searches
anti join int_text_features
    on
        hinted_searches.query = int_text_features.query
        and hinted_searches.category_hint is not distinct from int_text_features.category_hint
        and int_text_features.taxonomy_hash = $taxonomy_hash
order by all
