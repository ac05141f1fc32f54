-- purpose: status events of order lines with the verdict on the line, as far as it was known that day
-- grain: one row per order line and status; verdict is human, grey or brushed
-- inputs: raw_order_lines, int_placements (the days to build), int_verdicts (those days and $verdict_days before them)
-- parameters: $verdict_days (days a verdict is looked back for)
with judged as (
    select
        raw_order_lines.order_id,
        raw_order_lines.line_id,
        raw_order_lines.business_date,
        -- alphabetical order is the wrong way round: brushed outweighs grey
        min(int_verdicts.verdict) as verdict
    from raw_order_lines
    inner join int_verdicts
        on
            raw_order_lines.order_id || '/' || raw_order_lines.line_id = int_verdicts.subject
            and raw_order_lines.business_date >= int_verdicts.business_date
            and raw_order_lines.business_date <= int_verdicts.business_date + $verdict_days::integer
            and int_verdicts.subject_kind = 'order_line'
    group by all
)

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
    coalesce(judged.verdict, 'human') as verdict,
    int_placements.order_id is not null as is_placement,
    raw_order_lines.business_date
from raw_order_lines
left join judged
    on
        raw_order_lines.order_id = judged.order_id
        and raw_order_lines.line_id = judged.line_id
        and raw_order_lines.business_date = judged.business_date
left join int_placements
    on
        raw_order_lines.order_id = int_placements.order_id
        and raw_order_lines.line_id = int_placements.line_id
        and raw_order_lines.status = int_placements.status
        and raw_order_lines.business_date = int_placements.business_date
order by raw_order_lines.business_date, raw_order_lines.order_id, raw_order_lines.line_id, raw_order_lines.status
