-- purpose: the searches of the days looked back, slim, for counting phrases; crawlers' are left out
-- grain: one row per search event
-- inputs: stg_searches, int_searches (the window's days)
-- parameters: $as_of (planning day)
create or replace temp table int_candidate_searches as
select
    stg_searches.event_id,
    stg_searches.query,
    int_searches.category_id,
    stg_searches.actor,
    stg_searches.session_key,
    int_searches.business_date,
    stg_searches.result_count,
    stg_searches.clicked_sku_ids,
    (date_diff('day', int_searches.business_date, cast($as_of as date)) - 1) // 7 as weeks_ago
from stg_searches
inner join int_searches
    on
        stg_searches.event_id = int_searches.event_id
        and stg_searches.business_date = int_searches.business_date
where int_searches.verdict in ('human', 'grey')
