"""Reading features from texts: form, spans, units, longest match, negation."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.text.matcher import Matcher
from models.text.mined import from_catalogue
from models.text.normalise import fold, normalise
from models.text.quantities import find_quantities, magnitude_key
from models.text.taxonomy import from_rows

TAXONOMY = from_rows(
    [
        {
            "category_id": "air_fryer",
            "names": {"zh": "空气炸锅", "en": "air fryer"},
            "attributes": [
                {"attribute": "capacity", "unit": "L", "values": [{"value": "6"}, {"value": "12"}]},
                {"attribute": "window", "values": [{"value": "yes", "synonyms": ["可视窗", "viewing window"]}]},
                {"attribute": "power", "values": [{"value": "1800 W"}]},
                {"attribute": "steam", "values": [{"value": "蒸"}, {"value": "蒸烤一体"}]},
            ],
        },
        {
            "category_id": "laptop",
            "names": {"zh": "笔记本电脑", "en": "laptop"},
            "attributes": [
                {"attribute": "screen", "values": [{"value": "15.6 inch"}]},
                {"attribute": "memory", "unit": "GB", "values": [{"value": "16"}]},
                {"attribute": "colour", "values": [{"value": "red"}]},
            ],
        },
    ]
)
MATCHER = Matcher(TAXONOMY)


def features(text: str, category: str | None = None) -> list[tuple[str, str, str]]:
    return [(s.attribute, s.value, s.surface) for s in MATCHER.read(text, category_id=category).features]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("空气炸锅 12升", [("capacity", "12", "12升")]),
        ("空氣炸鍋１２Ｌ", [("capacity", "12", "１２Ｌ")]),  # Traditional, full width
        ("air fryer 6 L", [("capacity", "6", "6 L")]),
        ("air fryer 6000ml", [("capacity", "6", "6000ml")]),
        ("空气炸锅 1.8kW", [("power", "1800 W", "1.8kW")]),
        ("15.6寸笔记本电脑 16G", [("screen", "15.6 inch", "15.6寸"), ("memory", "16", "16G")]),
        ("蒸烤一体空气炸锅", [("steam", "蒸烤一体", "蒸烤一体")]),  # longest, not 蒸
        ("laptop redmi", []),  # red is not a word here
        ("laptop red", [("colour", "red", "red")]),
        (
            "air fryer 16L",
            [("capacity", "16", "16L")],
        ),  # a size nobody offers is still a wish
        ("yes air fryer", []),  # a bare yes names no feature
    ],
)
def test_features_with_their_surface(text, expected):
    assert features(text) == expected


@pytest.mark.parametrize(
    ("text", "negated"),
    [("不要可视窗的空气炸锅", True), ("air fryer without viewing window", True), ("可视窗空气炸锅", False)],
)
def test_negation_marks_the_span(text, negated):
    spans = MATCHER.read(text).features
    assert [(s.attribute, s.negated) for s in spans] == [("window", negated)]


@pytest.mark.parametrize(
    ("text", "category", "source"),
    [("laptop", "laptop", "text"), ("可视窗", "air_fryer", "text"), ("hello", None, "unknown")],
)
def test_category_of_a_text(text, category, source):
    reading = MATCHER.read(text)
    assert (reading.category_id, reading.category_source) == (category, source)


def test_a_known_category_keeps_other_categories_words_out():
    assert features("16G 可视窗", "laptop") == [("memory", "16", "16G")]


@given(st.text(alphabet="空气炸锅可视窗 12升Ｌ１２l鍋氣éßABc6\u3000", max_size=30))
def test_offsets_point_at_the_text_as_typed(text):
    for span in MATCHER.read(text).features:
        assert text[span.start : span.end] == span.surface
        assert fold(span.surface) != ""


@given(st.text(alphabet="空氣炸鍋可視窗 \t\u3000AbＣ１2Ｌß㎡½℃é-,", max_size=40))
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=40))
def test_spans_stay_inside_the_text(text):
    normal = normalise(text)
    for start in range(len(normal.text)):
        first, last = normal.span(start, start + 1)
        assert 0 <= first < last <= len(text)


@pytest.mark.parametrize(
    ("text", "dimension", "magnitude"),
    [
        ("1.8kw", "power_w", 1800.0),
        ("3斤", "mass_kg", 1.5),
        ("15.6寸", "length_cm", 39.624),
        ("1.5匹", "cooling_hp", 1.5),
    ],
)
def test_units(text, dimension, magnitude):
    (found,) = find_quantities(text)
    assert dict(found.magnitudes)[dimension] == magnitude_key(magnitude)


def test_values_of_products_become_canonical():
    assert MATCHER.value_of("air_fryer", "Capacity", "12升") == ("capacity", "12")
    assert MATCHER.value_of("air_fryer", "window", "可视窗") == ("window", "yes")
    assert MATCHER.value_of("air_fryer", "colour", "black") == ("colour", "black")  # unknown stays


def test_taxonomy_from_products_leaves_identifiers_out():
    products = [
        {"category_id": "c", "title": "", "attributes": [("size", ["S" if i % 2 else "M"]), ("serial", [str(i)])]}
        for i in range(300)
    ]
    (category,) = from_catalogue(products).categories
    assert [(a.attribute, [v.value for v in a.values]) for a in category.attributes] == [("size", ["M", "S"])]
