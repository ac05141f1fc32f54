-- purpose: texts that single visitors searched far more often than on other days, or like clockwork
-- grain: one row per text and judged day with at least $burst_searches searches by those who searched little that day
-- inputs: raw_search_events (the days to judge and those before), judged_days
-- parameters: $burst_searches (searches of one text in one day that are too few to judge)
with events as (
    select
        business_date,
        lower(trim(query)) as query,
        coalesce(category_id, '') as category_id,
        event_id,
        event_time,
        clicked_sku_ids is not null and coalesce(result_count, 1) > 0 as is_clickable,
        coalesce(len(clicked_sku_ids), 0) > 0 as is_clicked,
        count(*) over (
            partition by business_date, coalesce(user_id, 'session:' || session_id, 'event:' || event_id)
        ) as by_actor
    from raw_search_events
),

visits as (
    select
        *,
        epoch(event_time - lag(event_time) over (
            partition by business_date, query order by event_time, event_id
        )) as gap
    from events
    where by_actor <= 3
),

daily as (
    select
        business_date,
        query,
        count(*) as searches,
        count(*) filter (where is_clickable) as clickable,
        count(*) filter (where is_clickable and is_clicked) as clicked,
        count(gap) as gaps,
        avg(greatest(gap, 0.5)) as mean_gap,
        avg(ln(greatest(gap, 0.5))) as mean_log_gap
    from visits
    group by all
),

total as (
    select
        business_date,
        sum(searches) as searches,
        sum(least(searches, 20)) as capped,
        sum(clicked) as clicked,
        sum(clickable) as clickable,
        avg(sum(least(searches, 20))) over before as usual_capped,
        count(*) over before as days_before
    from daily
    group by business_date
    window before as (
        order by business_date range between interval 28 day preceding and interval 1 day preceding
    )
),

history as (
    select
        daily.*,
        median(daily.searches) over before as usual_searches,
        count(*) over before as days_seen
    from daily
    window before as (
        partition by daily.query
        order by daily.business_date range between interval 28 day preceding and interval 1 day preceding
    )
)

select
    history.business_date,
    history.query,
    history.searches,
    history.clickable,
    history.clicked,
    history.gaps,
    history.mean_gap,
    history.mean_log_gap,
    -- the median over all days: on most of them nobody searched it
    case when 2 * history.days_seen < total.days_before then 0 else coalesce(history.usual_searches, 0) end
        as usual_searches,
    total.days_before,
    -- a busy day is busy for all texts
    greatest(1.0, total.capped / total.usual_capped) as day_factor,
    total.clicked as day_clicked,
    total.clickable as day_clickable
from history
inner join judged_days on history.business_date = judged_days.business_date
inner join total on history.business_date = total.business_date
where history.searches >= $burst_searches
order by history.business_date, history.query
