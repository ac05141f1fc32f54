-- purpose: distinct facet filters of the days to build, to be given their canonical names
-- grain: one row per category, attribute and value as picked
-- inputs: hinted_searches (the days to build, as a table of this run), int_text_features
with picked as (
    select
        int_text_features.category_id,
        unnest(map_entries(hinted_searches.filters)) as entry
    from hinted_searches
    inner join int_text_features
        on
            hinted_searches.query = int_text_features.query
            and hinted_searches.category_hint is not distinct from int_text_features.category_hint
    where cardinality(hinted_searches.filters) > 0 and int_text_features.category_id is not null
)

select distinct
    category_id,
    entry.key as attribute,
    unnest(entry.value) as value
from picked
order by all
