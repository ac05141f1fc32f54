-- purpose: whether searches with a phrase end at one brand or one product: then it is a name, not a feature
-- grain: one row per phrase that was followed by a click
-- inputs: int_candidate_searches, int_candidate_hits, candidate_members, raw_products
with clicks as (
    select distinct
        searches.category_id,
        searches.actor,
        products.product_id,
        coalesce(products.brand, products.product_id) as brand
    from int_candidate_searches as searches, unnest(searches.clicked_sku_ids) as click (sku_id)
    inner join raw_products as products on click.sku_id = products.sku_id
),

base as (
    select
        category_id,
        brand,
        product_id,
        count(distinct actor) as clickers
    from clicks
    group by grouping sets ((category_id), (category_id, brand), (category_id, product_id))
),

phrase_clicks as (
    select distinct
        candidate_members.phrase_id,
        int_candidate_hits.category_id,
        int_candidate_hits.actor,
        products.product_id,
        coalesce(products.brand, products.product_id) as brand
    from int_candidate_hits, unnest(int_candidate_hits.clicked_sku_ids) as click (sku_id)
    inner join candidate_members
        on
            int_candidate_hits.surface_id = candidate_members.surface_id
            and int_candidate_hits.category_id = candidate_members.category_id
    inner join raw_products as products on click.sku_id = products.sku_id
),

found as (
    select
        phrase_id,
        category_id,
        brand,
        product_id,
        count(distinct actor) as clickers
    from phrase_clicks
    group by grouping sets (
        (phrase_id, category_id), (phrase_id, category_id, brand), (phrase_id, category_id, product_id)
    )
),

compared as (
    select
        found.*,
        base.clickers as base_clickers
    from found
    inner join base
        on
            found.category_id = base.category_id
            and found.brand is not distinct from base.brand
            and found.product_id is not distinct from base.product_id
)

select
    phrase_id,
    max(clickers) filter (where brand is null and product_id is null) as clickers,
    max(base_clickers) filter (where brand is null and product_id is null) as base_clickers,
    max(clickers) filter (where brand is not null) as brand_clickers,
    arg_max(base_clickers, clickers) filter (where brand is not null) as brand_base_clickers,
    max(clickers) filter (where product_id is not null) as product_clickers,
    arg_max(base_clickers, clickers) filter (where product_id is not null) as product_base_clickers
from compared
group by all
order by all
