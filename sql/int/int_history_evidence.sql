-- purpose: per feature of the gap window: searches that showed nothing, people who asked or bought
-- grain: one row per category, attribute and value
-- inputs: int_searches (the days of the window), stg_order_lines (as a table of this run), int_product_features
-- parameters: $window_start (first day of the window), $excluded (verdicts left out), $min_people
with asked as (
    select
        int_searches.category_id,
        feature.attribute,
        feature.value,
        int_searches.actor,
        int_searches.result_count = 0 as is_empty,
        true as is_search
    from int_searches, unnest(int_searches.features) as t (feature)
    where int_searches.category_id <> 'unknown' and not list_contains($excluded::varchar[], int_searches.verdict)
),

bought as (
    select
        int_product_features.category_id,
        int_product_features.attribute,
        int_product_features.value,
        coalesce(stg_order_lines.actor, 'order:' || stg_order_lines.order_id) as actor,
        null::boolean as is_empty,
        false as is_search
    from stg_order_lines
    inner join int_product_features on stg_order_lines.sku_id = int_product_features.sku_id
    where
        stg_order_lines.placed_date >= $window_start
        and not list_contains($excluded::varchar[], stg_order_lines.verdict)
),

both_sides as (
    select * from asked
    union all
    select * from bought
),

counted as (
    select
        category_id,
        attribute,
        value,
        coalesce(100.0 * count(*) filter (where is_empty) / nullif(count(is_empty), 0), 0) as zero_result_pct,
        count(distinct actor) as people,
        count(distinct actor) filter (where is_search) as searchers
    from both_sides
    group by all
),

-- people behind the values that are too small to show, and behind the attribute as a whole
together as (
    select
        both_sides.category_id,
        both_sides.attribute,
        count(distinct both_sides.actor) as attribute_people,
        count(distinct both_sides.actor) filter (where counted.people < $min_people) as pool_people
    from both_sides
    inner join counted
        on
            both_sides.category_id = counted.category_id
            and both_sides.attribute = counted.attribute
            and both_sides.value = counted.value
    group by all
)

select
    counted.*,
    together.attribute_people,
    together.pool_people
from counted
inner join together on counted.category_id = together.category_id and counted.attribute = together.attribute
order by all
