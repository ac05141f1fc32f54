-- purpose: buyers of a unit in a day and in three hours, with and without a search, against its other days
-- grain: one row per stock-keeping unit, platform, channel, judged day and bucket; bucket -1 is the whole day
-- inputs: placed_lines (the days to judge and those before), judged_days
with daily as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        min(category_id) as category_id,
        count(distinct actor) filter (where not is_searched) as unsearched,
        count(distinct actor) filter (where is_searched) as searched
    from placed_lines
    group by all
),

-- a day weighs at most three times the usual one: a burst does not raise what later days are compared with
capped as (
    select
        *,
        least(unsearched, greatest(3, 3 * coalesce(median(unsearched) over before, 0))) as capped_unsearched,
        least(searched, greatest(3, 3 * coalesce(median(searched) over before, 0))) as capped_searched
    from daily
    window before as (
        partition by sku_id, platform, channel
        order by business_date range between interval 28 day preceding and interval 1 day preceding
    )
),

market as (
    select
        business_date,
        platform,
        channel,
        category_id,
        sum(capped_unsearched + capped_searched) as capped,
        count(*) as units_sold
    from capped
    group by all
),

market_history as (
    select
        *,
        sum(capped) over before as capped_before
    from market
    window before as (
        partition by platform, channel, category_id
        order by business_date range between interval 28 day preceding and interval 1 day preceding
    )
),

shares as (
    select
        business_date,
        platform,
        channel,
        sum(sum(capped_unsearched)) over recent as unsearched,
        sum(sum(capped_searched)) over recent as searched
    from capped
    group by business_date, platform, channel
    window recent as (
        partition by platform, channel
        order by business_date range between interval 28 day preceding and current row
    )
),

calendar as (
    select
        business_date,
        count(*) over (
            order by business_date range between interval 28 day preceding and interval 1 day preceding
        ) as days_before
    from (select distinct business_date from placed_lines) as days
),

expected as (
    select
        capped.*,
        calendar.days_before,
        coalesce(sum(capped_unsearched) over before, 0) as unsearched_before,
        coalesce(sum(capped_searched) over before, 0) as searched_before,
        sum(unsearched) over week as unsearched_week,
        sum(capped_searched) over week as searched_week
    from capped
    inner join calendar on capped.business_date = calendar.business_date
    window
        before as (
            partition by sku_id, platform, channel
            order by capped.business_date range between interval 28 day preceding and interval 1 day preceding
        ),
        week as (
            partition by sku_id, platform, channel
            order by capped.business_date range between interval 6 day preceding and current row
        )
),

buckets as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        case when grouping(extract(hour from event_time) // 3) = 1 then -1 else extract(hour from event_time) // 3 end
            as bucket,
        count(distinct actor) filter (where not is_searched) as unsearched,
        count(distinct actor) filter (where is_searched) as searched,
        count(*) as lines
    from placed_lines
    group by grouping sets (
        (business_date, sku_id, platform, channel),
        (business_date, sku_id, platform, channel, extract(hour from event_time) // 3)
    )
)

select
    buckets.*,
    expected.category_id,
    expected.days_before,
    expected.unsearched_before,
    expected.searched_before,
    expected.unsearched_week,
    expected.searched_week,
    expected.capped_unsearched + expected.capped_searched as capped_today,
    market_history.capped as market_today,
    coalesce(market_history.capped_before, 0) as market_before,
    market_history.units_sold,
    shares.unsearched as channel_unsearched,
    shares.searched as channel_searched
from buckets
inner join judged_days on buckets.business_date = judged_days.business_date
inner join expected
    on
        buckets.business_date = expected.business_date
        and buckets.sku_id = expected.sku_id
        and buckets.platform = expected.platform
        and buckets.channel = expected.channel
inner join market_history
    on
        expected.business_date = market_history.business_date
        and expected.platform = market_history.platform
        and expected.channel = market_history.channel
        and expected.category_id = market_history.category_id
inner join shares
    on
        expected.business_date = shares.business_date
        and expected.platform = shares.platform
        and expected.channel = shares.channel
where buckets.unsearched + buckets.searched >= 3
order by buckets.business_date, buckets.sku_id, buckets.platform, buckets.channel, bucket
