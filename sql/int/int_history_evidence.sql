-- purpose: per feature of the gap window: searches that showed nothing, people who asked or bought
-- grain: one row per category, attribute and value
-- inputs: int_searches (the days of the window), stg_order_lines (as a table of this run), int_product_features;
--         $window_start: first day of the window
with asked as (
    select
        int_searches.category_id,
        feature.attribute,
        feature.value,
        int_searches.actor,
        int_searches.result_count = 0 as is_empty
    from int_searches, unnest(int_searches.features) as t (feature)
    where int_searches.category_id <> 'unknown' and int_searches.verdict <> 'crawler'
),

bought as (
    select
        int_product_features.category_id,
        int_product_features.attribute,
        int_product_features.value,
        coalesce(stg_order_lines.actor, 'order:' || stg_order_lines.order_id) as actor,
        null::boolean as is_empty
    from stg_order_lines
    inner join int_product_features on stg_order_lines.sku_id = int_product_features.sku_id
    where stg_order_lines.placed_date >= $window_start and stg_order_lines.verdict <> 'brushed'
),

both_sides as (
    select * from asked
    union all
    select * from bought
)

select
    category_id,
    attribute,
    value,
    coalesce(100.0 * count(*) filter (where is_empty) / nullif(count(is_empty), 0), 0) as zero_result_pct,
    count(distinct actor) as people
from both_sides
group by all
order by all
