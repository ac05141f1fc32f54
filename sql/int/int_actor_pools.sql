-- purpose: actors whose lists of texts agree more than chance allows, although they are different accounts
-- grain: one row per actor and judged day with companions
-- inputs: raw_search_events (the days to judge and those before), judged_days
-- parameters: $min_surprise (log-likelihood ratio from which two lists go together), $taste (times chance that
--             people of one taste agree), $min_companions, $chance_pairs (share of pairs that go together by chance)
with asked as (
    select distinct
        judged_days.business_date as judged_date,
        coalesce(user_id, 'session:' || session_id, 'event:' || event_id) as actor,
        lower(trim(query)) as query,
        coalesce(category_id, '') as category_id,
        raw_search_events.business_date
    from raw_search_events
    inner join judged_days
        on
            raw_search_events.business_date <= judged_days.business_date
            and raw_search_events.business_date > judged_days.business_date - 7
),

lists as (
    select
        judged_date,
        actor,
        query,
        min(category_id) as category_id,
        max(max(business_date)) over (partition by judged_date, actor) as last_date,
        count(*) over (partition by judged_date, actor) as texts
    from asked
    group by judged_date, actor, query
),

-- how common a text is within its category, by people who asked for little
casual as (
    select
        judged_date,
        category_id,
        query,
        count(*) as askers,
        sum(count(*)) over (partition by judged_date, category_id) as category_askers
    from lists
    where texts <= 3
    group by judged_date, category_id, query
),

known as (
    select
        lists.*,
        least(coalesce((casual.askers + 0.5) / (casual.category_askers + 20.0), 0.5 / 20.0), 1.0) as popularity,
        row_number() over (partition by lists.judged_date, lists.query order by lists.actor) as position
    from lists
    left join casual
        on
            lists.judged_date = casual.judged_date
            and lists.category_id = casual.category_id
            and lists.query = casual.query
    where lists.texts >= 4
),

-- each list against the first few owners of each of its texts: pairs stay few however popular a text is
pairs as (
    select
        one.judged_date,
        one.actor,
        other.actor as companion,
        count(*) as shared,
        min(one.texts) as texts,
        min(other.texts) as companion_texts
    from known as one
    inner join known as other
        on one.judged_date = other.judged_date and one.query = other.query and one.actor <> other.actor
    where one.last_date = one.judged_date and other.position <= 25
    group by one.judged_date, one.actor, other.actor
),

breadth as (
    select
        judged_date,
        actor,
        sum(popularity) as popularity
    from known
    group by all
),

weighed as (
    select
        pairs.*,
        $taste * pairs.companion_texts * breadth.popularity as expected,
        count(*) over (partition by pairs.judged_date, pairs.actor) as candidates
    from pairs
    inner join breadth on pairs.judged_date = breadth.judged_date and pairs.actor = breadth.actor
)

select
    judged_date as business_date,
    actor,
    count(*) as companions,
    median(shared) as shared_texts,
    min(texts) as texts
from weighed
where shared >= 3 and shared > expected and shared * ln(shared / expected) - (shared - expected) >= $min_surprise
group by judged_date, actor
having count(*) >= $min_companions + $chance_pairs * min(candidates)
order by judged_date, actor
