-- purpose: how alike the lines of one unit and day are: quantity, pace, words before, clicks, against its category
-- grain: one row per stock-keeping unit, platform, channel and judged day with at least 5 lines
-- inputs: placed_lines, raw_search_events (the days to judge and those before), judged_days
with paced as (
    select
        *,
        epoch(event_time - lag(event_time) over (
            partition by business_date, sku_id, platform, channel order by event_time, subject
        )) as gap
    from placed_lines
),

quantities as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        quantity,
        min(category_id) as category_id,
        count(*) as lines
    from placed_lines
    group by all
),

texts as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        only_text,
        min(category_id) as category_id,
        count(*) as lines
    from placed_lines
    where is_searched and only_text is not null
    group by all
),

same_quantity as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        arg_max(quantity, (lines, quantity)) as quantity,
        max(lines) as lines
    from quantities
    group by all
),

same_text as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        arg_max(only_text, (lines, only_text)) as text,
        max(lines) as lines
    from texts
    group by all
),

-- what is usual in the category: every unit weighs at most 10 lines a day
usual_quantity as (
    select
        business_date,
        category_id,
        quantity,
        sum(lines * least(10, unit_lines) / unit_lines) as lines
    from (
        select
            *,
            sum(lines) over (partition by business_date, sku_id, platform, channel) as unit_lines
        from quantities
    ) as shares
    group by business_date, category_id, quantity
),

category_quantity as (
    select
        judged_days.business_date,
        usual_quantity.category_id,
        usual_quantity.quantity,
        sum(usual_quantity.lines) as lines,
        sum(sum(usual_quantity.lines)) over (
            partition by judged_days.business_date, usual_quantity.category_id
        ) as category_lines
    from usual_quantity
    inner join judged_days
        on
            usual_quantity.business_date <= judged_days.business_date
            and usual_quantity.business_date > judged_days.business_date - 28
    group by judged_days.business_date, usual_quantity.category_id, usual_quantity.quantity
),

usual_text as (
    select
        business_date,
        category_id,
        only_text,
        sum(lines * least(10, unit_lines) / unit_lines) as lines
    from (
        select
            *,
            sum(lines) over (partition by business_date, sku_id, platform, channel) as unit_lines
        from texts
    ) as shares
    group by business_date, category_id, only_text
),

category_text as (
    select
        judged_days.business_date,
        usual_text.category_id,
        usual_text.only_text,
        sum(usual_text.lines) as lines,
        sum(sum(usual_text.lines)) over (partition by judged_days.business_date, usual_text.category_id)
            as category_lines
    from usual_text
    inner join judged_days
        on
            usual_text.business_date <= judged_days.business_date
            and usual_text.business_date > judged_days.business_date - 28
    group by judged_days.business_date, usual_text.category_id, usual_text.only_text
),

-- sessions that searched a text: of a campaign's text nearly all end in an order
asked as (
    select
        business_date,
        lower(trim(query)) as query,
        count(distinct coalesce(session_id, user_id, event_id)) as sessions
    from raw_search_events
    group by all
),

conversion as (
    select
        business_date,
        sum(sessions) over recent as sessions,
        sum(lines) over recent as lines
    from (
        select
            asked.business_date,
            sum(asked.sessions) as sessions,
            coalesce(min(bought.lines), 0) as lines
        from asked
        left join (
            select
                business_date,
                sum(least(lines, 3)) as lines
            from texts
            group by business_date
        ) as bought on asked.business_date = bought.business_date
        group by asked.business_date
    ) as days
    window recent as (order by business_date range between interval 27 day preceding and current row)
),

cells as (
    select
        business_date,
        sku_id,
        platform,
        channel,
        min(category_id) as category_id,
        count(*) as lines,
        count(*) filter (where is_searched) as searched_lines,
        count(*) filter (where is_searched and not is_clicked) as unclicked_lines,
        count(gap) as gaps,
        avg(greatest(gap, 0.5)) as mean_gap,
        avg(ln(greatest(gap, 0.5))) as mean_log_gap
    from paced
    group by all
),

category_clicks as (
    select
        business_date,
        category_id,
        sum(sum(least(searched_lines, 5))) over recent as searched_lines,
        sum(sum(least(unclicked_lines, 5))) over recent as unclicked_lines
    from cells
    group by business_date, category_id
    window recent as (
        partition by category_id order by business_date range between interval 27 day preceding and current row
    )
)

select
    cells.*,
    same_quantity.quantity as same_quantity,
    same_quantity.lines as same_quantity_lines,
    coalesce(category_quantity.lines, 0) as usual_quantity_lines,
    coalesce(category_quantity.category_lines, 0) as usual_lines,
    coalesce(same_text.lines, 0) as same_text_lines,
    same_text.text as same_text,
    coalesce(category_text.lines, 0) as usual_text_lines,
    coalesce(category_text.category_lines, 0) as usual_text_total,
    coalesce(asked.sessions, 0) as text_sessions,
    coalesce(conversion.lines, 0) as usual_bought,
    coalesce(conversion.sessions, 0) as usual_sessions,
    category_clicks.searched_lines as usual_searched,
    category_clicks.unclicked_lines as usual_unclicked
from cells
inner join judged_days on cells.business_date = judged_days.business_date
inner join same_quantity
    on
        cells.business_date = same_quantity.business_date
        and cells.sku_id = same_quantity.sku_id
        and cells.platform = same_quantity.platform
        and cells.channel = same_quantity.channel
left join same_text
    on
        cells.business_date = same_text.business_date
        and cells.sku_id = same_text.sku_id
        and cells.platform = same_text.platform
        and cells.channel = same_text.channel
left join category_quantity
    on
        cells.business_date = category_quantity.business_date
        and cells.category_id = category_quantity.category_id
        and same_quantity.quantity = category_quantity.quantity
left join category_text
    on
        cells.business_date = category_text.business_date
        and cells.category_id = category_text.category_id
        and same_text.text = category_text.only_text
left join asked on cells.business_date = asked.business_date and same_text.text = asked.query
left join conversion on cells.business_date = conversion.business_date
inner join category_clicks
    on cells.business_date = category_clicks.business_date and cells.category_id = category_clicks.category_id
where cells.lines >= 5
order by cells.business_date, cells.sku_id, cells.platform, cells.channel
