"""Briefs as pages: self-contained HTML and Markdown per category and language, and one index."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from markupsafe import Markup

from pipelines.brief import drawing, figures, messages, sections, summary
from pipelines.brief.formats import Formats, known, plain
from pipelines.brief.views import IndexItem
from pipelines.errors import ConfigurationError
from pipelines.whole_files import safe_name

TEMPLATES = Path(__file__).parent / "templates"
CONTENT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_MARKDOWN_MARKS = re.compile(r"([\\`*_{}\[\]#|~!])")


def render_html(facts: Mapping[str, Any], *, language: str) -> str:
    """The brief of one category as one HTML file that needs nothing else.

    ``facts`` is a facts document; lists may be empty and numbers None. Raises
    ConfigurationError for a language without a catalogue.
    """
    formats = _formats(facts, language)
    return (
        _environment(is_html=True)
        .get_template("brief.html.j2")
        .render(
            say=formats.messages,
            brief=sections.brief(facts, formats),
            gap_chart=figures.first_figure(facts, formats),
            week_chart=figures.week_figure(facts, formats),
            policy=CONTENT_POLICY,
            colours=drawing.COLOURS,
        )
    )


def render_markdown(facts: Mapping[str, Any], *, language: str) -> str:
    """The same brief as Markdown: every sentence and table, no charts."""
    formats = _formats(facts, language)
    template = _environment(is_html=False).get_template("brief.md.j2")
    text = template.render(say=formats.messages, brief=sections.brief(facts, formats))
    return re.sub(r"\n{3,}", "\n\n", text)


def render_index(items: Sequence[Mapping[str, Any]], *, languages: Sequence[str], as_of: str) -> str:
    """One page that leads to every brief, the highest expected profit first, then the largest gap.

    ``items`` are facts documents. The page is in the first language; every brief is linked in
    each of ``languages``. Raises ConfigurationError without a language.
    """
    if not languages:
        raise ConfigurationError("no language is configured for briefs.", remedy="set languages, such as [zh, en].")
    ranked = sorted(items, key=_rank)
    return (
        _environment(is_html=True)
        .get_template("index.html.j2")
        .render(
            say=messages.load(languages[0]),
            as_of=plain(as_of),
            items=[_index_item(facts, languages) for facts in ranked],
            total=_total(items, languages[0]),
            policy=CONTENT_POLICY,
            colours=drawing.COLOURS,
        )
    )


def file_stem(category_id: str) -> str:
    """A category id as the name of its files; ids that are safe already stay as they are."""
    return safe_name(category_id, unsafe=r"[^\w.-]")


def _formats(facts: Mapping[str, Any], language: str) -> Formats:
    return Formats(messages.load(language), plain(facts.get("currency")))


def _rank(facts: Mapping[str, Any]) -> tuple[float, float, str]:
    profit = known((facts.get("totals") or {}).get("expected_profit"))
    gaps = [known(row.get("gap_units")) or 0.0 for row in facts.get("gaps") or ()]
    return (-(profit if profit is not None else float("-inf")), -max(gaps, default=0.0), str(facts["category_id"]))


def _index_item(facts: Mapping[str, Any], languages: Sequence[str]) -> IndexItem:
    formats = _formats(facts, languages[0])
    totals = facts.get("totals") or {}
    head = summary.headline(facts, formats)
    names = dict.fromkeys(sections.category_name(facts, language) for language in languages)
    category, *others = names
    stem = file_stem(str(facts["category_id"]))
    return IndexItem(
        category=category,
        other_names=formats.messages("format.list").join(others),
        finding=head.finding,
        plan=head.plan,
        units=formats.units(totals.get("build_units")),
        profit=formats.money(totals.get("expected_profit")),
        links=tuple(
            (
                messages.load(language)("language.code"),
                messages.load(language)("language.name"),
                f"{quote(stem, safe='')}.{quote(language, safe='')}.html",
            )
            for language in languages
        ),
    )


def _total(items: Sequence[Mapping[str, Any]], language: str) -> str:
    """One sentence over all categories, or '' where there is none or money cannot be added up."""
    if not items or len({plain(facts.get("currency")) for facts in items}) > 1:
        return ""
    formats = _formats(items[0], language)
    totals = [facts.get("totals") or {} for facts in items]

    def add(name: str) -> float:
        return sum(known(total.get(name)) or 0.0 for total in totals)

    return formats.messages.count(
        "index.total",
        len(items),
        count=formats.count(len(items)),
        units=formats.units(add("build_units")),
        profit=formats.money(add("expected_profit")),
    )


@cache
def _environment(*, is_html: bool) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=is_html,
        finalize=None if is_html else _markdown,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _markdown(value: object) -> object:
    """Text that Markdown and the HTML inside it take literally; Markup is left as it is."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    text = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MARKDOWN_MARKS.sub(r"\\\1", text)
