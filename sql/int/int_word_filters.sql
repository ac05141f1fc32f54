-- purpose: how many people pick each facet filter, as it is called in the shop
-- grain: one row per category, attribute and value as picked
-- inputs: stg_searches, int_searches (the window's days)
with picked as (
    select
        int_searches.category_id,
        stg_searches.actor,
        unnest(map_entries(stg_searches.filters)) as entry
    from stg_searches
    inner join int_searches
        on
            stg_searches.event_id = int_searches.event_id
            and stg_searches.business_date = int_searches.business_date
    where int_searches.verdict in ('human', 'grey') and cardinality(stg_searches.filters) > 0
),

picked_values as (
    select
        category_id,
        actor,
        entry.key as attribute,
        unnest(entry.value) as value
    from picked
)

select
    category_id,
    attribute,
    value,
    count(distinct actor) as people
from picked_values
group by all
order by all
