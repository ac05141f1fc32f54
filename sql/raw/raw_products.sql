-- purpose: landed products, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload)
with typed as (
    select
        source_file,
        source_row,
        payload,
        text_at(payload, 'sku_id') as sku_id,
        text_at(payload, 'product_id') as product_id,
        text_at(payload, 'category_id') as category_id,
        text_at(payload, 'title') as title,
        text_at(payload, 'brand') as brand,
        lists_at(payload, 'attributes') as attributes,
        try_cast(text_at(payload, 'list_price') as decimal(18, 4)) as list_price,
        try_cast(text_at(payload, 'unit_cost') as decimal(18, 4)) as unit_cost,
        text_at(payload, 'currency') as currency,
        try_cast(text_at(payload, 'launched_on') as date) as launched_on
    from landing
)

select
    *,
    some_of([
        mistyped(payload, 'attributes', attributes is null),
        mistyped(payload, 'list_price', list_price is null),
        mistyped(payload, 'unit_cost', unit_cost is null),
        mistyped(payload, 'launched_on', launched_on is null)
    ]) as mistyped_columns
from typed
