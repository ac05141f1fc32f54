-- purpose: categories with searches and orders of which none can be tied to the other, by account or session
-- grain: one row per such category
-- inputs: int_sessions (the days to look at)
with shopper_days as (
    select
        category_id,
        sum(searches) > 0 as searched,
        count(bought_sku_id) > 0 as bought
    from int_sessions
    group by category_id, actor, business_date
)

select category_id
from shopper_days
group by category_id
having bool_or(searched) and bool_or(bought) and not bool_or(searched and bought)
order by category_id
