-- purpose: landed manufacturers, typed; a tier is [from_units, factor] or {from_units, factor}
-- grain: one row per landed row; duplicates still inside
-- inputs: landing (source_file, source_row, payload)
with typed as (
    select
        source_file,
        source_row,
        payload,
        text_at(payload, 'manufacturer_id') as manufacturer_id,
        text_at(payload, 'name') as name,
        text_at(payload, 'category_id') as category_id,
        try_cast(integer_at(payload, 'lead_time_days') as integer) as lead_time_days,
        integer_at(payload, 'weekly_capacity_units') as weekly_capacity_units,
        integer_at(payload, 'min_order_units') as min_order_units,
        integer_at(payload, 'min_spec_units') as min_spec_units,
        integer_at(payload, 'pack_size') as pack_size,
        try_cast(text_at(payload, 'base_unit_cost') as decimal(18, 4)) as base_unit_cost,
        tiers_at(payload, 'price_tiers') as price_tiers,
        try_cast(text_at(payload, 'setup_cost') as decimal(18, 4)) as setup_cost,
        lists_at(payload, 'supported_features') as supported_features,
        amounts_at(payload, 'feature_costs') as feature_costs,
        text_at(payload, 'currency') as currency,
        text_at(payload, 'incoterm') as incoterm
    from landing
)

select
    *,
    some_of([
        mistyped(payload, 'lead_time_days', lead_time_days is null),
        mistyped(payload, 'weekly_capacity_units', weekly_capacity_units is null),
        mistyped(payload, 'min_order_units', min_order_units is null),
        mistyped(payload, 'min_spec_units', min_spec_units is null),
        mistyped(payload, 'pack_size', pack_size is null),
        mistyped(payload, 'base_unit_cost', base_unit_cost is null),
        mistyped(payload, 'price_tiers', price_tiers is null),
        mistyped(payload, 'setup_cost', setup_cost is null),
        mistyped(payload, 'supported_features', supported_features is null),
        mistyped(payload, 'feature_costs', feature_costs is null)
    ]) as mistyped_columns
from typed
