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

-- where no order ever comes after a search nothing can be said; the rest is told by the numbers of the judged day
daily as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        count(*) filter (where is_lone) as lone,
        count(*) filter (where not is_lone) as others,
        count(*) filter (where is_searched) as searched,
        flatten(list(subjects order by subjects) filter (where is_lone)) as subjects
    from buyers
    group by business_date, sku_id, platform, channel
    qualify sum(count(*) filter (where is_searched)) over (partition by platform, channel) > 0
),

windows as (
    select
        judged_days.business_date,
        daily.sku_id,
        daily.platform,
        daily.channel,
        daily.business_date > judged_days.business_date - 21 as is_recent,
        daily.business_date <= judged_days.business_date - 28 as is_before,
        daily.lone,
        daily.others,
        daily.searched,
        daily.subjects,
        daily.business_date as subject_date
    from judged_days
    inner join daily
        on
            judged_days.business_date >= daily.business_date
            and judged_days.business_date < daily.business_date + 42
)

select
    business_date,
    sku_id,
    platform,
    channel,
    sum(lone) filter (where is_recent) as lone,
    sum(others) filter (where is_recent) as others,
    sum(searched) filter (where is_recent) as searched,
    coalesce(sum(lone) filter (where is_before), 0) as lone_before,
    coalesce(sum(others) filter (where is_before), 0) as others_before,
    case
        when sum(lone) filter (where is_recent) >= $least_lone
            then
                flatten(
                    list(
                        list_transform(subjects, lambda line: { 'day': subject_date, 'subject': line })
                        order by subject_date
                    ) filter (where is_recent and lone > 0)
                )
    end as lone_lines
from windows
group by business_date, sku_id, platform, channel
having count(*) filter (where is_recent) > 0
order by business_date, platform, channel, sku_id
