-- purpose: daily demand signals of every cell, with the people behind them; not published, see mart_demand_signals
-- grain: one row per day, category, feature, region and channel; attribute * is the whole category,
--        channel search holds the search side
-- inputs: int_searches, stg_order_events (the same days), raw_products, int_product_features
with search_side as (
    select
        int_searches.business_date,
        int_searches.category_id,
        feature.attribute,
        feature.value,
        int_searches.region,
        'search' as channel,
        int_searches.actor,
        int_searches.verdict,
        1 as searches,
        coalesce(int_searches.result_count = 0, false)::integer as zero_result_searches,
        coalesce(len(int_searches.clicked_sku_ids), 0) as clicks,
        0 as order_lines,
        0 as ordered_units,
        0 as cancelled_units,
        0 as returned_units
    from
        int_searches,
        unnest(list_append(int_searches.features, { 'attribute': '*', 'value': '*' })) as t (feature)
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
        coalesce(stg_order_events.actor, 'order:' || stg_order_events.order_id) as actor,
        stg_order_events.verdict,
        0 as searches,
        0 as zero_result_searches,
        0 as clicks,
        (stg_order_events.status = 'placed')::integer as order_lines,
        case when stg_order_events.status = 'placed' then stg_order_events.quantity else 0 end as ordered_units,
        case when stg_order_events.status = 'cancelled' then stg_order_events.quantity else 0 end as cancelled_units,
        case when stg_order_events.status = 'returned' then stg_order_events.quantity else 0 end as returned_units
    from stg_order_events
    inner join raw_products on stg_order_events.sku_id = raw_products.sku_id
    inner join product_features on stg_order_events.sku_id = product_features.sku_id
    where stg_order_events.status in ('placed', 'cancelled', 'returned')
),

both_sides as (
    select * from search_side
    union all
    select * from order_side
),

levelled as (
    select
        *,
        verdict not in ('crawler', 'brushed') as is_on,
        verdict = 'human' as is_strict
    from both_sides
),

-- each person counts once per larger cell, where they come first: such counts add up to distinct people
placed as (
    select
        *,
        row_number() over (
            partition by business_date, category_id, attribute, value, channel, actor, is_on order by region
        ) = 1 as is_first_in_channel,
        row_number() over (
            partition by business_date, category_id, attribute, value, channel = 'search', actor, is_on
            order by channel, region
        ) = 1 as is_first_in_side,
        row_number() over (
            partition by business_date, category_id, attribute, channel = 'search', actor, is_on
            order by value, channel, region
        ) = 1 as is_first_in_attribute
    from levelled
)

select
    business_date,
    category_id,
    attribute,
    value,
    region,
    channel,
    count(distinct actor) filter (where is_on) as people,
    count(*) filter (where is_on and is_first_in_channel) as people_first_in_channel,
    count(*) filter (where is_on and is_first_in_side) as people_first_in_side,
    count(*) filter (where is_on and is_first_in_attribute) as people_first_in_attribute,
    count(distinct actor) filter (where is_on and searches > 0) as searchers,
    count(distinct actor) filter (where searches > 0) as searchers_off,
    count(distinct actor) filter (where is_strict and searches > 0) as searchers_strict,
    coalesce(sum(searches) filter (where is_on), 0)::bigint as searches,
    coalesce(sum(searches), 0)::bigint as searches_off,
    coalesce(sum(searches) filter (where is_strict), 0)::bigint as searches_strict,
    coalesce(sum(zero_result_searches) filter (where is_on), 0)::bigint as zero_result_searches,
    coalesce(sum(clicks) filter (where is_on), 0)::bigint as clicks,
    coalesce(sum(order_lines) filter (where is_on), 0)::bigint as order_lines,
    coalesce(sum(ordered_units) filter (where is_on), 0)::bigint as ordered_units,
    coalesce(sum(ordered_units), 0)::bigint as ordered_units_off,
    coalesce(sum(ordered_units) filter (where is_strict), 0)::bigint as ordered_units_strict,
    coalesce(sum(cancelled_units) filter (where is_on), 0)::bigint as cancelled_units,
    coalesce(sum(returned_units) filter (where is_on), 0)::bigint as returned_units
from placed
group by all
order by business_date, category_id, attribute, value, region, channel
