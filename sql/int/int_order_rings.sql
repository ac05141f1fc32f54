-- purpose: accounts that order the same units in the same fortnight as several others, more than chance allows
-- grain: one row per account, judged day and shared unit, for accounts with companions
-- inputs: placed_lines (the days to judge and those before), judged_days
-- parameters: $min_surprise (log-likelihood ratio from which two accounts go together), $taste (times chance that
--             people of one taste meet), $min_companions, $chance_pairs (share of pairs that go together by chance),
--             $most_units (different units in a fortnight of those who are looked at)
with cells as (
    select distinct
        user_id,
        sku_id,
        business_date
    from placed_lines
    where user_id is not null and channel not in ('live', 'short_video', 'group_buy')
),

fortnights as (
    select
        judged_days.business_date as judged_date,
        cells.user_id,
        cells.sku_id,
        max(max(cells.business_date)) over (partition by judged_days.business_date, cells.user_id) as last_date,
        count(*) over (partition by judged_days.business_date, cells.user_id) as basket_size
    from cells
    inner join judged_days
        on
            cells.business_date <= judged_days.business_date
            and cells.business_date > judged_days.business_date - 14
    group by judged_days.business_date, cells.user_id, cells.sku_id
    qualify basket_size <= $most_units
),

-- popularity comes from the four weeks before the fortnight: a ring does not excuse itself
sold as (
    select
        business_date,
        sku_id,
        count(*) as buyers
    from cells
    group by business_date, sku_id
),

before as (
    select
        judged_days.business_date as judged_date,
        sold.sku_id,
        sum(sold.buyers) as buyers,
        sum(sum(sold.buyers)) over (partition by judged_days.business_date) as all_buyers,
        count(*) over (partition by judged_days.business_date) as units
    from sold
    inner join judged_days
        on
            sold.business_date <= judged_days.business_date - 14
            and sold.business_date > judged_days.business_date - 42
    group by judged_days.business_date, sold.sku_id
),

market as (
    select distinct
        judged_date,
        all_buyers,
        units
    from before
),

known as (
    select
        fortnights.*,
        (coalesce(before.buyers, 0) + 2.0) / (coalesce(market.all_buyers, 0) + 2.0 * coalesce(market.units, 20))
            as chance,
        row_number() over (
            partition by fortnights.judged_date, fortnights.sku_id order by fortnights.user_id
        ) as position
    from fortnights
    left join before on fortnights.judged_date = before.judged_date and fortnights.sku_id = before.sku_id
    left join market on fortnights.judged_date = market.judged_date
    where fortnights.basket_size >= 2
),

breadth as (
    select
        judged_date,
        user_id,
        sum(chance) as chance
    from known
    group by judged_date, user_id
),

pairs as (
    select
        one.judged_date,
        one.user_id,
        other.user_id as companion,
        count(*) as shared,
        min(least(one.basket_size, other.basket_size)) as smaller_size,
        min(other.basket_size) as companion_size,
        list(one.sku_id) as shared_skus
    from known as one
    inner join known as other
        on one.judged_date = other.judged_date and one.sku_id = other.sku_id and one.user_id <> other.user_id
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
    where
        shared >= 2
        and 2 * shared >= smaller_size
        and shared > expected
        and shared * ln(shared / expected) - (shared - expected) >= $min_surprise
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
