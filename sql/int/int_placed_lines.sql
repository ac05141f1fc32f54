-- purpose: placed order lines with what is known of the way to them: a search, a click on the unit, the words
-- grain: one row per placed order line
-- inputs: raw_order_lines, int_placements, raw_search_events (the days to judge and those before), raw_products
with searches as (
    select
        session_id,
        user_id,
        business_date,
        lower(trim(query)) as query,
        event_time,
        clicked_sku_ids
    from raw_search_events
),

sessions as (
    select
        session_id,
        unnest([business_date, business_date + 1]) as order_date,  -- a session may run past midnight
        query,
        event_time,
        clicked_sku_ids
    from searches
    where session_id is not null
),

session_days as (
    select
        session_id,
        order_date,
        min(event_time) as first_search,
        case when count(distinct query) = 1 then min(query) end as only_text
    from sessions
    group by session_id, order_date
),

accounts as (
    select
        user_id,
        business_date,
        min(event_time) as first_search,
        case when count(distinct query) = 1 then min(query) end as only_text
    from searches
    where user_id is not null
    group by all
),

session_clicks as (
    select distinct
        sessions.session_id,
        sessions.order_date,
        click.sku_id
    from sessions, unnest(sessions.clicked_sku_ids) as click (sku_id)
),

account_clicks as (
    select distinct
        searches.user_id,
        searches.business_date,
        click.sku_id
    from searches, unnest(searches.clicked_sku_ids) as click (sku_id)
    where searches.user_id is not null
)

select
    lines.business_date,
    lines.order_id,
    lines.line_id,
    lines.order_id || '/' || lines.line_id as subject,
    lines.user_id,
    lines.session_id,
    coalesce(lines.user_id, 'session:' || lines.session_id, 'order:' || lines.order_id) as actor,
    lines.sku_id,
    lines.platform,
    lines.channel,
    lines.quantity,
    lines.event_time,
    coalesce(products.category_id, 'unknown') as category_id,
    coalesce(lines.event_time >= session_days.first_search, false)
    or coalesce(lines.event_time >= accounts.first_search, false) as is_searched,
    session_clicks.sku_id is not null or account_clicks.sku_id is not null as is_clicked,
    coalesce(session_days.only_text, accounts.only_text) as only_text
from raw_order_lines as lines
semi join int_placements as placements
    on
        lines.order_id = placements.order_id
        and lines.line_id = placements.line_id
        and lines.status = placements.status
        and lines.business_date = placements.business_date
left join raw_products as products on lines.sku_id = products.sku_id
left join session_days
    on lines.session_id = session_days.session_id and lines.business_date = session_days.order_date
left join accounts on lines.user_id = accounts.user_id and lines.business_date = accounts.business_date
left join session_clicks
    on
        lines.session_id = session_clicks.session_id
        and lines.business_date = session_clicks.order_date
        and lines.sku_id = session_clicks.sku_id
left join account_clicks
    on
        lines.user_id = account_clicks.user_id
        and lines.business_date = account_clicks.business_date
        and lines.sku_id = account_clicks.sku_id
