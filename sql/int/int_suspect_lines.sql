-- purpose: every order line that some evidence touches, with the points of each kind
-- grain: one row per order line and day of judgement: the day it was placed, and later days on which its account
--        adds to the evidence
-- inputs: placed_lines, judged_days, cell_points, likeness_points, repeat_points, ring_points,
--         account_points
with own_day as (
    select
        placed_lines.business_date as judged_date,
        placed_lines.subject
    from placed_lines
    inner join judged_days on placed_lines.business_date = judged_days.business_date
),

touched as (
    select
        placed_lines.subject,
        repeat_points.business_date as judged_date,
        repeat_points.points as repeat_points,
        repeat_points.row_index as repeat_row,
        0.0 as ring_points,
        null as ring_row
    from placed_lines
    inner join repeat_points
        on
            placed_lines.user_id = repeat_points.user_id
            and placed_lines.sku_id = repeat_points.sku_id
            and placed_lines.business_date <= repeat_points.business_date
            and placed_lines.business_date > repeat_points.business_date - 28
    union all
    select
        placed_lines.subject,
        ring_points.business_date as judged_date,
        0.0 as repeat_points,
        null as repeat_row,
        ring_points.points as ring_points,
        ring_points.row_index as ring_row
    from placed_lines
    inner join ring_points
        on
            placed_lines.user_id = ring_points.user_id
            and placed_lines.sku_id = ring_points.sku_id
            and placed_lines.business_date <= ring_points.business_date
            and placed_lines.business_date > ring_points.business_date - 28
    union all
    select
        subject,
        judged_date,
        0.0 as repeat_points,
        null as repeat_row,
        0.0 as ring_points,
        null as ring_row
    from own_day
),

by_line as (
    select
        subject,
        judged_date,
        max(repeat_points) as repeat_points,
        arg_max(repeat_row, (repeat_points, repeat_row)) filter (where repeat_row is not null) as repeat_row,
        max(ring_points) as ring_points,
        arg_max(ring_row, (ring_points, ring_row)) filter (where ring_row is not null) as ring_row
    from touched
    group by subject, judged_date
),

line_cells as (
    select
        placed_lines.subject,
        cell_points.row_index,
        case when placed_lines.is_searched then cell_points.searched_points else cell_points.points end as points
    from placed_lines
    inner join cell_points
        on
            placed_lines.business_date = cell_points.business_date
            and placed_lines.sku_id = cell_points.sku_id
            and placed_lines.platform = cell_points.platform
            and placed_lines.channel = cell_points.channel
            and cell_points.bucket in (-1, extract(hour from placed_lines.event_time) // 3)
),

in_cells as (
    select
        subject,
        max(points) as points,
        arg_max(row_index, (points, row_index)) as row_index
    from line_cells
    group by subject
)

select
    by_line.judged_date as business_date,
    placed_lines.subject,
    placed_lines.business_date as subject_date,
    placed_lines.is_searched,
    placed_lines.is_clicked,
    by_line.repeat_points,
    by_line.repeat_row,
    by_line.ring_points,
    by_line.ring_row,
    coalesce(in_cells.points, 0.0) as cell_points,
    in_cells.row_index as cell_row,
    likeness_points.row_index as likeness_row,
    account_points.row_index as account_row,
    placed_lines.quantity = likeness_points.same_quantity as is_same_quantity,
    placed_lines.only_text = likeness_points.same_text as is_same_text
from by_line
inner join placed_lines on by_line.subject = placed_lines.subject
left join in_cells on by_line.subject = in_cells.subject
left join likeness_points
    on
        placed_lines.business_date = likeness_points.business_date
        and placed_lines.sku_id = likeness_points.sku_id
        and placed_lines.platform = likeness_points.platform
        and placed_lines.channel = likeness_points.channel
left join account_points
    on placed_lines.user_id = account_points.user_id and by_line.judged_date = account_points.business_date
where greatest(by_line.repeat_points, by_line.ring_points, in_cells.points) > 0.5
order by by_line.judged_date, placed_lines.subject
