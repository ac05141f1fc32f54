"""The configuration file: one YAML, checked on load, errors name the key."""

from __future__ import annotations

import datetime as dt
import difflib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipelines.errors import ConfigurationError

INPUT_DATASETS = (
    "search_events",
    "order_lines",
    "products",
    "stock_levels",
    "manufacturers",
    "preorders",
    "taxonomy",
    "acknowledgements",
)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class FileSource(_Section):
    """Files of one dataset: a path or glob, or a list of them."""

    kind: Literal["files"] = "files"
    path: str | list[str]

    def patterns(self) -> list[str]:
        return [self.path] if isinstance(self.path, str) else list(self.path)


Money = Annotated[float, Field(ge=0)]
MAX_PERIOD_DAYS = 366


class FactoryDays(_Section):
    """Days on which factories make another number of units a week than their terms say; 0: they are closed.

    Of one manufacturer or category, or of all where none is named.
    """

    manufacturer: str | None = None
    category: str | None = None
    first: dt.date = Field(alias="from")
    last: dt.date = Field(alias="to")
    weekly_capacity_units: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> FactoryDays:
        if not self.first <= self.last < self.first + dt.timedelta(days=MAX_PERIOD_DAYS):
            raise ValueError(f"to ({self.last}) must be within {MAX_PERIOD_DAYS} days from from ({self.first})")
        return self


class Markdown(_Section):
    """After the selling window what is left is sold for ``days`` more days at ``discount`` off its price."""

    discount: Annotated[float, Field(gt=0, lt=1)]
    days: Annotated[int, Field(ge=1, le=365)]


class Planning(_Section):
    """What a plan may do. Money in the manufacturers' currency, days are calendar days."""

    sell_days: Annotated[int, Field(ge=1, le=730)] = 60
    salvage_rate: Annotated[float, Field(ge=0, le=1)] = 0.35
    max_specs_per_category: Annotated[int, Field(ge=1, le=100)] = 8
    min_probability_of_profit: Annotated[float, Field(ge=0, le=1)] = 0.6
    budget: Money | dict[str, Money] | None = None
    earliest_arrival: dt.date | None = None
    latest_arrival: dt.date | None = None
    factory_calendar: tuple[FactoryDays, ...] = ()
    markdown: Markdown | None = None
    commit_without_preorder: bool = True
    gap_window_days: Annotated[int, Field(ge=7, le=365)] = 28
    history_days: Annotated[int, Field(ge=28)] = 730
    default_lead_days: Annotated[int, Field(ge=0, le=365)] = 30
    return_handling_cost: Annotated[float, Field(ge=0)] = 0.0
    promotions: str | None = None

    def budget_of(self, category_id: str) -> float | None:
        """The most a category's plan may spend on goods and set-up; None: no limit."""
        return self.budget.get(category_id) if isinstance(self.budget, dict) else self.budget

    @property
    def on_sale_days(self) -> int:
        """The selling window and the days of markdown after it."""
        return self.sell_days + (self.markdown.days if self.markdown else 0)

    @model_validator(mode="after")
    def _arrivals_are_ordered(self) -> Planning:
        if self.earliest_arrival and self.latest_arrival and self.earliest_arrival > self.latest_arrival:
            raise ValueError(
                f"planning.earliest_arrival ({self.earliest_arrival}) must not be after planning.latest_arrival "
                f"({self.latest_arrival})"
            )
        return self


class Cleaning(_Section):
    """When behaviour is not a shopper's: scores of evidence (log-odds), and the scale of what counts as much."""

    crawler_searches_per_day: Annotated[int, Field(ge=2)] = 120
    grey_searches_per_day: Annotated[int, Field(ge=2)] = 60
    brushed_lines_per_account_sku_day: Annotated[int, Field(ge=2)] = 4
    brushed_burst_lines: Annotated[int, Field(ge=2)] = 5
    grey_score: Annotated[float, Field(gt=0)] = 4.0
    fake_score: Annotated[float, Field(gt=0)] = 6.0


class Candidates(_Section):
    """How new phrases are looked for, and whether those that surely mean a known value are read as it."""

    window_days: Annotated[int, Field(ge=7, le=730)] = 84
    max_per_category: Annotated[int, Field(ge=1, le=1000)] = 50
    learn_words: bool = True

    def window_start(self, as_of: dt.date) -> dt.date:
        """First day looked back on."""
        return as_of - dt.timedelta(days=self.window_days)


class Privacy(_Section):
    """No cell made of fewer people than this is shown outside the lake."""

    min_people: Annotated[int, Field(ge=1)] = 10


class Settings(_Section):
    """The whole configuration, with absolute paths."""

    lake: str = "./lake"
    ledger: str = "sqlite:///ledger.db"
    output: str = "./out"
    timezone: str = "Asia/Shanghai"
    languages: Annotated[list[Literal["zh", "en"]], Field(min_length=1)] = ["zh", "en"]
    sources: dict[str, FileSource]
    planning: Planning = Planning()
    cleaning: Cleaning = Cleaning()
    candidates: Candidates = Candidates()
    privacy: Privacy = Privacy()
    base_folder: Path = Field(default=Path(), exclude=True)

    @field_validator("timezone")
    @classmethod
    def _timezone_is_known(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f"{value!r} is not an IANA time zone such as Asia/Shanghai")
        return value

    @field_validator("lake")
    @classmethod
    def _lake_is_local(cls, value: str) -> str:
        if "://" in value and not value.startswith("file://"):
            raise ValueError(f"{value!r} is not a local folder; object stores are not supported yet")
        return value.removeprefix("file://")

    @field_validator("ledger")
    @classmethod
    def _ledger_is_a_url(cls, value: str) -> str:
        if not value.startswith(("sqlite:///", "postgresql+psycopg://")):
            raise ValueError(f"{value!r} must start with sqlite:/// or postgresql+psycopg://")
        return value

    @field_validator("sources")
    @classmethod
    def _sources_are_known(cls, value: dict[str, FileSource]) -> dict[str, FileSource]:
        for name in value:
            if name not in INPUT_DATASETS:
                near = difflib.get_close_matches(name, INPUT_DATASETS, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                raise ValueError(f"{name!r} is not a dataset{hint} (known: {', '.join(INPUT_DATASETS)})")
        if "order_lines" not in value:
            raise ValueError("order_lines is needed; add its path under sources")
        return value

    @model_validator(mode="after")
    def _crawler_limits_are_ordered(self) -> Settings:
        if self.cleaning.grey_searches_per_day > self.cleaning.crawler_searches_per_day:
            raise ValueError("cleaning.grey_searches_per_day must not exceed cleaning.crawler_searches_per_day")
        if self.cleaning.grey_score > self.cleaning.fake_score:
            raise ValueError("cleaning.grey_score must not exceed cleaning.fake_score")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def lake_folder(self) -> Path:
        return self._absolute(self.lake)

    @property
    def output_folder(self) -> Path:
        return self._absolute(self.output)

    @property
    def promotions_file(self) -> Path | None:
        return None if self.planning.promotions is None else self._absolute(self.planning.promotions)

    @property
    def ledger_url(self) -> str:
        if self.ledger.startswith("sqlite:///"):
            return f"sqlite:///{self._absolute(self.ledger.removeprefix('sqlite:///'))}"
        return self.ledger

    def _absolute(self, value: str) -> Path:
        path = Path(value).expanduser()
        return path if path.is_absolute() else (self.base_folder / path).resolve()


def load_settings(path: Path) -> Settings:
    """Read and check a configuration file.

    Raises ConfigurationError naming file, key, what was expected and the remedy.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"{path}: cannot be read ({error.__class__.__name__}).",
            remedy="give an existing UTF-8 file with --config, or make one with `c2b init DIR`.",
        ) from error
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: not valid YAML.", remedy="correct the syntax at that line.") from error
    if not isinstance(content, dict):
        raise ConfigurationError(
            f"{path}: expected keys such as lake, sources, planning; found {type(content).__name__}.",
            remedy="start from the file that `c2b init DIR` writes.",
        )
    if odd := [key for key in content if not isinstance(key, str)]:
        raise ConfigurationError(f"{path}: {odd[0]!r}: unknown key.", remedy="remove the key.")
    if "base_folder" in content:
        raise ConfigurationError(f"{path}: base_folder: unknown key.", remedy="remove the key.")
    try:
        return Settings(**content, base_folder=path.resolve().parent)
    except ValidationError as error:
        raise _first_problem(path, error) from error


def _first_problem(path: Path, error: ValidationError) -> ConfigurationError:
    problems = error.errors()
    problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])  # a typo hides a missing key
    key = ".".join(str(part) for part in problem["loc"] if part not in ("str", "list[str]")) or "the file"
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(problem["loc"][-1]), _known_keys(problem["loc"][:-1]), n=1)
        hint = f"did you mean {near[0]}? Otherwise remove it." if near else "remove it, or see docs/configuration.md."
        return ConfigurationError(f"{path}: {key}: unknown key.", remedy=hint)
    if problem["type"] == "missing":
        return ConfigurationError(f"{path}: {key}: missing.", remedy=f"add {key} to the file.")
    message = problem["msg"].removeprefix("Value error, ")
    return ConfigurationError(
        f"{path}: {key}: {message} (found {_short(problem['input'])}).", remedy=f"correct {key} in the file."
    )


def _known_keys(location: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    sections: dict[str, type[BaseModel]] = {
        "planning": Planning,
        "factory_calendar": FactoryDays,
        "markdown": Markdown,
        "cleaning": Cleaning,
        "privacy": Privacy,
    }
    for part in location:
        if part == "sources":
            model = FileSource
        elif part in sections:
            model = sections[part]
    return [field.alias or name for name, field in model.model_fields.items() if name != "base_folder"]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
