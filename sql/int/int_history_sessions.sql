-- purpose: shopper-days of the planning history, for the models; several sessions of one shopper and day are one
-- grain: one row per shopper, category and day, numbered
-- inputs: int_sessions (the days of the history); $excluded: verdicts left out
with counted as (
    select
        session_key,
        actor,
        category_id,
        region,
        searches,
        counted_searches,
        zero_result_searches,
        wants,
        case when not list_contains($excluded::varchar[], order_verdict) then bought_sku_id end as bought_sku_id,
        business_date
    from int_sessions
    where not list_contains($excluded::varchar[], verdict)
),

shopper_days as (
    select
        actor,
        category_id,
        business_date,
        min(region) as region,
        sum(searches) > 0 as searched,
        -- not known of any search: shown
        sum(counted_searches) = 0 or sum(zero_result_searches) < sum(counted_searches) as shown,
        min(bought_sku_id) as bought_sku_id,
        list_sort(list_distinct(flatten(list(wants)))) as wants
    from counted
    group by all
)

select
    row_number() over (order by category_id, business_date, actor) - 1 as session_number,
    actor,
    category_id,
    region,
    searched,
    shown,
    wants,
    bought_sku_id,
    business_date
from shopper_days
where searched or bought_sku_id is not null
order by session_number
