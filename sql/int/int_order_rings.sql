-- purpose: accounts that order the same units in the same fortnight as several others, more than chance allows
-- grain: one row per account, judged day and shared unit, for accounts with companions
-- inputs: placed_lines (the days to judge and those before), judged_days
-- parameters: $min_surprise (log-likelihood ratio from which two accounts go together), $taste (times chance that
--             people of one taste meet), $min_companions, $chance_pairs (share of pairs that go together by chance)
with cells as (
    select distinct
        user_id,
        sku_id,
        category_id,
        business_date
    from placed_lines
    where user_id is not null and channel not in ('live', 'short_video', 'group_buy')
),

fortnights as (
    select
        judged_days.business_date as judged_date,
        cells.user_id,
        cells.sku_id,
        min(cells.category_id) as category_id,
        max(max(cells.business_date)) over (partition by judged_days.business_date, cells.user_id) as last_date,
        count(*) over (partition by judged_days.business_date, cells.user_id) as basket_size
    from cells
    inner join judged_days
        on
            cells.business_date <= judged_days.business_date
            and cells.business_date > judged_days.business_date - 14
    group by judged_days.business_date, cells.user_id, cells.sku_id
),

-- units by how many accounts bought them; no unit counts for more than its category's upper decile
units as (
    select
        judged_date,
        sku_id,
        min(category_id) as category_id,
        count(*) as buyers
    from fortnights
    group by judged_date, sku_id
),

popularity as (
    select
        judged_date,
        sku_id,
        least(buyers, quantile_cont(buyers, 0.9) over (partition by judged_date, category_id))
        / sum(buyers) over (partition by judged_date) as share
    from units
),

known as (
    select
        fortnights.*,
        popularity.share as chance,
        row_number() over (
            partition by fortnights.judged_date, fortnights.sku_id order by fortnights.user_id
        ) as position
    from fortnights
    inner join popularity
        on fortnights.judged_date = popularity.judged_date and fortnights.sku_id = popularity.sku_id
    where fortnights.basket_size between 2 and 40
),

breadth as (
    select
        judged_date,
        user_id,
        sum(chance) as chance
    from known
    group by all
),

pairs as (
    select
        one.judged_date,
        one.user_id,
        other.user_id as companion,
        count(*) as shared,
        min(other.basket_size) as companion_size,
        list(distinct one.sku_id) as shared_skus
    from known as one
    inner join known as other
        on
            one.judged_date = other.judged_date
            and one.sku_id = other.sku_id
            and one.user_id <> other.user_id
    where one.last_date = one.judged_date and other.position <= 25
    group by one.judged_date, one.user_id, other.user_id
),

weighed as (
    select
        pairs.*,
        $taste * pairs.companion_size * breadth.chance as expected,
        count(*) over (partition by pairs.judged_date, pairs.user_id) as candidates
    from pairs
    inner join breadth on pairs.judged_date = breadth.judged_date and pairs.user_id = breadth.user_id
),

together as (
    select
        judged_date,
        user_id,
        count(*) as companions,
        list_distinct(flatten(list(shared_skus))) as shared_skus
    from weighed
    where shared >= 2 and shared > expected and shared * ln(shared / expected) - (shared - expected) >= $min_surprise
    group by judged_date, user_id
    having count(*) >= $min_companions + $chance_pairs * min(candidates)
)

select
    together.judged_date as business_date,
    together.user_id,
    together.companions,
    len(together.shared_skus) as shared_units,
    shared.sku_id
from together, unnest(together.shared_skus) as shared (sku_id)
order by business_date, user_id, sku_id
