-- purpose: what people clicked after a search or bought in its session, as values of the products
-- grain: one row per search event, person, attribute and value
-- inputs: int_candidate_searches, stg_order_events (the window's days), int_product_features
create or replace temp table int_word_choices as
with chosen as (
    select
        searches.event_id,
        searches.category_id,
        searches.query,
        searches.actor,
        unnest(searches.clicked_sku_ids) as sku_id
    from int_candidate_searches as searches
    union all
    select
        searches.event_id,
        searches.category_id,
        searches.query,
        searches.actor,
        stg_order_events.sku_id
    from int_candidate_searches as searches
    inner join stg_order_events
        on
            searches.session_key = stg_order_events.session_id
            and searches.business_date = stg_order_events.business_date
    where stg_order_events.is_placement and stg_order_events.verdict <> 'brushed'
)

select distinct
    chosen.event_id,
    chosen.category_id,
    chosen.query,
    chosen.actor,
    int_product_features.attribute,
    int_product_features.value
from chosen
inner join int_product_features
    on chosen.sku_id = int_product_features.sku_id and chosen.category_id = int_product_features.category_id
