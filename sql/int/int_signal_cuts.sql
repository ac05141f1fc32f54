-- purpose: daily demand signals by platform, and by price band; not published, see mart_demand_by_platform
-- grain: one row per day, category, feature, side (search or order), cut (platform or price_band) and part of it
-- inputs: signal_events (as a view of this run)
with parts as (
    select
        *,
        'platform' as cut,
        platform as part
    from signal_events
    where is_on
    union all
    select
        *,
        'price_band' as cut,
        price_band as part
    from signal_events
    where is_on
),

-- as in int_signals: counts of people that add up
placed as (
    select
        *,
        row_number() over (
            partition by cut, business_date, category_id, attribute, value, side, actor order by part
        ) = 1 as is_first_in_side,
        row_number() over (
            partition by cut, business_date, category_id, attribute, side, actor order by value, part
        ) = 1 as is_first_in_attribute
    from parts
)

select
    business_date,
    category_id,
    attribute,
    value,
    side,
    cut,
    part,
    count(distinct actor) as people,
    count(*) filter (where is_first_in_side) as people_first_in_side,
    count(*) filter (where is_first_in_attribute) as people_first_in_attribute,
    count(distinct actor) filter (where searches > 0) as searchers,
    sum(searches)::bigint as searches,
    sum(zero_result_searches)::bigint as zero_result_searches,
    sum(clicks)::bigint as clicks,
    sum(order_lines)::bigint as order_lines,
    sum(ordered_units)::bigint as ordered_units,
    sum(cancelled_units)::bigint as cancelled_units,
    sum(returned_units)::bigint as returned_units
from placed
group by all
order by business_date, category_id, attribute, value, side, cut, part
