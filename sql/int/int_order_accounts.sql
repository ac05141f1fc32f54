-- purpose: accounts with several orders of which none, or hardly any, came after a search
-- grain: one row per account and judged day with an order, from the third order in four weeks on
-- inputs: placed_lines (the days to judge and those before), judged_days
with orders as (
    select
        order_id,
        min(user_id) as user_id,
        min(business_date) as business_date,
        min(platform) as platform,
        min(channel) as channel,
        bool_or(is_searched) as is_searched
    from placed_lines
    group by order_id
),

-- an account weighs at most one order a day in what is usual
account_days as (
    select
        business_date,
        platform,
        channel,
        coalesce(user_id, order_id) as buyer,
        bool_or(is_searched) as is_searched
    from orders
    group by all
),

usual as (
    select
        business_date,
        platform,
        channel,
        sum(count(*) filter (where not is_searched)) over recent as unsearched,
        sum(count(*)) over recent as buyers
    from account_days
    group by business_date, platform, channel
    window recent as (
        partition by platform, channel
        order by business_date range between interval 27 day preceding and current row
    )
),

daily as (
    select
        orders.user_id,
        orders.business_date,
        count(*) as orders,
        count(*) filter (where not orders.is_searched) as unsearched,
        sum((usual.unsearched + 1) / (usual.buyers + 2)) as expected
    from orders
    inner join usual
        on
            orders.business_date = usual.business_date
            and orders.platform = usual.platform
            and orders.channel = usual.channel
    where orders.user_id is not null
    group by orders.user_id, orders.business_date
)

select
    daily.user_id,
    daily.business_date,
    sum(daily.orders) over four_weeks as recent_orders,
    sum(daily.unsearched) over four_weeks as recent_unsearched,
    sum(daily.expected) over four_weeks as recent_expected
from daily
window
    four_weeks as (
        partition by daily.user_id
        order by daily.business_date range between interval 27 day preceding and current row
    )
qualify recent_orders >= 3 and daily.business_date in (select business_date from judged_days)
order by daily.business_date, daily.user_id
