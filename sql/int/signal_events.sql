-- purpose: what the daily signals count: every search and every order event, once per feature it touches
-- grain: one row per search or order status event, and feature; attribute * is the whole category
-- inputs: int_searches, stg_order_events (the same days), raw_products, int_product_features
with clicked_prices as (
    select
        clicks.event_id,
        median(raw_products.list_price::double) as price
    from (
        select
            event_id,
            unnest(clicked_sku_ids) as sku_id
        from int_searches
    ) as clicks
    inner join raw_products on clicks.sku_id = raw_products.sku_id
    group by clicks.event_id
),

search_side as (
    select
        int_searches.business_date,
        int_searches.category_id,
        feature.attribute,
        feature.value,
        int_searches.region,
        'search' as channel,
        'search' as side,
        int_searches.platform,
        coalesce(price_band(clicked_prices.price), 'none') as price_band,
        int_searches.actor,
        int_searches.verdict,
        1 as searches,
        coalesce(int_searches.result_count = 0, false)::integer as zero_result_searches,
        coalesce(len(int_searches.clicked_sku_ids), 0) as clicks,
        0 as order_lines,
        0 as ordered_units,
        0 as cancelled_units,
        0 as returned_units
    from int_searches
    cross join unnest(list_append(int_searches.features, { 'attribute': '*', 'value': '*' })) as t (feature)
    left join clicked_prices on int_searches.event_id = clicked_prices.event_id
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
        'order' as side,
        stg_order_events.platform,
        coalesce(price_band(stg_order_events.unit_price::double), 'none') as price_band,
        coalesce(stg_order_events.actor, 'order:' || stg_order_events.order_id) as actor,
        stg_order_events.verdict,
        0 as searches,
        0 as zero_result_searches,
        0 as clicks,
        stg_order_events.is_placement::integer as order_lines,
        case when stg_order_events.is_placement then stg_order_events.quantity else 0 end as ordered_units,
        case when stg_order_events.status = 'cancelled' then stg_order_events.quantity else 0 end as cancelled_units,
        case when stg_order_events.status = 'returned' then stg_order_events.quantity else 0 end as returned_units
    from stg_order_events
    inner join raw_products on stg_order_events.sku_id = raw_products.sku_id
    inner join product_features on stg_order_events.sku_id = product_features.sku_id
    where stg_order_events.is_placement or stg_order_events.status in ('cancelled', 'returned')
),

both_sides as (
    select * from search_side
    union all
    select * from order_side
)

select
    *,
    verdict not in ('crawler', 'brushed') as is_on,
    verdict = 'human' as is_strict
from both_sides
