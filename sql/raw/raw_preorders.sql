-- purpose: landed status events of pre-orders, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload), pseudonyms (raw_value, pseudonym); $timezone: business time zone
with typed as (
    select
        landing.source_file,
        landing.source_row,
        landing.payload,
        text_at(landing.payload, 'preorder_id') as preorder_id,
        instant_at(landing.payload, 'event_time') as event_time,
        text_at(landing.payload, 'status') as status,
        text_at(landing.payload, 'campaign_id') as campaign_id,
        text_at(landing.payload, 'spec_id') as spec_id,
        pseudonyms.pseudonym as user_id,
        try_cast(integer_at(landing.payload, 'quantity') as integer) as quantity,
        try_cast(text_at(landing.payload, 'deposit') as decimal(18, 4)) as deposit,
        text_at(landing.payload, 'currency') as currency,
        text_at(landing.payload, 'platform') as platform,
        text_at(landing.payload, 'region') as region
    from landing
    left join pseudonyms on text_at(landing.payload, 'user_id') = pseudonyms.raw_value
)

select
    *,
    (event_time at time zone $timezone)::date as business_date,
    some_of([
        mistyped(payload, 'event_time', event_time is null),
        mistyped(payload, 'quantity', quantity is null),
        mistyped(payload, 'deposit', deposit is null)
    ]) as mistyped_columns
from typed
