-- purpose: days that hold a key which is being landed on another day: a redelivery with another time
-- grain: one row per day
-- inputs: raw_search_events (days that are not being built), fresh (the keys being landed)
select distinct landed.business_date
from raw_search_events as landed
semi join fresh
    on landed.event_id = fresh.event_id
order by landed.business_date
