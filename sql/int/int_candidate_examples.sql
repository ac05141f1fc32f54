-- purpose: queries with a phrase that are safe to show, because enough people typed the very same
-- grain: one row per phrase that has one
-- inputs: int_candidate_hits, candidate_members
-- parameters: $min_people
with typed as (
    select
        candidate_members.phrase_id,
        int_candidate_hits.query,
        count(distinct int_candidate_hits.actor) as people
    from int_candidate_hits
    inner join candidate_members
        on
            int_candidate_hits.surface_id = candidate_members.surface_id
            and int_candidate_hits.category_id = candidate_members.category_id
    group by all
    having count(distinct int_candidate_hits.actor) >= $min_people
)

select
    phrase_id,
    list(query order by people desc, query asc)[:3] as examples
from typed
group by all
order by all
