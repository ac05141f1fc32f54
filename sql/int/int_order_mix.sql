-- purpose: how many buyers of a unit in three weeks were lone (no search, an account not seen in the fortnight
--          before), how many in a fortnight that ended four weeks before, and their lines
-- grain: one row per judged day, stock-keeping unit, platform and channel with an order in three weeks
-- inputs: placed_lines, raw_search_events (the days to judge and those before), judged_days
-- parameters: $least_lone (lone buyers that are too few to name their lines)
with seen as (
    select
        user_id,
        business_date
    from placed_lines
    where user_id is not null
    union
    select
        user_id,
        business_date
    from raw_search_events
    where user_id is not null
),

known as (
    select
        user_id,
        business_date,
        lag(business_date) over (partition by user_id order by business_date) >= business_date - 14 as is_known
    from seen
),

-- several orders of one day make an account known too
busy as (
    select
        user_id,
        business_date,
        count(distinct order_id) as orders
    from placed_lines
    where user_id is not null
    group by user_id, business_date
),

buyers as (
    select
        placed_lines.business_date,
        placed_lines.sku_id,
        placed_lines.platform,
        placed_lines.channel,
        placed_lines.actor,
        bool_or(placed_lines.is_searched) as is_searched,
        not bool_or(
            placed_lines.is_searched or coalesce(known.is_known, false) or coalesce(busy.orders, 1) > 1
        ) as is_lone,
        list(placed_lines.subject order by placed_lines.subject) as subjects
    from placed_lines
    left join known on placed_lines.user_id = known.user_id and placed_lines.business_date = known.business_date
    left join busy on placed_lines.user_id = busy.user_id and placed_lines.business_date = busy.business_date
    where placed_lines.channel not in ('live', 'short_video', 'group_buy')
    group by all
),

windows as (
    select
        judged_days.business_date,
        buyers.sku_id,
        buyers.platform,
        buyers.channel,
        buyers.business_date > judged_days.business_date - 21 as is_recent,
        buyers.business_date <= judged_days.business_date - 28 as is_before,
        buyers.is_searched,
        buyers.is_lone,
        buyers.subjects,
        buyers.business_date as subject_date
    from judged_days
    inner join buyers
        on
            judged_days.business_date >= buyers.business_date
            and judged_days.business_date < buyers.business_date + 42
)

select
    business_date,
    sku_id,
    platform,
    channel,
    count(*) filter (where is_recent and is_lone) as lone,
    count(*) filter (where is_recent and not is_lone) as others,
    count(*) filter (where is_recent and is_searched) as searched,
    count(*) filter (where is_before and is_lone) as lone_before,
    count(*) filter (where is_before and not is_lone) as others_before,
    case
        when count(*) filter (where is_recent and is_lone) >= $least_lone
            then
                flatten(
                    list(
                        list_transform(subjects, lambda line: { 'day': subject_date, 'subject': line })
                        order by subject_date, subjects
                    ) filter (where is_recent and is_lone)
                )
    end as lone_lines
from windows
group by business_date, sku_id, platform, channel
having count(*) filter (where is_recent) > 0
order by business_date, platform, channel, sku_id
