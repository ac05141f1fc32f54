-- purpose: values that products are said to have by their attributes, not by their titles
-- grain: one row per stock-keeping unit, attribute and value
-- inputs: int_product_features
select
    sku_id,
    category_id,
    attribute,
    value
from int_product_features
where origin = 'attribute'
order by all
