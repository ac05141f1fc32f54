-- purpose: order lines with their net state, category and whether a search preceded them that day
-- grain: one row per order line
-- inputs: stg_order_lines (as a table of this run), raw_products, history_sessions; $since: first day of the history
with searching as (
    select distinct
        session_key,
        business_date
    from history_sessions
    where searched
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
    searching.session_key is not null as searched,
    stg_order_lines.placed_date,
    stg_order_lines.cancelled_date,
    stg_order_lines.returned_date
from stg_order_lines
inner join raw_products on stg_order_lines.sku_id = raw_products.sku_id
left join searching
    on stg_order_lines.session_id = searching.session_key and stg_order_lines.placed_date = searching.business_date
where stg_order_lines.placed_date >= $since and stg_order_lines.verdict <> 'brushed'
order by raw_products.category_id, stg_order_lines.placed_date, stg_order_lines.order_id, stg_order_lines.line_id
