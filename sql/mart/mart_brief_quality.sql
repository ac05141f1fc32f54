-- purpose: what was left out of the demand, for the brief's sources section
-- grain: one row per verdict; a line judged on several days counts once, by its worst verdict
-- inputs: int_verdicts (days before the planning day)
with judged as (
    select
        subject_kind,
        subject,
        -- an account is judged day by day, an order line as a whole
        case when subject_kind = 'actor_day' then business_date end as actor_date,
        min(verdict) as verdict
    from int_verdicts
    group by all
)

select
    verdict,
    count(*) as subjects
from judged
group by verdict
order by verdict
