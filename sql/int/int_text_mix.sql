-- purpose: how many searches of a text in four weeks were lone (no account, no click, no order, no second search),
--          how many in three weeks that ended five weeks before, and who made the day's
-- grain: one row per judged day, platform and text searched on it by $least_lone lone visitors in four weeks; other
--        texts with the same counts are one row without a name
-- inputs: raw_search_events, raw_order_lines, int_placements (the days to judge and those before), judged_days
-- parameters: $least_lone (as many lone searches are enough to name the text and those who made the day's)
with ordered as (
    select distinct
        session_id,
        business_date
    from raw_order_lines
    semi join int_placements
        on
            raw_order_lines.order_id = int_placements.order_id
            and raw_order_lines.line_id = int_placements.line_id
            and raw_order_lines.status = int_placements.status
            and raw_order_lines.business_date = int_placements.business_date
    where session_id is not null
),

events as (
    select
        events.business_date,
        events.platform,
        lower(trim(events.query)) as query,
        events.user_id is null as is_nobody,
        coalesce(events.user_id, 'session:' || events.session_id, 'event:' || events.event_id) as actor,
        count(*) over (
            partition by
                events.business_date,
                coalesce(events.user_id, 'session:' || events.session_id, 'event:' || events.event_id)
        ) as by_actor,
        coalesce(len(events.clicked_sku_ids), 0) > 0 or ordered.session_id is not null as is_led_on
    from raw_search_events as events
    left join ordered on events.session_id = ordered.session_id and events.business_date = ordered.business_date
),

daily as (
    select
        business_date,
        platform,
        query,
        count(*) as searches,
        count(*) filter (where not is_led_on) as idle,
        count(*) filter (where is_nobody and not is_led_on and by_actor = 1) as lone,
        list(actor order by actor) filter (where is_nobody and not is_led_on and by_actor = 1) as actors,
        dense_rank() over (order by platform, query) as text  -- a number: it is carried through eight weeks of days
    from events
    group by business_date, platform, query
),

windows as (
    select
        judged_days.business_date,
        daily.text,
        sum(daily.searches) filter (where daily.business_date > judged_days.business_date - 28) as searches,
        sum(daily.idle) filter (where daily.business_date > judged_days.business_date - 28) as idle,
        sum(daily.lone) filter (where daily.business_date > judged_days.business_date - 28) as lone,
        coalesce(sum(daily.searches) filter (where daily.business_date <= judged_days.business_date - 35), 0)
            as searches_before,
        coalesce(sum(daily.idle) filter (where daily.business_date <= judged_days.business_date - 35), 0)
            as idle_before,
        coalesce(sum(daily.lone) filter (where daily.business_date <= judged_days.business_date - 35), 0)
            as lone_before
    from judged_days
    inner join daily
        on
            judged_days.business_date >= daily.business_date
            and judged_days.business_date < daily.business_date + 56
    group by judged_days.business_date, daily.text
    having searches is not null
),

texts as (
    select distinct
        text,
        platform
    from daily
),

named as (
    select
        windows.*,
        texts.platform,
        today.query,
        today.actors,
        windows.lone >= $least_lone and today.actors is not null as is_named
    from windows
    inner join texts on windows.text = texts.text
    left join daily as today on windows.text = today.text and windows.business_date = today.business_date
)

select
    business_date,
    platform,
    case when is_named then query end as query,
    lone,
    searches - lone as others,
    idle - lone as idle_others,
    case when is_named then lone_before else 0 end as lone_before,
    case when is_named then searches_before - lone_before else 0 end as others_before,
    case when is_named then idle_before - lone_before else 0 end as idle_others_before,
    count(*) as texts,
    any_value(actors) filter (where is_named) as actors
from named
group by all
order by business_date, platform, query, lone, others, idle_others
