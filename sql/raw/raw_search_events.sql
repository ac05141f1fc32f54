-- purpose: landed search events, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload), pseudonyms (raw_value, pseudonym); $timezone: business time zone
with typed as (
    select
        landing.source_file,
        landing.source_row,
        landing.payload,
        text_at(landing.payload, 'event_id') as event_id,
        instant_at(landing.payload, 'event_time') as event_time,
        pseudonyms.pseudonym as user_id,
        text_at(landing.payload, 'session_id') as session_id,
        text_at(landing.payload, 'platform') as platform,
        text_at(landing.payload, 'query') as query,
        text_at(landing.payload, 'category_id') as category_id,
        lists_at(landing.payload, 'filters') as filters,
        integer_at(landing.payload, 'result_count') as result_count,
        list_at(landing.payload, 'clicked_sku_ids') as clicked_sku_ids,
        text_at(landing.payload, 'region') as region
    from landing
    left join pseudonyms on text_at(landing.payload, 'user_id') = pseudonyms.raw_value
)

select
    *,
    (event_time at time zone $timezone)::date as business_date,
    some_of([
        mistyped(payload, 'event_time', event_time is null),
        mistyped(payload, 'filters', filters is null),
        mistyped(payload, 'result_count', result_count is null),
        mistyped(payload, 'clicked_sku_ids', clicked_sku_ids is null)
    ]) as mistyped_columns
from typed
