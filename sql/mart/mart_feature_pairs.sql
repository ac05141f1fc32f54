-- purpose: how often two features are asked for together, to say how much more often than by chance
-- grain: one row per category and pair of features of different attributes, the first one before the second
-- inputs: history_wants (session_number, category_id, attribute, value), history_sessions
-- parameters: $since (first day counted), $min_people
with stated as (
    select
        history_wants.session_number,
        history_wants.category_id,
        history_wants.attribute,
        history_wants.value,
        history_sessions.actor
    from history_wants
    inner join history_sessions on history_wants.session_number = history_sessions.session_number
    where history_sessions.searched and history_sessions.business_date >= $since
),

-- only days that state something of both attributes can tell
pairs as (
    select
        one.category_id,
        one.attribute,
        one.value,
        other.attribute as other_attribute,
        other.value as other_value,
        one.actor
    from stated as one
    inner join stated as other
        on one.session_number = other.session_number and one.attribute < other.attribute
),

together as (
    select
        category_id,
        attribute,
        value,
        other_attribute,
        other_value,
        count(*) as shopper_days,
        count(distinct actor) as people
    from pairs
    group by all
),

summed as (
    select
        *,
        sum(shopper_days) over (partition by category_id, attribute, value, other_attribute) as days_first,
        sum(shopper_days) over (partition by category_id, attribute, other_attribute, other_value) as days_second,
        sum(shopper_days) over (partition by category_id, attribute, other_attribute) as days_both
    from together
)

select
    category_id,
    attribute,
    value,
    other_attribute,
    other_value,
    people,
    shopper_days,
    1.0 * days_first * days_second / days_both as expected_days
from summed
where people >= $min_people
order by all
