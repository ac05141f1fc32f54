-- purpose: whether orders can be tied to searches at all, by account or session
-- grain: one row per category
-- inputs: int_sessions (the days to look at)
with shopper_days as (
    select
        category_id,
        sum(searches) > 0 as searched,
        count(bought_sku_id) > 0 as bought
    from int_sessions
    group by category_id, actor, business_date
)

select
    category_id,
    count(*) filter (where searched) as searching_days,
    count(*) filter (where bought) as buying_days,
    count(*) filter (where searched and bought) as tied_days
from shopper_days
group by category_id
order by category_id
