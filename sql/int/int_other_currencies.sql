-- purpose: categories in which prices are in several currencies: those of another than most products' count for nothing
-- grain: one row per such category
-- inputs: stg_order_events (the days to look at), raw_products
with categories as (
    select
        category_id,
        mode(currency order by currency) as currency,
        count(*) as products
    from raw_products
    group by category_id
),

other_products as (
    select
        categories.category_id,
        count(*) as products
    from raw_products
    inner join categories on raw_products.category_id = categories.category_id
    where raw_products.currency <> categories.currency
    group by categories.category_id
),

other_lines as (
    select
        categories.category_id,
        count(*) as order_lines
    from stg_order_events
    inner join raw_products on stg_order_events.sku_id = raw_products.sku_id
    inner join categories on raw_products.category_id = categories.category_id
    where stg_order_events.is_placement and stg_order_events.currency <> categories.currency
    group by categories.category_id
)

select
    categories.category_id,
    categories.currency,
    categories.products,
    coalesce(other_products.products, 0) as other_products,
    coalesce(other_lines.order_lines, 0) as other_lines
from categories
left join other_products on categories.category_id = other_products.category_id
left join other_lines on categories.category_id = other_lines.category_id
where other_products.products > 0 or other_lines.order_lines > 0
order by categories.category_id
