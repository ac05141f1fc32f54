-- purpose: units that were ever sold, to know whether a changed product touches history
-- grain: one row per stock-keeping unit
-- inputs: stg_order_events
select distinct sku_id
from stg_order_events
order by sku_id
