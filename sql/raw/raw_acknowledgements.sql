-- purpose: landed answers of manufacturers, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload)
with typed as (
    select
        source_file,
        source_row,
        payload,
        text_at(payload, 'batch_order_id') as batch_order_id,
        try_cast(integer_at(payload, 'revision') as integer) as revision,
        try_cast(integer_at(payload, 'line_no') as integer) as line_no,
        text_at(payload, 'status') as status,
        integer_at(payload, 'quantity') as quantity,
        try_cast(text_at(payload, 'promised_ship_date') as date) as promised_ship_date,
        text_at(payload, 'note') as note
    from landing
)

select
    *,
    some_of([
        mistyped(payload, 'revision', revision is null),
        mistyped(payload, 'line_no', line_no is null),
        mistyped(payload, 'quantity', quantity is null),
        mistyped(payload, 'promised_ship_date', promised_ship_date is null)
    ]) as mistyped_columns
from typed
