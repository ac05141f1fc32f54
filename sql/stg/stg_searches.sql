-- purpose: every search with its verdict and the category its clicks suggest
-- grain: one row per search event; verdict is that of its actor's day: human, grey or crawler
-- inputs: raw_search_events, int_verdicts (the same days), raw_products
with searches as (
    select
        event_id,
        event_time,
        coalesce(user_id, 'session:' || session_id, 'event:' || event_id) as actor,
        session_id,
        platform,
        query,
        category_id,
        filters,
        result_count,
        clicked_sku_ids,
        region,
        business_date
    from raw_search_events
),

clicked as (
    select
        searches.event_id,
        searches.business_date,
        products.category_id,
        count(*) as clicks
    from searches, unnest(searches.clicked_sku_ids) as click (sku_id)
    inner join raw_products as products on click.sku_id = products.sku_id
    where searches.category_id is null
    group by all
),

clicked_category as (
    select
        event_id,
        business_date,
        arg_max(category_id, (clicks, category_id)) as category_id,
        (max(clicks) + 1) / (sum(clicks) + 2) as share
    from clicked
    group by all
)

select
    searches.event_id,
    searches.event_time,
    searches.actor,
    coalesce(searches.session_id, searches.actor || ':' || searches.business_date) as session_key,
    searches.platform,
    searches.query,
    coalesce(searches.category_id, clicked_category.category_id) as category_hint,
    case
        when searches.category_id is not null then 'given' when clicked_category.category_id is not null then 'clicked'
    end as category_source,
    case when searches.category_id is not null then 1.0 else clicked_category.share end::double as category_probability,
    searches.filters,
    searches.result_count,
    searches.clicked_sku_ids,
    coalesce(searches.region, 'unknown') as region,
    coalesce(int_verdicts.verdict, 'human') as verdict,
    searches.business_date
from searches
left join clicked_category
    on searches.event_id = clicked_category.event_id and searches.business_date = clicked_category.business_date
left join int_verdicts
    on
        searches.actor = int_verdicts.subject
        and searches.business_date = int_verdicts.business_date
        and int_verdicts.subject_kind = 'actor_day'
order by searches.business_date, searches.event_id
