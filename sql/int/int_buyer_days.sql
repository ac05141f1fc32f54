-- purpose: how many people are behind the order lines of a day, to say which of them may be shown
-- grain: one row per day placed, category and channel
-- inputs: stg_order_lines (as a table of this run), raw_products
-- parameters: $since (first day placed), $excluded (verdicts left out)
with bought as (
    select
        stg_order_lines.placed_date,
        raw_products.category_id,
        stg_order_lines.channel,
        coalesce(stg_order_lines.actor, 'order:' || stg_order_lines.order_id) as person
    from stg_order_lines
    inner join raw_products on stg_order_lines.sku_id = raw_products.sku_id
    where stg_order_lines.placed_date >= $since and not list_contains($excluded::varchar[], stg_order_lines.verdict)
),

-- each person counts once per day and category, where they come first: such counts add up to distinct people
placed as (
    select
        *,
        row_number() over (partition by placed_date, category_id, person order by channel) = 1 as is_first
    from bought
)

select
    placed_date,
    category_id,
    channel,
    count(distinct person) as people,
    count(*) filter (where is_first) as people_first
from placed
group by all
order by all
