-- purpose: names of the fields that landed rows carry, to find columns no contract knows
-- grain: one row per field name
-- inputs: landing (payload)
select distinct unnest(json_keys(payload)) as field
from landing
order by field
