-- purpose: every search with its category and the attribute values it asks for, by text or by filter
-- grain: one row per search event
-- inputs: hinted_searches (the days to build, as a table of this run), int_text_features (current taxonomy),
--         filter_values (category_id, attribute, value, canonical_attribute, canonical_value)
with read_searches as (
    select
        hinted_searches.*,
        coalesce(int_text_features.category_id, 'unknown') as category_id,
        coalesce(hinted_searches.category_source, int_text_features.category_source) as source,
        coalesce(hinted_searches.category_probability, int_text_features.category_probability) as probability,
        list_transform(
            list_filter(coalesce(int_text_features.features, []), lambda f: not f.negated),
            lambda f: { 'attribute': f.attribute, 'value': f.value }
        ) as text_features
    from hinted_searches
    left join int_text_features
        on
            hinted_searches.query = int_text_features.query
            and hinted_searches.category_hint is not distinct from int_text_features.category_hint
),

picked as (
    select
        event_id,
        business_date,
        category_id,
        unnest(map_entries(filters)) as entry
    from read_searches
    where cardinality(filters) > 0
),

picked_values as (
    select
        event_id,
        business_date,
        category_id,
        entry.key as attribute,
        unnest(entry.value) as value
    from picked
),

filter_features as (
    select
        picked_values.event_id,
        picked_values.business_date,
        list(
            { 'attribute': filter_values.canonical_attribute, 'value': filter_values.canonical_value }
            order by filter_values.canonical_attribute, filter_values.canonical_value
        ) as features
    from picked_values
    inner join filter_values
        on
            picked_values.category_id = filter_values.category_id
            and picked_values.attribute = filter_values.attribute
            and picked_values.value = filter_values.value
    group by all
)

select
    read_searches.event_id,
    read_searches.actor,
    read_searches.session_key,
    read_searches.category_id,
    read_searches.source as category_source,
    read_searches.probability as category_probability,
    read_searches.platform,
    read_searches.region,
    read_searches.result_count,
    read_searches.clicked_sku_ids,
    read_searches.verdict,
    list_sort(list_distinct(
        list_concat(read_searches.text_features, coalesce(filter_features.features, []))
    )) as features,
    read_searches.business_date
from read_searches
left join filter_features
    on
        read_searches.event_id = filter_features.event_id
        and read_searches.business_date = filter_features.business_date
order by read_searches.business_date, read_searches.event_id
