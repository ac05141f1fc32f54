"""A second simulated market, written from the data contract alone, that judges the plan end to end.

Independent of `bench.market` and of the project's own samples: other categories, other choice model, other shops.
`python -m bench.second_market --help`.
"""
