-- purpose: order lines with their net state, category and whether a search preceded them that day
-- grain: one row per order line
-- inputs: stg_order_lines (as a table of this run), raw_products, int_sessions (the days of the history)
-- parameters: $since (first day of the history), $excluded (verdicts left out)
with searching as (
    select
        session_key,
        actor,
        category_id,
        business_date
    from int_sessions
    where searches > 0 and not list_contains($excluded::varchar[], verdict)
),

searching_sessions as (
    select distinct
        session_key,
        category_id,
        business_date
    from searching
),

searching_actors as (
    select distinct
        actor,
        category_id,
        business_date
    from searching
)

select
    raw_products.category_id,
    stg_order_lines.sku_id,
    stg_order_lines.channel,
    stg_order_lines.region,
    stg_order_lines.unit_price,
    stg_order_lines.currency,
    stg_order_lines.ordered_units,
    least(stg_order_lines.cancelled_units, stg_order_lines.ordered_units) as cancelled_units,
    least(
        stg_order_lines.returned_units,
        stg_order_lines.ordered_units - least(stg_order_lines.cancelled_units, stg_order_lines.ordered_units)
    ) as returned_units,
    stg_order_lines.net_units,
    searching_sessions.session_key is not null or searching_actors.actor is not null as searched,
    stg_order_lines.placed_date,
    stg_order_lines.cancelled_date,
    stg_order_lines.returned_date
from stg_order_lines
inner join raw_products on stg_order_lines.sku_id = raw_products.sku_id
left join searching_sessions
    on
        stg_order_lines.session_id = searching_sessions.session_key
        and raw_products.category_id = searching_sessions.category_id
        and stg_order_lines.placed_date = searching_sessions.business_date
left join searching_actors
    on
        stg_order_lines.actor = searching_actors.actor
        and raw_products.category_id = searching_actors.category_id
        and stg_order_lines.placed_date = searching_actors.business_date
where stg_order_lines.placed_date >= $since and not list_contains($excluded::varchar[], stg_order_lines.verdict)
order by raw_products.category_id, stg_order_lines.placed_date, stg_order_lines.order_id, stg_order_lines.line_id
