"""Words the taxonomy lacks are read as the value they mean the same night; new values never are."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

import numpy as np
from conftest import FIRST_DAY, Row, Workspace, at, day_after, order, product, search

DAYS = 42
AS_OF = day_after(DAYS)
# attribute → value → words, the first said by three in four
WORDS = {
    "lid": {"flip": ("翻盖",), "screw": ("旋盖",), "press": ("弹跳盖",)},
    "spout": {"gooseneck": ("鹅颈", "细嘴"), "wide": ("阔口",), "beak": ("鹰嘴",)},
    "mode": {"remote": ("遥控", "remote"), "timer": ("定时",), "touch": ("触控",)},
}
UNSOLD = ("press", "remote")
MUG = {"category_id": "mug", "names": {"zh": "马克杯"}, "attributes": []}


def market(
    *,
    lacking: Collection[str],
    new_values: Collection[str] = (),
    has_filters: bool = True,
    has_clicks: bool = True,
    title_words: Collection[str] = (),
    searches: int = 4000,
    seed: int = 3,
) -> dict[str, list[Row]]:
    """Shoppers want one value of each attribute, say half of what they want, a quarter of that by filter.

    The taxonomy lacks the words ``lacking`` and the values ``new_values``, which no filter has either.
    """
    rng = np.random.default_rng(seed)
    combinations = [
        (lid, spout, mode) for lid in ("flip", "screw") for spout in WORDS["spout"] for mode in ("timer", "touch")
    ]
    skus = [_product(number, values, title_words) for number, values in enumerate(combinations)]
    rows = [search(n, day=int(rng.integers(DAYS)), query="马克杯", category_id="mug", filters=None, clicked_sku_ids=[])
            for n in range(600)]  # fmt: skip
    for number in range(len(rows), len(rows) + searches):
        want = {attribute: str(rng.choice(list(values))) for attribute, values in WORDS.items()}
        said = {a: v for a, v in want.items() if rng.random() < 0.5}
        by_filter = {a for a, v in said.items() if has_filters and v not in new_values and rng.random() < 0.25}
        words = [_word(WORDS[a][v], rng) for a, v in said.items() if a not in by_filter]
        matches = [sum(want[a] == v for a, v in zip(WORDS, values, strict=True)) for values in combinations]
        best = int(np.argmax(np.array(matches) + rng.gumbel(size=len(matches)) * 0.4))
        rows.append(
            search(number, day=int(rng.integers(DAYS)), query=" ".join([*words, "水壶"]),
                   filters={a: [want[a]] for a in by_filter} or None,
                   clicked_sku_ids=[skus[best]["sku_id"]] if has_clicks and rng.random() < 0.7 else [])
        )  # fmt: skip
    attributes = [
        {"attribute": attribute, "unit": None, "values": [
            {"value": value, "synonyms": [word for word in words if word not in lacking]}
            for value, words in values.items() if value not in new_values
        ]}
        for attribute, values in WORDS.items()
    ]  # fmt: skip
    kettle = {"category_id": "kettle", "names": {"zh": "水壶"}, "attributes": attributes}
    return {"search_events": rows, "order_lines": [order(1, sku_id="k0")], "products": skus, "taxonomy": [kettle, MUG]}


def _product(number: int, values: tuple[str, ...], title_words: Collection[str]) -> Row:
    words = [word for a, v in zip(WORDS, values, strict=True) for word in WORDS[a][v] if word in title_words]
    attributes = {a: [v] for a, v in zip(WORDS, values, strict=True)}
    return product(
        f"k{number}", "", "", title=" ".join(["水壶", *words]), brand=f"B{number % 4}", attributes=attributes
    )


def _word(words: tuple[str, ...], rng: np.random.Generator) -> str:
    return words[0] if len(words) == 1 or rng.random() < 0.75 else words[1]


def night(workspace: Workspace, as_of: str = AS_OF) -> None:
    said = workspace.run(as_of, until="candidates")
    assert said.code == 0, said.err


def learnt(workspace: Workspace) -> dict[str, str]:
    """Learnt word → attribute=value."""
    rows = workspace.lake.read("mart_learnt_words").to_pylist()
    return {row["phrase"]: f"{row['attribute']}={row['value']}" for row in rows}


def candidates(workspace: Workspace) -> set[str]:
    return {row["phrase"] for row in workspace.lake.read("mart_candidates", only=[AS_OF]).to_pylist()}


def searches_with(workspace: Workspace, word: str, attribute: str, value: str) -> tuple[int, int]:
    """Searches that hold a word, and how many of them are read as the value."""
    texts = {row["event_id"]: row["query"] for row in workspace.lake.read("stg_searches").to_pylist()}
    held = [row for row in workspace.lake.read("int_searches").to_pylist() if word in texts[row["event_id"]]]
    return len(held), sum({"attribute": attribute, "value": value} in row["features"] for row in held)


def features_of(workspace: Workspace, text: str) -> list[dict[str, Any]]:
    (workspace.folder / "texts.txt").write_text(text + "\n", encoding="utf-8")
    said = workspace.c2b("extract", str(workspace.folder / "texts.txt"), "--config", str(workspace.config))
    assert said.code == 0, said.err
    return list(json.loads(said.out)["features"])


def test_another_word_for_a_value_on_sale_is_read_the_same_night(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["鹅颈"], title_words=["鹅颈"]))
    night(workspace)
    assert learnt(workspace) == {"鹅颈": "spout=gooseneck"}
    said, read = searches_with(workspace, "鹅颈", "spout", "gooseneck")
    assert said == read > 300
    assert "鹅颈" not in candidates(workspace)
    assert [(f["attribute"], f["value"], f["surface"]) for f in features_of(workspace, "鹅颈水壶")] == [
        ("spout", "gooseneck", "鹅颈")
    ]


def test_the_word_for_a_value_nobody_makes_is_known_by_the_filters(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["遥控"]))
    night(workspace)
    assert learnt(workspace) == {"遥控": "mode=remote"}
    said, read = searches_with(workspace, "遥控", "mode", "remote")
    assert said == read > 300


def test_without_filters_a_value_nobody_makes_leaves_a_doubt(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["遥控"], has_filters=False))
    night(workspace)
    assert learnt(workspace) == {}
    assert "遥控" in candidates(workspace)


def test_a_new_value_stays_a_candidate_even_beside_values_that_lack_words(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["遥控", "鹅颈"], new_values=["press"], title_words=["鹅颈"]))
    night(workspace)
    assert learnt(workspace) == {"遥控": "mode=remote", "鹅颈": "spout=gooseneck"}
    assert "弹跳盖" in candidates(workspace)


def test_titles_say_what_a_word_means_where_nobody_clicks_or_filters(workspace: Workspace) -> None:
    data = market(lacking=["阔口"], has_filters=False, has_clicks=False, title_words=["阔口"], searches=2000)
    data["taxonomy"][0]["attributes"][1]["values"][1]["synonyms"] = ["大口"]
    workspace.deliver(data)
    night(workspace)
    assert learnt(workspace) == {"阔口": "spout=wide"}


def test_running_again_changes_nothing_and_the_next_night_keeps_the_day(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["鹅颈", "遥控"], title_words=["鹅颈"]))
    night(workspace)
    before = {name: version for name, version in workspace.tables().items() if not name.startswith("ops_")}
    rows = workspace.lake.read("mart_learnt_words")
    night(workspace)
    assert {name: version for name, version in workspace.tables().items() if not name.startswith("ops_")} == before
    night(workspace, day_after(DAYS + 1))
    later = workspace.lake.read("mart_learnt_words")
    names = ["phrase", "attribute", "value", "variants", "learnt_on"]
    assert later.select(names).equals(rows.select(names))
    assert workspace.lake.version("int_searches") == before["int_searches"]


def test_a_learnt_word_is_judged_as_if_it_were_new(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["遥控"]))
    night(workspace)
    first = workspace.lake.read("mart_learnt_words").to_pylist()[0]
    night(workspace, day_after(DAYS + 1))
    second = workspace.lake.read("mart_learnt_words").to_pylist()[0]
    assert str(second["judged_on"]) == day_after(DAYS + 1)
    # only as if its own texts were not counted for the value does the evidence stay the same
    assert second["filter_odds"] == first["filter_odds"]
    assert second["people"] == first["people"]


def test_a_refused_word_is_no_longer_read(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["遥控"]))
    night(workspace)
    refused = ("taxonomy", "accept", "遥控", "--category", "kettle", "--reject", "--config", str(workspace.config))
    assert workspace.c2b(*refused).code == 0
    assert features_of(workspace, "遥控水壶") == []
    night(workspace)
    assert learnt(workspace) == {}
    assert searches_with(workspace, "遥控", "mode", "remote")[1] == 0
    assert "遥控" not in candidates(workspace)


def test_an_accepted_word_moves_to_the_taxonomy_as_it_is_read(workspace: Workspace) -> None:
    workspace.deliver(market(lacking=["遥控"]))
    night(workspace)
    said = workspace.c2b("taxonomy", "accept", "遥控", "--category", "kettle", "--config", str(workspace.config))
    assert said.code == 0, said.err
    assert "mode=remote, synonym 遥控" in said.out
    night(workspace)
    assert learnt(workspace) == {}
    said_by, read = searches_with(workspace, "遥控", "mode", "remote")
    assert said_by == read > 300


def test_switched_off_nothing_is_learnt_and_what_was_learnt_is_unlearnt(workspace: Workspace) -> None:
    data = market(lacking=["遥控"])
    workspace.deliver(data)
    night(workspace)
    workspace.deliver(data, candidates={"learn_words": False})
    night(workspace)
    assert learnt(workspace) == {}
    assert "遥控" in candidates(workspace)
    assert FIRST_DAY.isoformat() < AS_OF


def test_a_word_that_fades_is_kept_and_one_that_proves_wrong_is_not(workspace: Workspace) -> None:
    data = market(lacking=["遥控"])
    workspace.deliver(data)
    night(workspace)
    faded = [row for row in data["search_events"] if "遥控" not in row["query"]]
    workspace.deliver(data | {"search_events": faded})
    night(workspace, day_after(DAYS + 100))
    assert learnt(workspace) == {"遥控": "mode=remote"}
    # later it stands beside every mode: it is none
    again = [
        row | {"event_id": f"late-{number}", "event_time": at(DAYS + 101 + number % DAYS),
               "query": f"遥控 {row['query']}" if number % 4 == 0 else row["query"]}
        for number, row in enumerate(faded)
    ]  # fmt: skip
    workspace.deliver(data | {"search_events": [*data["search_events"], *again]})
    night(workspace, day_after(2 * DAYS + 101))
    assert learnt(workspace) == {}
    assert searches_with(workspace, "遥控", "mode", "remote")[1] < 200  # by filter only
