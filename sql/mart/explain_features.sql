-- purpose: who asked for each feature of a spec, alone and all together; who of them bought, null where too few
-- grain: one row per feature ('attribute=value'), one for all of them ('all'), one for the category ('*')
-- inputs: int_sessions (since the first day asked for)
-- parameters: $category_id, $features (list of 'attribute=value'), $min_people
with sessions as (
    select
        actor,
        bought_sku_id,
        list_transform(wants, lambda w: w.attribute || '=' || w.value) as wanted
    from int_sessions
    where category_id = $category_id and verdict in ('human', 'grey') and searches > 0
),

asked as (
    select
        feature,
        s.actor,
        s.bought_sku_id
    from sessions as s
    cross join unnest($features::varchar[]) as one (feature)
    where list_contains(s.wanted, feature)
    union all
    select
        'all' as feature,
        actor,
        bought_sku_id
    from sessions
    where list_has_all(wanted, $features::varchar[])
    union all
    select
        '*' as feature,
        actor,
        bought_sku_id
    from sessions
)

select
    feature,
    count(*) as shopper_days,
    count(distinct actor) as people,
    -- none is told; a few are not
    case
        when count(distinct actor) filter (where bought_sku_id is not null) between 1 and $min_people - 1 then null
        else count(bought_sku_id)
    end as shopper_days_with_order
from asked
group by feature
having count(distinct actor) >= $min_people
order by feature
