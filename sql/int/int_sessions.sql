-- purpose: stated wants of a session against what it bought in that category that day
-- grain: one row per session, category and day; an order without a search is a session with no wants;
--        of several lines in one session those that are not brushed stand for it
-- inputs: int_searches, stg_order_events (the same days), raw_products
with placed as (
    select
        stg_order_events.business_date,
        coalesce(
            stg_order_events.session_id, 'order:' || stg_order_events.order_id
        ) as session_key,
        coalesce(stg_order_events.actor, 'order:' || stg_order_events.order_id) as actor,
        raw_products.category_id,
        stg_order_events.platform,
        stg_order_events.region,
        stg_order_events.verdict,
        arg_min(stg_order_events.sku_id, (stg_order_events.event_time, stg_order_events.line_id)) as bought_sku_id,
        arg_min(stg_order_events.unit_price, (stg_order_events.event_time, stg_order_events.line_id)) as unit_price,
        arg_min(stg_order_events.channel, (stg_order_events.event_time, stg_order_events.line_id)) as channel,
        sum(stg_order_events.quantity) as bought_units
    from stg_order_events
    inner join raw_products on stg_order_events.sku_id = raw_products.sku_id
    where stg_order_events.is_placement
    group by all
),

ranked as (
    select
        *,
        -- human, then grey, then brushed
        row_number() over (
            partition by business_date, session_key, category_id
            order by verdict = 'brushed', verdict = 'grey', actor, region, platform
        ) as place
    from placed
),

bought as (
    select
        business_date,
        session_key,
        category_id,
        actor,
        platform,
        region,
        verdict,
        bought_sku_id,
        unit_price,
        channel,
        bought_units
    from ranked
    where place = 1
),

searched as (
    select
        business_date,
        session_key,
        category_id,
        min(actor) as actor,
        min(platform) as platform,
        min(region) as region,
        -- alphabetical order is severity: crawler, grey, human
        min(verdict) as verdict,
        count(*) as searches,
        count(result_count) as counted_searches,
        count(*) filter (where result_count = 0) as zero_result_searches,
        list_sort(list_distinct(flatten(list(features)))) as wants,
        list_sort(list_distinct(flatten(list(coalesce(clicked_sku_ids, []))))) as clicked_sku_ids
    from int_searches
    where category_id <> 'unknown'
    group by all
)

select
    coalesce(searched.session_key, bought.session_key) as session_key,
    coalesce(searched.category_id, bought.category_id) as category_id,
    coalesce(searched.actor, bought.actor) as actor,
    coalesce(searched.platform, bought.platform) as platform,
    coalesce(searched.region, bought.region) as region,
    coalesce(searched.searches, 0) as searches,
    coalesce(searched.counted_searches, 0) as counted_searches,
    coalesce(searched.zero_result_searches, 0) as zero_result_searches,
    coalesce(searched.wants, []) as wants,
    coalesce(searched.clicked_sku_ids, []) as clicked_sku_ids,
    bought.bought_sku_id,
    coalesce(bought.bought_units, 0)::bigint as bought_units,
    bought.unit_price,
    bought.channel,
    coalesce(searched.verdict, 'human') as verdict,
    coalesce(bought.verdict, 'human') as order_verdict,
    coalesce(searched.business_date, bought.business_date) as business_date
from searched
full outer join bought
    on
        searched.session_key = bought.session_key
        and searched.category_id = bought.category_id
        and searched.business_date = bought.business_date
order by business_date, session_key, category_id
