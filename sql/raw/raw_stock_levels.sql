-- purpose: landed stock snapshots, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload)
with typed as (
    select
        source_file,
        source_row,
        payload,
        plausible(try_cast(text_at(payload, 'snapshot_date') as date)) as snapshot_date,
        text_at(payload, 'sku_id') as sku_id,
        text_at(payload, 'region') as region,
        integer_at(payload, 'on_hand') as on_hand
    from landing
)

select
    *,
    snapshot_date as business_date,
    some_of([
        mistyped(payload, 'snapshot_date', snapshot_date is null),
        mistyped(payload, 'on_hand', on_hand is null)
    ]) as mistyped_columns
from typed
