-- purpose: searches that hold a surface, in whichever category
-- grain: one row per surface and search event
-- inputs: int_candidate_searches; candidate_places (surface_id, category_id, query, has_name, has_feature):
--         one row per surface and distinct text that holds it
create or replace temp table int_candidate_hits as
select
    candidate_places.surface_id,
    candidate_places.has_name,
    candidate_places.has_feature,
    searches.*
from candidate_places
inner join int_candidate_searches as searches
    on candidate_places.category_id = searches.category_id and candidate_places.query = searches.query
