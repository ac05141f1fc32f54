-- purpose: those who searched for an order that is brushed or grey: their wish is no more real than the order
-- grain: one row per actor and judged day
-- inputs: line_verdicts (subject, verdict, score, business_date; lines judged on the day they were placed),
--         placed_lines, raw_search_events, judged_days
with fake as (
    select
        line_verdicts.business_date,
        line_verdicts.subject,
        line_verdicts.verdict,
        line_verdicts.score,
        placed_lines.user_id,
        placed_lines.session_id
    from line_verdicts
    inner join placed_lines on line_verdicts.subject = placed_lines.subject
    where placed_lines.is_searched
),

searches as (
    select
        raw_search_events.business_date,
        coalesce(raw_search_events.user_id, 'session:' || session_id, 'event:' || event_id) as actor,
        raw_search_events.user_id,
        raw_search_events.session_id
    from raw_search_events
    inner join judged_days on raw_search_events.business_date = judged_days.business_date
),

counted as (
    select
        business_date,
        actor,
        count(*) as searches
    from searches
    group by business_date, actor
),

theirs as (
    select
        searches.business_date,
        searches.actor,
        fake.subject,
        fake.verdict,
        fake.score
    from searches
    inner join fake on searches.business_date = fake.business_date and searches.session_id = fake.session_id
    union
    select
        searches.business_date,
        searches.actor,
        fake.subject,
        fake.verdict,
        fake.score
    from searches
    inner join fake on searches.business_date = fake.business_date and searches.user_id = fake.user_id
)

select
    theirs.business_date,
    theirs.actor as subject,
    case when min(theirs.verdict) = 'brushed' then 'crawler' else 'grey' end as verdict,
    max(theirs.score) as score,
    count(*) as orders,
    min(counted.searches) as searches
from theirs
inner join counted on theirs.business_date = counted.business_date and theirs.actor = counted.actor
group by theirs.business_date, theirs.actor
order by theirs.business_date, theirs.actor
