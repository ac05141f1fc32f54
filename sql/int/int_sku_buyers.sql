-- purpose: how many people are behind what a stock-keeping unit sold, to say whether it may be shown
-- grain: one row per stock-keeping unit
-- inputs: stg_order_lines (as a table of this run)
-- parameters: $since (first day placed), $excluded (verdicts left out)
select
    sku_id,
    count(distinct coalesce(actor, 'order:' || order_id)) as people
from stg_order_lines
where placed_date >= $since and not list_contains($excluded::varchar[], verdict)
group by sku_id
order by sku_id
