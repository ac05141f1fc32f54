-- purpose: accounts that order one unit again and again, and how usual that is for other units of the category
-- grain: one row per account, stock-keeping unit and judged day with an order, where it is not the first in four weeks
-- inputs: placed_lines (the days to judge and those before), judged_days
with daily as (
    select
        user_id,
        sku_id,
        business_date,
        min(category_id) as category_id,
        count(distinct order_id) as orders
    from placed_lines
    where user_id is not null
    group by all
),

recent as (
    select
        *,
        sum(orders) over four_weeks as recent_orders,
        count(*) over four_weeks as recent_days,
        sum(orders) over one_week as week_orders
    from daily
    window
        four_weeks as (
            partition by user_id, sku_id
            order by business_date range between interval 27 day preceding and current row
        ),
        one_week as (
            partition by user_id, sku_id
            order by business_date range between interval 6 day preceding and current row
        )
),

units as (
    select
        category_id,
        sku_id,
        business_date,
        count(*) as buyers,
        count(*) filter (where recent_orders > 1) as again
    from recent
    group by all
),

unit_shares as (
    select
        category_id,
        business_date,
        sku_id,
        sum(buyers) over by_unit as unit_buyers,
        sum(again) over by_unit as unit_again,
        sum(buyers) over by_category as category_buyers,
        sum(again) over by_category as category_again
    from units
    window
        by_unit as (
            partition by sku_id
            order by business_date range between interval 27 day preceding and current row
        ),
        by_category as (
            partition by category_id
            order by business_date range between interval 27 day preceding and current row
        )
)

select
    recent.business_date,
    recent.user_id,
    recent.sku_id,
    recent.orders,
    recent.recent_orders,
    recent.recent_days,
    recent.week_orders,
    -- the unit itself is left out: what is repeated there does not excuse itself
    unit_shares.category_buyers - unit_shares.unit_buyers as other_buyers,
    unit_shares.category_again - unit_shares.unit_again as others_again
from recent
inner join judged_days on recent.business_date = judged_days.business_date
inner join unit_shares on recent.business_date = unit_shares.business_date and recent.sku_id = unit_shares.sku_id
where recent.recent_orders > 1
order by recent.business_date, recent.user_id, recent.sku_id
