-- purpose: status events of order lines that are not brushed, whichever day the line was judged
-- grain: one row per order line and status
-- inputs: raw_order_lines (the days to build), int_verdicts (all days)
select
    raw_order_lines.order_id,
    raw_order_lines.line_id,
    raw_order_lines.status,
    raw_order_lines.event_time,
    raw_order_lines.user_id as actor,
    raw_order_lines.session_id,
    raw_order_lines.platform,
    raw_order_lines.channel,
    raw_order_lines.sku_id,
    raw_order_lines.quantity::bigint as quantity,
    raw_order_lines.unit_price::double as unit_price,
    raw_order_lines.currency,
    coalesce(raw_order_lines.region, 'unknown') as region,
    raw_order_lines.business_date
from raw_order_lines
anti join (
    select distinct subject from int_verdicts
    where verdict = 'brushed'
) as brushed on raw_order_lines.order_id || '/' || raw_order_lines.line_id = brushed.subject
order by raw_order_lines.business_date, raw_order_lines.order_id, raw_order_lines.line_id, raw_order_lines.status
