-- purpose: searches with the category that is known of them, or of the same query that day by clicks of others
-- grain: one row per search event
-- inputs: stg_searches (the days to build); $least_votes, $least_share: evidence needed from others
with votes as (
    select
        business_date,
        query,
        category_hint,
        count(*) as votes
    from stg_searches
    where category_hint is not null and verdict <> 'crawler'
    group by all
),

agreed as (
    select
        business_date,
        query,
        arg_max(category_hint, (votes, category_hint)) as category_hint,
        (max(votes) + 1) / (sum(votes) + 2) as share
    from votes
    group by all
    having max(votes) >= $least_votes and max(votes) >= $least_share * sum(votes)
)

select
    stg_searches.* exclude (category_hint, category_source, category_probability),
    coalesce(stg_searches.category_hint, agreed.category_hint) as category_hint,
    case
        when stg_searches.category_hint is not null then stg_searches.category_source
        when agreed.category_hint is not null then 'same_query'
    end as category_source,
    case
        when stg_searches.category_hint is not null then stg_searches.category_probability else agreed.share
    end as category_probability
from stg_searches
left join agreed
    on
        stg_searches.category_hint is null
        and stg_searches.query = agreed.query
        and stg_searches.business_date = agreed.business_date
