-- purpose: products on sale that are nearest to a spec, and what of them was ordered; null where by too few people
-- grain: one row per stock-keeping unit
-- inputs: int_product_features, raw_products, int_sessions (since the first day asked for)
-- parameters: $category_id, $features (list of 'attribute=value'), $min_people, $products
with matched as (
    select
        sku_id,
        list_sort(list(attribute || '=' || value)) as shared
    from int_product_features
    where list_contains($features::varchar[], attribute || '=' || value)
    group by sku_id
),

sold as (
    select
        bought_sku_id,
        case when count(distinct actor) >= $min_people then sum(bought_units) end as units
    from int_sessions
    where bought_sku_id is not null and order_verdict in ('human', 'grey')
    group by bought_sku_id
)

select
    p.sku_id,
    p.title,
    m.shared,
    case when s.bought_sku_id is null then 0 else s.units end as ordered_units
from raw_products as p
inner join matched as m on p.sku_id = m.sku_id
left join sold as s on p.sku_id = s.bought_sku_id
where p.category_id = $category_id
order by len(m.shared) desc, ordered_units desc nulls last, p.sku_id asc
limit $products
