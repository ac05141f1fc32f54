"""Overrides, promotions and scores of forecasts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from models.demand import WeeklyDemand
from models.feature_forecast import DemandForecast
from models.forecasting.leading import Lead
from pipelines import forecast, forecast_scores, outlook, overrides, promotions
from pipelines.errors import SourceError
from pipelines.forecast import Labels
from pipelines.ledger import Ledger, Override
from pipelines.past_rows import Shown
from pipelines.settings import Planning

ALL_SHOWN = Shown(np.ones(6, bool), frozenset())


def ahead() -> DemandForecast:
    """Total 100, one attribute of values 20, 30 and 50, two regions."""
    mean = np.tile([100.0, 20, 30, 50, 60, 40], (3, 1))
    none = np.full(6, np.nan)
    return DemandForecast(
        mean=mean,
        paths=np.stack([0.8 * mean, 1.2 * mean]),
        model=("m",) * 6,
        mase=none,
        naive_mase=none,
        coverage_pct=none,
        sizes=(3,),
        regions=2,
        outliers=np.zeros(0, bool),
        lead=Lead(),
        growth=(np.array([1.5, 1.0, 0.9]),),
    )


def test_a_factor_on_a_feature_moves_its_share_and_not_the_total():
    found = overrides.applied(ahead(), {1: 2.0})
    assert found.mean[0] == pytest.approx([100, 40, 30 * 60 / 80, 50 * 60 / 80, 60, 40])
    assert found.paths[:, :, 1:4].sum(axis=2) == pytest.approx(found.paths[:, :, 0])


def test_a_factor_on_the_category_moves_everything():
    assert overrides.applied(ahead(), {0: 1.5}).mean[0] == pytest.approx([150, 30, 45, 75, 90, 60])


def test_a_factor_cannot_make_more_than_the_whole():
    found = overrides.applied(ahead(), {3: 5.0})
    assert found.mean[0] == pytest.approx([100, 0, 0, 100, 60, 40])


def test_the_plan_reads_momentum_and_what_a_person_set():
    day = dt.date(2026, 6, 1)
    label = Labels("c", ("a",), (("x", "y", "z"),), ("N", "S"), 7, ALL_SHOWN)
    changed = {("c", "a", "x"): Override(day, dt.date(2026, 6, 30), "c", "a", "x", 2.0, "Li", "campaign")}
    rows = forecast.forecast_rows(
        label, ahead(), changed, np.random.default_rng(1), as_of=day, planning=Planning(sell_days=14), min_people=10
    )

    class History:
        category_id, attributes, values = "c", label.attributes, label.values

    found = outlook.load(outlook.of_rows(rows), History())  # type: ignore[arg-type]
    assert found.factor[0] == pytest.approx([2.0, 1.0, 1.0])
    assert found.share[0][0] == pytest.approx([0.4, 30 * 0.6 / 80, 50 * 0.6 / 80])
    assert found.growth(0, start=7, days=14) == pytest.approx([1.5, 1.0, 0.9])  # units stay: momentum alone
    assert {row["momentum"] for row in rows if row["attribute"] == "*"} == {None}


def test_the_latest_override_of_its_days_counts(tmp_path: Path):
    ledger = Ledger(f"sqlite:///{tmp_path}/ledger.db")
    day = dt.date(2026, 6, 1)
    for factor, until in ((1.2, dt.date(2026, 6, 30)), (1.4, dt.date(2026, 6, 10))):
        ledger.record_override(Override(day, until, "c", "*", "*", factor, "Li", "campaign"))

    class Settings:
        ledger_url = f"sqlite:///{tmp_path}/ledger.db"

    def factor_on(when: dt.date) -> list[float]:
        return [one.factor for one in overrides.active(Settings(), when).values()]  # type: ignore[arg-type]

    assert factor_on(dt.date(2026, 5, 31)) == []
    assert factor_on(dt.date(2026, 6, 5)) == [1.4]
    assert factor_on(dt.date(2026, 6, 20)) == [1.2]
    ledger.record_override(Override(day, dt.date(2026, 6, 30), "c", "*", "*", 1.0, "Li", "cancelled"))
    assert factor_on(dt.date(2026, 6, 20)) == []


def test_promotions_count_days_of_their_weeks_and_categories(tmp_path: Path):
    file = tmp_path / "promotions.csv"
    file.write_text(
        "name,start_date,end_date,category_id\nanniversary,2026-05-04,2026-05-06,\nclearance,2026-05-10,2026-05-12,a\n",
        encoding="utf-8",
    )
    found = promotions.read(file)
    monday = dt.date(2026, 5, 4)
    assert promotions.weeks_of(found, "a", monday, 2) == pytest.approx(np.array([[3, 1], [0, 2]]) / 7)
    assert promotions.weeks_of(found, "b", monday, 2) == pytest.approx(np.array([[3, 0], [0, 0]]) / 7)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("x,2026-05-40,2026-05-06,", "row 1: start_date: found '2026-05-40'"),
        ("x,2026-05-06,2026-05-01,", "row 1: end_date is before start_date"),
        (",2026-05-06,2026-05-07,", "row 1: name is empty"),
    ],
)
def test_a_promotion_that_cannot_be_is_named(tmp_path: Path, row: str, told: str):
    file = tmp_path / "promotions.csv"
    file.write_text(f"name,start_date,end_date,category_id\n{row}\n", encoding="utf-8")
    with pytest.raises(SourceError, match=told):
        promotions.read(file)


def test_scores_compare_what_was_said_with_what_came(monkeypatch: pytest.MonkeyPatch):
    as_of = dt.date(2026, 6, 29)
    past = [
        {
            "category_id": "c",
            "attribute": "*",
            "value": "*",
            "region": "*",
            "period": "week",
            "step": step,
            "mean": 12.0,
            "model_mean": 10.0,
            "p10": 8.0,
            "p90": 14.0,
        }
        for step in range(1, 9)
    ]
    monkeypatch.setattr(forecast_scores, "read_mart", lambda lake, table, day: past)

    class Lake:
        def partitions(self, table: str) -> list[str]:
            return [(as_of - dt.timedelta(weeks=4)).isoformat()]

    total = np.array([99.0, 99, 9, 10, np.nan, 15])
    measured = WeeklyDemand(total, (), np.zeros((6, 0)), (), (), 1, np.zeros(6))
    (row,) = forecast_scores.rows(Lake(), [Labels("c", (), (), (), 30, ALL_SHOWN)], [measured], as_of=as_of)  # type: ignore[arg-type]
    assert (row["weeks"], row["measured_units"]) == (3, 9 + 10 + 15)
    assert (row["forecast_units"], row["model_units"]) == (36.0, 30.0)
    assert row["weeks_in_interval"] == 2
    assert (row["festival_weeks"], row["festival_weeks_in_interval"]) == (2, 2)  # 618 holds all weeks but the last
    assert row["is_overridden"]
