-- purpose: how an account, or a session without one, searched on a day and in the fortnight before it
-- grain: one row per actor and judged day with at least $few_searches searches, or of a suspicious text
-- inputs: raw_search_events, raw_order_lines, int_placements (the days to judge and those before), judged_days,
--         text_bursts, actor_pools
-- parameters: $few_searches (searches a day that are too few to judge the actor by itself)
with events as (
    select
        business_date,
        coalesce(user_id, 'session:' || session_id, 'event:' || event_id) as actor,
        session_id,
        platform,
        lower(trim(query)) as query,
        category_id,
        region,
        event_time,
        -- a search that showed nothing cannot be clicked; a log without clicks says nothing of them
        clicked_sku_ids is not null and coalesce(result_count, 1) > 0 as is_clickable,
        coalesce(len(clicked_sku_ids), 0) > 0 as is_clicked,
        epoch(event_time - lag(event_time) over (
            partition by business_date, coalesce(user_id, 'session:' || session_id, 'event:' || event_id)
            order by event_time, event_id
        )) as gap
    from raw_search_events
),

paced as (
    select
        *,
        greatest(gap, 0.5) as pace,
        median(gap) over (partition by business_date, actor) as usual_gap,
        count(*) over (partition by business_date, actor, date_trunc('minute', event_time)) as in_minute
    from events
),

placed as (
    select
        business_date,
        user_id as actor,
        count(distinct order_id) as orders
    from raw_order_lines
    semi join int_placements
        on
            raw_order_lines.order_id = int_placements.order_id
            and raw_order_lines.line_id = int_placements.line_id
            and raw_order_lines.status = int_placements.status
            and raw_order_lines.business_date = int_placements.business_date
    where user_id is not null
    group by all
),

daily as (
    select
        paced.business_date,
        paced.actor,
        min(paced.platform) as platform,
        count(*) as searches,
        count(distinct paced.query) as texts,
        count(distinct paced.category_id) as categories,
        count(distinct paced.session_id) as sessions,
        count(distinct paced.region) as regions,
        count(distinct date_trunc('hour', paced.event_time)) as active_hours,
        count(*) filter (where paced.gap < 1) as instant_gaps,
        max(paced.in_minute) as most_in_minute,
        count(*) filter (where paced.is_clickable) as clickable,
        count(*) filter (where paced.is_clickable and paced.is_clicked) as clicked,
        -- pauses between sittings say nothing of the pace within one
        count(*) filter (where paced.gap <= 5 * paced.usual_gap) as gaps,
        avg(paced.pace) filter (where paced.gap <= 5 * paced.usual_gap) as mean_gap,
        avg(ln(paced.pace)) filter (where paced.gap <= 5 * paced.usual_gap) as mean_log_gap,
        arg_max(text_bursts.query, (text_bursts.searches, text_bursts.query)) as text,
        coalesce(max(placed.orders), 0) as orders
    from paced
    left join text_bursts on paced.business_date = text_bursts.business_date and paced.query = text_bursts.query
    left join placed on paced.business_date = placed.business_date and paced.actor = placed.actor
    group by all
),

-- what shoppers do, by those who search little: the ones in question do not set their own yardstick
usual as (
    select
        platform,
        business_date,
        sum(sum(clicked) filter (where searches <= 10)) over recent as clicked,
        sum(sum(clickable) filter (where searches <= 10)) over recent as clickable,
        sum(sum(sessions - 1) filter (where searches between 2 and 10)) over recent as new_sessions,
        sum(sum(searches - 1) filter (where searches between 2 and 10)) over recent as next_searches
    from daily
    group by platform, business_date
    window recent as (
        partition by platform order by business_date range between interval 28 day preceding and current row
    )
)

select
    daily.*,
    sum(daily.searches) over fortnight as fortnight_searches,
    sum(daily.clickable) over fortnight as fortnight_clickable,
    sum(daily.clicked) over fortnight as fortnight_clicked,
    sum(daily.orders) over fortnight as fortnight_orders,
    count(*) over fortnight as fortnight_days,
    coalesce(usual.clicked, 0) as usual_clicked,
    coalesce(usual.clickable, 0) as usual_clickable,
    coalesce(usual.new_sessions, 0) as usual_new_sessions,
    coalesce(usual.next_searches, 0) as usual_next_searches,
    coalesce(actor_pools.companions, 0) as companions,
    coalesce(actor_pools.shared_texts, 0) as shared_texts,
    coalesce(text_bursts.searches, 0) as text_searches,
    coalesce(text_bursts.clickable, 0) as text_clickable,
    coalesce(text_bursts.clicked, 0) as text_clicked,
    coalesce(text_bursts.gaps, 0) as text_gaps,
    coalesce(text_bursts.mean_gap, 1) as text_mean_gap,
    coalesce(text_bursts.mean_log_gap, 0) as text_mean_log_gap,
    coalesce(text_bursts.usual_searches, 0) as text_usual_searches,
    coalesce(text_bursts.day_factor, 1) as day_factor,
    coalesce(text_bursts.days_before, 0) as days_before,
    coalesce(text_bursts.day_clicked, 0) as day_clicked,
    coalesce(text_bursts.day_clickable, 0) as day_clickable
from daily
left join text_bursts on daily.business_date = text_bursts.business_date and daily.text = text_bursts.query
left join actor_pools on daily.business_date = actor_pools.business_date and daily.actor = actor_pools.actor
left join usual on daily.platform = usual.platform and daily.business_date = usual.business_date
window
    fortnight as (
        partition by daily.actor order by daily.business_date range between interval 13 day preceding and current row
    )
qualify
    (daily.searches >= $few_searches or (daily.text is not null and daily.searches <= 3) or companions > 0)
    and daily.business_date in (select business_date from judged_days)
order by daily.business_date, daily.actor
