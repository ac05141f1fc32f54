-- purpose: daily demand signals; orders count on the day of their event, so a day never changes later
-- grain: one row per day, category, feature, region and channel; attribute * is the whole category,
--        channel search holds the search side
-- inputs: int_searches, stg_order_events (the same days), raw_products, int_product_features
with searches as (
    select
        *,
        list_append(features, { 'attribute': '*', 'value': '*' }) as all_features
    from int_searches
    where verdict <> 'crawler'
),

search_side as (
    select
        business_date,
        category_id,
        feature.attribute,
        feature.value,
        region,
        'search' as channel,
        count(distinct actor) as searchers,
        count(*) as searches,
        count(*) filter (where result_count = 0) as zero_result_searches,
        coalesce(sum(len(clicked_sku_ids)), 0)::bigint as clicks,
        0 as order_lines,
        0 as ordered_units,
        0 as cancelled_units,
        0 as returned_units
    from searches, unnest(all_features) as t (feature)
    group by all
),

product_features as (
    select
        sku_id,
        attribute,
        value
    from int_product_features
    union all
    select
        sku_id,
        '*' as attribute,
        '*' as value
    from raw_products
),

order_side as (
    select
        stg_order_events.business_date,
        raw_products.category_id,
        product_features.attribute,
        product_features.value,
        stg_order_events.region,
        stg_order_events.channel,
        0 as searchers,
        0 as searches,
        0 as zero_result_searches,
        0 as clicks,
        count(*) filter (where stg_order_events.status = 'placed') as order_lines,
        coalesce(sum(stg_order_events.quantity) filter (where stg_order_events.status = 'placed'), 0) as ordered_units,
        coalesce(
            sum(stg_order_events.quantity) filter (where stg_order_events.status = 'cancelled'), 0
        ) as cancelled_units,
        coalesce(
            sum(stg_order_events.quantity) filter (where stg_order_events.status = 'returned'), 0
        ) as returned_units
    from stg_order_events
    inner join raw_products on stg_order_events.sku_id = raw_products.sku_id
    inner join product_features on stg_order_events.sku_id = product_features.sku_id
    where stg_order_events.status in ('placed', 'cancelled', 'returned') and stg_order_events.verdict <> 'brushed'
    group by all
),

both_sides as (
    select * from search_side
    union all
    select * from order_side
)

select
    business_date,
    category_id,
    attribute,
    value,
    region,
    channel,
    searchers::bigint as searchers,
    searches::bigint as searches,
    zero_result_searches::bigint as zero_result_searches,
    clicks::bigint as clicks,
    order_lines::bigint as order_lines,
    ordered_units::bigint as ordered_units,
    cancelled_units::bigint as cancelled_units,
    returned_units::bigint as returned_units,
    (ordered_units - cancelled_units - returned_units)::bigint as net_units
from both_sides
order by business_date, category_id, attribute, value, region, channel
