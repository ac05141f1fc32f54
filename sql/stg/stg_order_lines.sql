-- purpose: what became of every order line, as far as was known before the planning day
-- grain: one row per order line; a status delivered twice counts once; verdict is the latest known one
-- inputs: stg_order_events, int_verdicts (all days before the planning day)
with judged as (
    select
        subject,
        min(verdict) as verdict  -- brushed outweighs grey
    from int_verdicts
    where subject_kind = 'order_line'
    group by subject
),

by_status as (
    select
        order_id,
        line_id,
        status,
        min(event_time) as event_time,
        min(business_date) as business_date,
        min(business_date) filter (where is_placement) as placed_date,
        arg_min(quantity, event_time) as quantity,
        arg_min(unit_price, event_time) as unit_price,
        arg_min(currency, event_time) as currency,
        arg_min(sku_id, event_time) as sku_id,
        arg_min(channel, event_time) as channel,
        arg_min(region, event_time) as region,
        arg_min(session_id, event_time) as session_id,
        arg_min(actor, event_time) as actor
    from stg_order_events
    group by order_id, line_id, status
),

lines as (
    select
        order_id,
        line_id,
        arg_min(sku_id, event_time) as sku_id,
        arg_min(channel, event_time) as channel,
        arg_min(region, event_time) as region,
        arg_min(session_id, event_time) as session_id,
        arg_min(actor, event_time) as actor,
        arg_min(currency, event_time) as currency,
        arg_min(unit_price, event_time) as unit_price,
        min(placed_date) as placed_date,
        min(business_date) filter (where status = 'cancelled') as cancelled_date,
        min(business_date) filter (where status = 'returned') as returned_date,
        max(quantity) filter (where status not in ('returned', 'cancelled')) as ordered_units,
        coalesce(max(quantity) filter (where status = 'cancelled'), 0) as cancelled_units,
        coalesce(sum(quantity) filter (where status = 'returned'), 0) as returned_units,
        greatest(
            coalesce(max(quantity) filter (where status not in ('returned', 'cancelled')), 0)
            - coalesce(max(quantity) filter (where status = 'cancelled'), 0)
            - coalesce(sum(quantity) filter (where status = 'returned'), 0),
            0
        ) as net_units
    from by_status
    group by order_id, line_id
    having min(placed_date) is not null
)

select
    lines.*,
    coalesce(judged.verdict, 'human') as verdict
from lines
-- the events carry what was known on their day; a line may be judged after they were built
left join judged on lines.order_id || '/' || lines.line_id = judged.subject
