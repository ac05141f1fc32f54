-- purpose: which status event stands for the placing of an order line: its first one, where the log has no `placed`
-- grain: one row per order line placed on a day to build
-- inputs: raw_order_lines (the days to build and 60 before them: a line's events are at most so far apart), built_days
with events as (
    select
        platform,
        order_id,
        line_id,
        status,
        event_time,
        business_date,
        case status when 'placed' then 0 when 'paid' then 1 when 'shipped' then 2 else 3 end as step
    from raw_order_lines
    where status not in ('cancelled', 'returned')
),

lines_of_the_days as (
    select
        order_id,
        line_id
    from events
    where business_date in (select business_date from built_days)
),

following as (
    select
        events.*,
        lag(business_date) over (partition by order_id, line_id order by event_time, step) as before
    from events
    semi join lines_of_the_days
        on events.order_id = lines_of_the_days.order_id and events.line_id = lines_of_the_days.line_id
),

platform_days as (
    select
        platform,
        business_date,
        min(step) as step
    from events
    group by platform, business_date
),

logs as (
    select
        platform,
        business_date,
        min(step) over recent as first_step,
        min(business_date) over recent as since
    from platform_days
    window recent as (
        partition by platform order by business_date range between interval 60 day preceding and current row
    )
)

select
    following.order_id,
    following.line_id,
    following.status,
    following.business_date
from following
inner join logs on following.platform = logs.platform and following.business_date = logs.business_date
where
    following.business_date in (select business_date from built_days)
    and (following.before is null or following.before < following.business_date - 60)
    -- at the beginning of a log a later status is one of an order from before it: a payment for two days, a dispatch
    -- for a fortnight, a delivery for a month
    and (
        following.step = logs.first_step
        or following.business_date >= logs.since + ([0, 2, 14, 31])[following.step + 1]
    )
order by following.business_date, following.order_id, following.line_id, following.status
