-- purpose: daily demand signals of every cell, with the people behind them; not published, see mart_demand_signals
-- grain: one row per day, category, feature, region and channel; attribute * is the whole category,
--        channel search holds the search side
-- inputs: signal_events (as a view of this run)
-- each person counts once per larger cell, where they come first: such counts add up to distinct people
with placed as (
    select
        *,
        row_number() over (
            partition by business_date, category_id, attribute, value, channel, actor, is_on order by region
        ) = 1 as is_first_in_channel,
        row_number() over (
            partition by business_date, category_id, attribute, value, side, actor, is_on
            order by channel, region
        ) = 1 as is_first_in_side,
        row_number() over (
            partition by business_date, category_id, attribute, side, actor, is_on
            order by value, channel, region
        ) = 1 as is_first_in_attribute
    from signal_events
)

select
    business_date,
    category_id,
    attribute,
    value,
    region,
    channel,
    count(distinct actor) filter (where is_on) as people,
    count(distinct actor) filter (where not is_on) as odd_people,
    count(distinct actor) filter (where is_on and not is_strict) as grey_people,
    count(*) filter (where is_on and is_first_in_channel) as people_first_in_channel,
    count(*) filter (where is_on and is_first_in_side) as people_first_in_side,
    count(*) filter (where is_on and is_first_in_attribute) as people_first_in_attribute,
    count(distinct actor) filter (where is_on and searches > 0) as searchers,
    count(distinct actor) filter (where searches > 0) as searchers_off,
    count(distinct actor) filter (where is_strict and searches > 0) as searchers_strict,
    coalesce(sum(searches) filter (where is_on), 0)::bigint as searches,
    coalesce(sum(searches), 0)::bigint as searches_off,
    coalesce(sum(searches) filter (where is_strict), 0)::bigint as searches_strict,
    coalesce(sum(zero_result_searches) filter (where is_on), 0)::bigint as zero_result_searches,
    coalesce(sum(clicks) filter (where is_on), 0)::bigint as clicks,
    coalesce(sum(order_lines) filter (where is_on), 0)::bigint as order_lines,
    coalesce(sum(ordered_units) filter (where is_on), 0)::bigint as ordered_units,
    coalesce(sum(ordered_units), 0)::bigint as ordered_units_off,
    coalesce(sum(ordered_units) filter (where is_strict), 0)::bigint as ordered_units_strict,
    coalesce(sum(cancelled_units) filter (where is_on), 0)::bigint as cancelled_units,
    coalesce(sum(returned_units) filter (where is_on), 0)::bigint as returned_units
from placed
group by all
order by business_date, category_id, attribute, value, region, channel
