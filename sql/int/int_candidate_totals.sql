-- purpose: what the phrases of a category are measured against
-- grain: one row per category (weeks_ago null), one per category and week counted back, one for all (both null)
-- inputs: int_candidate_searches
select
    category_id,
    weeks_ago,
    count(*) as searches,
    count(distinct actor) as people,
    count(result_count) as judged_searches,
    count(*) filter (where result_count = 0) as zero_result_searches
from int_candidate_searches
group by grouping sets ((), (category_id), (category_id, weeks_ago))
order by all
