-- purpose: units out of stock, summed over regions
-- grain: one row per day and stock-keeping unit with nothing on hand anywhere
-- inputs: raw_stock_levels (the days of the history)
select
    sku_id,
    snapshot_date
from raw_stock_levels
group by all
having sum(on_hand) = 0
order by all
