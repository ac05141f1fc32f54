"""Merging taxonomies and finding what is wrong with one."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.lint import lint
from models.text.merge import Addition, merge
from models.text.taxonomy import Attribute, Category, Taxonomy, Value, from_rows

WORD = st.sampled_from(["red", "Red", "红色", "rouge", "blue", "蓝色", "1 L", "1000 ml", "2 L", "clear"])
VALUES = st.lists(st.tuples(WORD, st.lists(WORD, max_size=3)), max_size=4)


def taxonomy(values: list[tuple[str, list[str]]], category_id: str = "kettle", attribute: str = "colour") -> Taxonomy:
    entries = tuple(Value(value, tuple(synonyms)) for value, synonyms in dict(values).items())
    return Taxonomy((Category(category_id, (("en", category_id),), (Attribute(attribute, entries),)),))


def readings(one: Taxonomy) -> dict[tuple[str, str, str], str]:
    """(category, attribute, word) → the value that has it first."""
    found: dict[tuple[str, str, str], str] = {}
    for category in one.categories:
        for attribute in category.attributes:
            for value in attribute.values:
                for word in (value.value, *value.synonyms):
                    found.setdefault((category.category_id, attribute.attribute, word), value.value)
    return found


@given(VALUES, VALUES)
def test_what_people_wrote_stays(base, update):
    before, after = readings(taxonomy(base)), readings(merge(taxonomy(base), taxonomy(update)).taxonomy)
    assert {key: after[key] for key in before} == before


@given(VALUES, VALUES, VALUES)
def test_the_order_of_updates_does_not_matter(base, one, other):
    ours, first, second = taxonomy(base), taxonomy(one), taxonomy(other)
    assert merge(ours, first, second).taxonomy == merge(ours, second, first).taxonomy


@given(VALUES, VALUES)
def test_merging_again_changes_nothing(base, update):
    once = merge(taxonomy(base), taxonomy(update)).taxonomy
    again = merge(once, taxonomy(update))
    assert again.taxonomy == once
    assert again.additions == ()


@given(VALUES, VALUES)
def test_additions_are_exactly_the_difference(base, update):
    merged = merge(taxonomy(base), taxonomy(update))
    added = {(a.value, a.synonym) for a in merged.additions if a.attribute}

    def pairs(one: Taxonomy) -> set[tuple[str, str]]:
        values = [v for c in one.categories for a in c.attributes for v in a.values]
        return {(v.value, s) for v in values for s in ("", *v.synonyms)}

    assert added == pairs(merged.taxonomy) - pairs(taxonomy(base))


def test_an_update_joins_the_value_that_has_its_word():
    merged = merge(taxonomy([("red", ["红色"])]), taxonomy([("红色", ["大红"])]))
    assert merged.additions == (Addition("kettle", "colour", "red", "大红"),)


def test_a_clash_is_told_and_not_taken():
    merged = merge(taxonomy([("red", ["rouge"])]), taxonomy([("blue", ["rouge", "bleu"])]))
    assert [(c.word, c.known_as) for c in merged.clashes] == [("rouge", "red")]
    assert readings(merged.taxonomy)["kettle", "colour", "rouge"] == "red"
    assert readings(merged.taxonomy)["kettle", "colour", "bleu"] == "blue"


def test_refused_words_are_not_taken():
    merged = merge(
        taxonomy([("red", [])]),
        taxonomy([("Blue", []), ("red", ["vermilion"])]),
        rejected={"kettle": ["blue", "Vermilion"]},
    )
    assert merged.taxonomy == taxonomy([("red", [])])
    assert {c.word for c in merged.clashes} == {"Blue", "vermilion"}


def test_new_categories_and_attributes_come_along():
    merged = merge(
        taxonomy([("red", [])]), taxonomy([("flip", [])], attribute="lid"), taxonomy([("oak", [])], "table", "wood")
    )
    assert {(c.category_id, a.attribute) for c in merged.taxonomy.categories for a in c.attributes} == {
        ("kettle", "colour"), ("kettle", "lid"), ("table", "wood"),
    }  # fmt: skip


# ---- lint

CLEAN = [
    {
        "category_id": "kettle",
        "names": {"en": "kettle", "zh": "水壶"},
        "source_file": "taxonomy.json",
        "attributes": [
            {"attribute": "capacity", "unit": "L", "values": [
                {"value": "1", "synonyms": ["1升"]}, {"value": "2", "synonyms": []},
            ]},
            {"attribute": "colour", "unit": None, "values": [
                {"value": "red", "synonyms": ["红色"]}, {"value": "blue", "synonyms": ["蓝色"]},
            ]},
        ],
    }
]  # fmt: skip


def test_a_clean_taxonomy_has_no_findings():
    assert lint(CLEAN) == []


def edited(path: tuple, value: object) -> list[dict]:
    rows = copy.deepcopy(CLEAN)
    place = rows[0]
    for step in path[:-1]:
        place = place[step]
    if path[-1] == "+":
        place.append(value)
    else:
        place[path[-1]] = value
    return rows


COLOURS, LITRES = ("attributes", 1, "values"), ("attributes", 0, "values")


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ((*COLOURS, 1, "synonyms", "+"), "红色", "'红色' stands under value 'red' too"),
        ((*COLOURS, 1, "synonyms", "+"), "Red", "synonym of one value, name of another"),
        ((*COLOURS, "+"), {"value": "ＲＥＤ", "synonyms": []}, "the value is written twice, as 'red'"),
        ((*COLOURS, 0, "synonyms", "+"), "紅色", "reads the same as '红色'"),
        (("names",), {}, "the category has no name"),
        (("names", "zh"), " ", "the name in 'zh' is empty"),
        (("attributes", 1, "attribute"), "", "an attribute has no name"),
        (("attributes", 1, "attribute"), "Capacity", "the attribute is written twice"),
        ((*COLOURS, 0, "value"), "", "an empty value"),
        ((*COLOURS, 0, "synonyms", "+"), "", "an empty synonym"),
        ((*COLOURS, 0, "synonyms", "+"), "Kettle", "is the name of category 'kettle'"),
        ((*COLOURS, 0, "synonyms", "+"), "红", "is one character"),
        ((*COLOURS, 0, "synonyms", "+"), "新款", "says nothing"),
        ((*LITRES, 1, "synonyms", "+"), "1000 ml", "is the same quantity as '1'"),
        ((*LITRES, 1, "synonyms", "+"), "1800 W", "measures power_w, the attribute's unit is 'L'"),
        (("attributes", 0, "unit"), "zorkmid", "unit 'zorkmid' is unknown"),
    ],
)  # fmt: skip
def test_each_fault_is_found(path, value, problem):
    found = [str(finding) for finding in lint(edited(path, value))]
    assert any(problem in line for line in found), found
    assert all(line.startswith("taxonomy.json: kettle") and " Remedy: " in line and "\n" not in line for line in found)


def test_a_category_in_two_files_is_found():
    other = {**CLEAN[0], "source_file": "more.json"}
    assert [f.file for f in lint([*CLEAN, other])] == ["more.json"]


def test_lint_rows_read_as_the_matcher_reads_them():
    assert from_rows(CLEAN).category("kettle") is not None
