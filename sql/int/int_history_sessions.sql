-- purpose: sessions of the planning history, for the models
-- grain: one row per session, category and day, numbered
-- inputs: int_sessions (the days of the history)
select
    row_number() over (order by category_id, business_date, session_key) - 1 as session_number,
    session_key,
    category_id,
    region,
    searches > 0 as searched,
    wants,
    bought_sku_id,
    business_date
from int_sessions
order by session_number
