-- purpose: days that hold a key which is being landed on another day: a redelivery with another time
-- grain: one row per day
-- inputs: raw_order_lines (days that are not being built), fresh (the keys being landed)
select distinct landed.business_date
from raw_order_lines as landed
semi join fresh
    on
        landed.order_id = fresh.order_id
        and landed.line_id = fresh.line_id
        and landed.status = fresh.status
order by landed.business_date
