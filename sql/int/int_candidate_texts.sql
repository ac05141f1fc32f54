-- purpose: distinct texts per category with the spans that the taxonomy explains
-- grain: one row per category and query text
-- inputs: int_candidate_searches, int_text_features
with texts as (
    select
        category_id,
        query,
        count(distinct actor) as people
    from int_candidate_searches
    group by all
),

spans as (
    select
        query,
        category_id,
        min(list_transform(features, lambda f: { 'span_start': f.start_char, 'span_end': f.end_char })) as spans
    from int_text_features
    group by all
)

select
    texts.category_id,
    texts.query,
    texts.people,
    coalesce(spans.spans, []) as spans
from texts
left join spans on texts.query = spans.query and texts.category_id = spans.category_id
order by texts.category_id, texts.query
