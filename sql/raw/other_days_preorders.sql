-- purpose: days that hold a key which is being landed on another day: a redelivery with another time
-- grain: one row per day
-- inputs: raw_preorders (days that are not being built), fresh (the keys being landed)
select distinct landed.business_date
from raw_preorders as landed
semi join fresh
    on
        landed.preorder_id = fresh.preorder_id
        and landed.status = fresh.status
order by landed.business_date
