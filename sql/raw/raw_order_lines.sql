-- purpose: landed status events of order lines, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload), pseudonyms (raw_value, pseudonym); $timezone: business time zone
with typed as (
    select
        landing.source_file,
        landing.source_row,
        landing.payload,
        text_at(landing.payload, 'order_id') as order_id,
        try_cast(integer_at(landing.payload, 'line_id') as integer) as line_id,
        text_at(landing.payload, 'status') as status,
        instant_at(landing.payload, 'event_time') as event_time,
        pseudonyms.pseudonym as user_id,
        text_at(landing.payload, 'session_id') as session_id,
        text_at(landing.payload, 'platform') as platform,
        text_at(landing.payload, 'channel') as channel,
        text_at(landing.payload, 'sku_id') as sku_id,
        try_cast(integer_at(landing.payload, 'quantity') as integer) as quantity,
        try_cast(text_at(landing.payload, 'unit_price') as decimal(18, 4)) as unit_price,
        text_at(landing.payload, 'currency') as currency,
        text_at(landing.payload, 'region') as region
    from landing
    left join pseudonyms on text_at(landing.payload, 'user_id') = pseudonyms.raw_value
)

select
    *,
    (event_time at time zone $timezone)::date as business_date,
    some_of([
        mistyped(payload, 'line_id', line_id is null),
        mistyped(payload, 'event_time', event_time is null),
        mistyped(payload, 'quantity', quantity is null),
        mistyped(payload, 'unit_price', unit_price is null)
    ]) as mistyped_columns
from typed
