-- purpose: what people typed who asked for a feature of a spec; only texts that enough people typed word for word
-- grain: one row per text
-- inputs: stg_searches, int_searches (since the first day asked for)
-- parameters: $category_id, $features (list of 'attribute=value'), $min_people, $texts
with searches as (
    select
        event_id,
        actor,
        list_intersect(
            list_transform(features, lambda f: f.attribute || '=' || f.value), $features::varchar[]
        ) as found
    from int_searches
    where category_id = $category_id and verdict in ('human', 'grey')
)

select
    t.query,
    any_value(list_sort(s.found)) as features,
    count(*) as searches,
    count(distinct s.actor) as people
from searches as s
inner join stg_searches as t on s.event_id = t.event_id
where len(s.found) > 0
group by t.query
having count(distinct s.actor) >= $min_people
order by people desc, t.query asc
limit $texts
