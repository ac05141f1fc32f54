-- purpose: the landed taxonomy, typed
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload)
with typed as (
    select
        source_file,
        source_row,
        payload,
        text_at(payload, 'category_id') as category_id,
        try_cast(nested_at(payload, 'names') as map (varchar, varchar)) as names,
        attributes_at(payload, 'attributes') as attributes,
        list_at(payload, 'rejected') as rejected
    from landing
)

select
    *,
    some_of([
        mistyped(payload, 'names', names is null),
        mistyped(payload, 'attributes', attributes is null),
        mistyped(payload, 'rejected', rejected is null)
    ]) as mistyped_columns
from typed
