-- purpose: people a week who asked for a phrase in its category
-- grain: one row per phrase and week, weeks counted back from the planning day
-- inputs: int_candidate_hits, candidate_members
select
    candidate_members.phrase_id,
    int_candidate_hits.weeks_ago,
    count(distinct int_candidate_hits.actor) as people
from int_candidate_hits
inner join candidate_members
    on
        int_candidate_hits.surface_id = candidate_members.surface_id
        and int_candidate_hits.category_id = candidate_members.category_id
group by all
order by all
