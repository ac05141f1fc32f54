-- purpose: what was left out of the demand, for the brief's sources section
-- grain: one row per verdict
-- inputs: int_verdicts (days before the planning day)
select
    verdict,
    count(*) as subjects
from int_verdicts
group by verdict
order by verdict
