-- purpose: texts as the taxonomy alone reads them, so that a learnt word is judged like one that is not
-- grain: one row per query text and category hint
-- inputs: int_text_features; untaught (rows of it, read again)
select int_text_features.*
from int_text_features
anti join untaught
    on
        int_text_features.query = untaught.query
        and int_text_features.category_hint is not distinct from untaught.category_hint
union all by name
select untaught.* from untaught
