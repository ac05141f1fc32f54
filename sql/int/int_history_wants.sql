-- purpose: stated values per shopper-day and attribute; several of one attribute share one intent
-- grain: one row per session number, attribute and value
-- inputs: history_sessions
select
    history_sessions.session_number,
    history_sessions.category_id,
    want.attribute,
    want.value,
    1.0 / count(*) over (partition by history_sessions.session_number, want.attribute) as weight
from history_sessions, unnest(history_sessions.wants) as t (want)
order by all
