"""What a page shows, as text in reading order: the shapes that templates print and nothing they compute."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Tile:
    """One labelled figure with a line that says what it means."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    title: str
    is_number: bool = True


@dataclass(frozen=True)
class Table:
    """A captioned table; the first cell of a row names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"table {self.caption!r}: every row needs {len(self.columns)} cells")

    @property
    def becomes_cards(self) -> bool:
        """Whether the table is too wide for a phone."""
        return len(self.columns) > 4


@dataclass(frozen=True)
class Strip:
    """Positions on one spec's demand strip, in per cent of its width; the quantity may be absent."""

    low: float
    high: float
    median: float
    quantity: float | None


@dataclass(frozen=True)
class SpecCard:
    """One spec at one manufacturer. ``decision`` is the machine word, ``verdict`` the one people read."""

    spec_id: str
    features: tuple[tuple[str, str], ...]
    decision: str
    verdict: str
    verdict_note: str
    tiles: tuple[Tile, ...]
    strip: Strip | None
    reason: str
    regions: Table | None


@dataclass(frozen=True)
class Headline:
    """The brief in a few sentences: the finding, the evidence, the plan."""

    finding: str
    evidence: tuple[str, ...]
    plan: str


@dataclass(frozen=True)
class Valuation:
    """What features are worth: the telling ones, and the rest folded away."""

    top: Table
    rest: Table | None
    rest_title: str


@dataclass(frozen=True)
class Brief:
    """A whole brief, ready to be printed in one language."""

    category: str
    as_of: str
    title: str
    dates: tuple[str, ...]
    headline: Headline
    tiles: tuple[Tile, ...]
    first_part: str  # what stands first, by its key in the catalogues: gaps, or sales where nobody searches
    gaps_explained: str
    gaps: Table | None
    gaps_absent: str
    gaps_left_out: str
    words_learnt: str
    candidates: Table | None
    forecast_notes: tuple[str, ...]
    feature_forecasts: Table | None
    proposed: tuple[SpecCard, ...]
    set_aside: tuple[SpecCard, ...]
    set_aside_title: str
    valuation: Valuation | None
    risks: tuple[str, ...]
    commands: tuple[str, ...]
    approve_explained: str
    sources_explained: str
    sources: Table | None
    quality: tuple[Tile, ...]
    terms: tuple[Tile, ...]


@dataclass(frozen=True)
class IndexItem:
    """One category on the index page. ``links`` are (language code, language name, file address)."""

    category: str
    other_names: str
    finding: str
    plan: str
    units: str
    profit: str
    links: tuple[tuple[str, str, str], ...]
