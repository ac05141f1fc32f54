-- purpose: account-days and order lines that are not plainly a shopper's, with the reason
-- grain: one row per judged subject and day; unjudged means human
-- inputs: raw_search_events, raw_order_lines (the days to judge)
-- parameters: $crawler_searches, $grey_searches (searches a day), $account_lines (lines per account, unit and day),
--             $burst_lines (lines per unit and hour), $burst_factor (times the unit's other hours)
with searchers as (
    select
        business_date,
        coalesce(user_id, 'session:' || session_id, 'event:' || event_id) as actor,
        count(*) as searches,
        count(distinct query) as queries
    from raw_search_events
    group by all
),

placed as (
    select
        business_date,
        order_id,
        line_id,
        channel,
        sku_id,
        session_id,
        quantity,
        coalesce(user_id, 'session:' || session_id, 'order:' || order_id) as actor,
        date_trunc('hour', event_time) as placed_hour
    from raw_order_lines
    where status = 'placed'
),

buyers as (
    select
        business_date,
        actor,
        count(*) as order_lines
    from placed
    group by all
),

crawlers as (
    select
        'actor_day' as subject_kind,
        searchers.actor as subject,
        case when searchers.searches >= $crawler_searches then 'crawler' else 'grey' end as verdict,
        searchers.searches || ' searches, ' || searchers.queries || ' distinct, no order that day' as reason,
        searchers.searches,
        coalesce(buyers.order_lines, 0) as orders,
        searchers.business_date
    from searchers
    left join buyers
        on searchers.actor = buyers.actor and searchers.business_date = buyers.business_date
    where searchers.searches >= $grey_searches and coalesce(buyers.order_lines, 0) = 0
),

search_sessions as (
    select distinct
        business_date,
        session_id
    from raw_search_events
    where session_id is not null
),

judged_lines as (
    select
        placed.*,
        search_sessions.session_id is not null as is_after_search,
        count(*) over (partition by placed.business_date, placed.actor, placed.sku_id) as account_lines,
        count(*) filter (where search_sessions.session_id is null)
            over (partition by placed.business_date, placed.sku_id, placed.placed_hour, placed.quantity) as hour_lines,
        count(*) over (partition by placed.business_date, placed.sku_id) as day_lines
    from placed
    left join search_sessions
        on placed.session_id = search_sessions.session_id and placed.business_date = search_sessions.business_date
),

brushed as (
    select
        'order_line' as subject_kind,
        order_id || '/' || line_id as subject,
        'brushed' as verdict,
        case
            when account_lines >= $account_lines
                then account_lines || ' lines of one account for one unit that day'
            else
                hour_lines || ' lines of one unit, quantity ' || quantity
                || ', in one hour without a search; other hours ' || (day_lines - hour_lines)
        end as reason,
        0 as searches,
        1 as orders,
        business_date
    from judged_lines
    where
        account_lines >= $account_lines
        or (
            not is_after_search
            -- where no search is known every order comes without one
            and business_date in (select business_date from search_sessions)
            -- a burst is how a livestream or a group purchase sells
            and channel in ('shelf', 'other')
            and hour_lines >= $burst_lines
            and hour_lines >= $burst_factor * (1 + (day_lines - hour_lines) / 23.0)
        )
)

select * from crawlers
union all
select * from brushed
order by business_date, subject_kind, subject
