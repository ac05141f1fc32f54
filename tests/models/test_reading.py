"""Reading as shoppers write: languages, families of colours, sizes, intervals, mistypes, categories."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.text.categories import CategoryModel
from models.text.imported import ShopifyFiles, from_shopify
from models.text.matcher import Matcher
from models.text.mined import from_catalogue, from_texts
from models.text.taxonomy import ANY, from_rows, to_rows


def matcher(*attributes: dict, category: str = "c", names: dict | None = None) -> Matcher:
    return Matcher(from_rows([{"category_id": category, "names": names or {}, "attributes": list(attributes)}]))


def listed(attribute: str, *values: str, unit: str | None = None) -> dict:
    return {"attribute": attribute, "unit": unit, "values": [{"value": v} for v in values]}


def found(reader: Matcher, text: str, category: str | None = "c") -> list[tuple[str, str]]:
    return [(f.value, f.surface) for f in reader.read(text, category_id=category).features]


COLOURS = matcher(listed("颜色", "红色", "蓝色", "酒红色", "白色"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("藏青色外套", [("蓝色", "藏青色")]),  # a shade of the family
        ("勃艮第连衣裙", [("酒红色", "勃艮第")]),  # the narrower value where there is one
        ("深红裙子", [("红色", "深红")]),
        ("navy blue coat", [("蓝色", "navy blue")]),
        ("黑白格子裙", [("黑色", "黑"), ("白色", "白")]),  # two side by side; black is listed nowhere and still a wish
        ("白衬衫", [("白色", "白")]),
        ("红枣 500g", []),  # a fruit
        ("红酒杯", []),
        ("绿劲卷纸", []),  # a name: 绿 stands beside a character that is no word
    ],
)
def test_colours_by_family(text, expected):
    assert found(COLOURS, text) == expected


LITRES = matcher(listed("capacity", "4", "6", "8", unit="L"))


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("6升", ["6"]),
        ("六升", ["6"]),
        ("6000毫升", ["6"]),
        ("6-8L", ["6", "8"]),
        ("over 6 L", ["6", "8"]),
        ("6升以下", ["4", "6"]),
        ("6.5 l", ["6.5"]),
        ("half gallon", ["1.89271"]),
        ("air fryer 6-in-1", []),
        ("type 7375l", []),  # the name of a thing
    ],
)
def test_quantities_and_intervals(text, values):
    assert [value for value, _ in found(LITRES, text)] == values


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("一匹半空调", "匹", "1.5 匹"),
        ("洗衣机8公斤半自动", "kg", "8 kg"),  # the half is of the next word
        ("三公斤半自动洗衣机", "kg", "3 kg"),
        ("3斤半", "kg", "1.75 kg"),
        ("2米5窗帘", "cm", "250 cm"),
        ("3斤装", "kg", "1.5 kg"),
        ("1,5 l flasche", "L", "1.5 L"),
        ("3000元以下笔记本", "元", "<=3000 元"),
        ("两层书架", "layers", "2 layers"),
        ("5 seater sofa", "people", "5 people"),
        ("三人沙发", "people", "3 people"),
        ("1/2 inch pipe", "cm", "1.27 cm"),
    ],
)
def test_open_magnitudes_take_the_unit_of_the_attribute(text, unit, value):
    assert [v for v, _ in found(matcher(listed("x", unit=unit)), text)] == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("衬衫xl码", "XL"),
        ("文胸170/92A", "170/92A"),
        ("鞋38码", "38"),
        ("加大码裤", "XL"),
        ("eu 38 shoes", "38"),
        ("m码", "M"),
    ],
)
def test_sizes(text, value):
    assert [v for v, _ in found(matcher(listed("size", "S", "M", "L", "XL", "38")), text)] == [value]


@pytest.mark.parametrize(
    ("attribute", "values", "text", "expected"),
    [
        ("color", ["rojo", "azul"], "camisas rojas de algodón", "rojo"),
        ("Farbe", ["schwarz", "grün"], "schwarzes Kleid", "schwarz"),
        ("Farbe", ["schwarz", "grün"], "grüner Pullover", "grün"),
        ("couleur", ["noir", "bleu"], "robe noire", "noir"),
        ("цвет", ["красный", "синий"], "красное платье", "красный"),
        ("カラー", ["黒", "白"], "ブラックのバッグ", "黒"),
        ("색상", ["검정", "흰색"], "블랙 가죽 가방", "검정"),
        ("cor", ["vermelho", "azul"], "vestido vermelha", "vermelho"),
    ],
)
def test_other_languages(attribute, values, text, expected):
    assert expected in [v for v, _ in found(matcher(listed(attribute, *values)), text)]


@pytest.mark.parametrize(
    ("text", "negated"),
    [
        ("不含糖饼干", True),
        ("sugar-free biscuit", True),
        ("biscuit without sugar", True),
        ("Kekse ohne sugar", True),
        ("sugar biscuit", False),
    ],
)
def test_negation(text, negated):
    reader = matcher({"attribute": "sugar", "values": [{"value": "yes", "synonyms": ["糖", "sugar"]}]})
    assert [f.negated for f in reader.read(text, category_id="c").features] == [negated]


MATERIALS = matcher(listed("材质", "不锈钢", "玻璃"), {"attribute": "feature", "values": [{"value": "adjustable"}]})


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("不绣钢水壶", ["不锈钢"]),  # the same sound
        ("ajustable stand", ["adjustable"]),
        ("adjutsable stand", ["adjustable"]),
        ("玻璃清洁剂", []),  # treated, not made of it
        ("玻璃杯", ["玻璃"]),
    ],
)
def test_mistypes_and_treatments(text, values):
    assert [v for v, _ in found(MATERIALS, text)] == values


def test_a_brand_is_no_mistype():
    taxonomy = MATERIALS.taxonomy
    assert Matcher(taxonomy, known_words=["Ajustable"]).read("ajustable stand", category_id="c").features == ()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet="红黑白不锈钢玻璃6-8升lLxX 码\n½é🎀以上", max_size=14), max_size=12))
def test_many_texts_read_as_one_by_one(texts):
    reader = matcher(
        listed("颜色", "红色", "黑色"), listed("材质", "不锈钢"), listed("容量", "6", unit="L"), listed("尺码", "XL")
    )
    assert reader.read_many(texts) == [reader.read(text) for text in texts]


def test_apple_is_what_the_category_says():
    reader = Matcher(
        from_rows(
            [
                {"category_id": "phone", "names": {}, "attributes": [listed("maker", "apple")]},
                {"category_id": "juice", "names": {}, "attributes": [listed("fruit", "apple")]},
            ]
        )
    )
    assert [f.attribute for f in reader.read("apple", category_id="phone").features] == ["maker"]
    assert [f.attribute for f in reader.read("apple", category_id="juice").features] == ["fruit"]


def test_category_of_a_query_has_a_probability_and_may_be_unknown():
    model = CategoryModel(
        ["air fryer with window", "large air fryer", "gaming laptop", "laptop 16 inch"] * 5,
        ["fryer", "fryer", "laptop", "laptop"] * 5,
    )
    assert model.predict("gaming laptop cheap")[0] == "laptop"
    assert model.predict("gaming laptop cheap")[1] > 0.8
    assert model.predict("garden hose") == (None, 0.0)
    assert model.predict("air laptop")[0] is None  # says both


def _shopify() -> ShopifyFiles:
    values = lambda *names: [{"id": f"v{n}", "name": n} for n in names]  # noqa: E731
    zh = {"Blue": "蓝酒", "Red": "红色", "Cotton": "棉布", "Keep warm": "保温"}
    english = [
        {"name": "Color", "values": values("Blue", "Red", "Other")},
        {"name": "Upholstery fabric", "values": values("Cotton", "Linen")},
        {"name": "Air fryer functions", "values": values("Keep warm", "Grill")},
        {"name": "Alien trait", "values": values("Glow")},
    ]
    chinese = [
        {"name": e["name"], "values": [{"id": v["id"], "name": zh.get(v["name"], v["name"])} for v in e["values"]]}
        for e in english
    ]
    return ShopifyFiles(
        {"en": english, "zh": chinese}, {"en": {"k1": "Kitchen > Air Fryers"}, "zh": {"k1": "厨房 > 空气炸锅"}}
    )


def test_import_joins_languages_by_id_and_drops_wrong_translations():
    imported = from_shopify(_shopify())
    everywhere, fryer = imported.taxonomy.categories
    colours = next(a for a in everywhere.attributes if a.attribute == "Color")
    blue = next(v for v in colours.values if v.value == "Blue")
    assert "蓝酒" not in blue.synonyms  # a machine's slip
    assert imported.dropped_translations >= 1
    assert imported.unplaced_attributes == 1  # Alien trait belongs to no category
    assert dict(fryer.names) == {"en": "Air Fryers", "zh": "空气炸锅"}
    assert [a.attribute for a in fryer.attributes] == ["Air fryer functions"]
    reader = Matcher(imported.taxonomy)
    assert [(f.attribute, f.value) for f in reader.read("蓝色纯棉 1.5L").features] == [
        ("Color", "Blue"),
        ("Material", "Cotton"),
        ("Volume", "1.5 L"),
    ]
    assert ("Air fryer functions", "Keep warm") in [
        (f.attribute, f.value) for f in reader.read("空气炸锅保温").features
    ]


def test_import_takes_every_language():
    files = _shopify()
    german = [
        {
            "name": e["name"],
            "values": [
                {"id": v["id"], "name": {"Keep warm": "Warmhalten"}.get(v["name"], v["name"])} for v in e["values"]
            ],
        }
        for e in files.attributes["en"]
    ]
    imported = from_shopify(ShopifyFiles({**files.attributes, "de": german}, files.categories))
    warm = imported.taxonomy.categories[1].attributes[0].values[0]
    assert {"保温", "Warmhalten"} <= set(warm.synonyms)


def test_bare_numbers_have_the_unit_that_titles_say_beside_them():
    """Else the titles' volume was an attribute beside the capacity, and plans combined 12 L with 6."""
    products = [
        {"category_id": "c", "title": f"空气炸锅 {size}L {power}W 家用", "attributes": {
            "capacity": [str(size)], "watt": [str(power)], "stars": [str(stars)],
        }}
        for size in (4, 6, 8) for power in (1200, 1500) for stars in range(1, 6)
    ]  # fmt: skip
    (category,) = from_catalogue(products).categories
    assert {a.attribute: a.unit for a in category.attributes} == {"capacity": "L", "stars": None, "watt": "W"}
    reader = Matcher(from_catalogue(products))
    read = reader.read_many(["12升 空气炸锅", "6000ml 空气炸锅", "空气炸锅 6"], ["c"] * 3)
    assert [[(f.attribute, f.value) for f in r.features] for r in read] == [
        [("capacity", "12")],
        [("capacity", "6")],
        [],
    ]


def test_a_number_that_titles_contradict_has_no_unit():
    products = [
        {"category_id": "c", "title": f"空气炸锅 {size}L", "attributes": {"grade": [str(grade)]}}
        for size in (4, 6, 8)
        for grade in (4, 6, 8)
    ]
    (category,) = from_catalogue(products).categories
    assert {a.attribute: a.unit for a in category.attributes} == {"grade": None, "Volume": "L"}


def test_mined_taxonomy_joins_ways_of_writing_and_adds_what_titles_say():
    products = [
        {"category_id": "c", "title": f"不锈钢保温杯 {size}", "attributes": [("容量", [size])]}
        for size in ("500ml", "0.5L", "500 ML", "1L") * 3
    ]
    (category,) = from_catalogue(products).categories
    assert [a.attribute for a in category.attributes] == ["容量", "Material"]  # titles' volume is 容量 already
    assert len(category.attributes[0].values) == 2
    assert found(Matcher(from_catalogue(products)), "不锈钢杯500毫升") == [
        ("stainless steel", "不锈钢"),
        ("0.5L", "500毫升"),
    ]


def test_mined_taxonomy_does_not_depend_on_the_order_of_products():
    colours = ("red", "blue", "green", "black")  # named equally often
    titles = [f"{colour} mug {number}" for number in range(3) for colour in colours]
    products = [{"category_id": "mug", "title": title, "attributes": {}} for title in titles]
    mined = from_catalogue(products)
    assert [value.value for value in mined.categories[0].attributes[0].values] == sorted(colours)
    assert mined.hash == from_catalogue(products[::-1]).hash


def test_mined_from_titles_alone_holds_for_any_category():
    taxonomy = from_texts(["红色连衣裙", "红色裙子", "白色衬衫", "白色T恤"])
    assert [c.category_id for c in taxonomy.categories] == [ANY]
    assert [(f.attribute, f.value) for f in Matcher(taxonomy).read("大红色外套").features] == [("Color", "red")]


def test_rows_and_taxonomy_are_inverse():
    taxonomy = from_shopify(_shopify()).taxonomy
    assert from_rows(json.loads(json.dumps(to_rows(taxonomy)))) == taxonomy
