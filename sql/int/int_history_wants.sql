-- purpose: first stated value per session and attribute
-- grain: one row per session number and attribute
-- inputs: history_sessions
select
    history_sessions.session_number,
    history_sessions.category_id,
    want.attribute,
    min(want.value) as value
from history_sessions, unnest(history_sessions.wants) as t (want)
group by all
order by all
