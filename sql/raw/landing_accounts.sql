-- purpose: distinct account ids among landed rows, to be pseudonymised before anything is stored
-- grain: one row per raw account id
-- inputs: landing (payload)
select distinct text_at(payload, 'user_id') as raw_value
from landing
where text_at(payload, 'user_id') is not null
