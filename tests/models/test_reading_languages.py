"""Queries in further languages: forms, compounds, units, intervals, sizes, and what stands beside a value.

The taxonomies list dictionary forms only, as a category manager would; every other form must be found by rule.
"""

from collections.abc import Mapping

import pytest
from babel.units import format_unit

from models.text.inflection import inflected_in, openings, spellings
from models.text.lexicon import general_attributes, languages_of_titles
from models.text.matcher import Matcher
from models.text.normalise import fold
from models.text.quantities import find_quantities
from models.text.surroundings import Surroundings
from models.text.taxonomy import ANY, Attribute, Category, Taxonomy, Value
from models.text.trie import any_of


def reader(language: str, values: Mapping[str, str]) -> Matcher:
    attributes = [Attribute(name, tuple(map(Value, words.split(", ")))) for name, words in values.items()]
    return Matcher(Taxonomy((Category("shop", ((language, "shop"),), tuple(attributes)),)))


def wanted(matcher: Matcher, text: str) -> list[tuple[str, str]]:
    """(value, as typed) of what is asked for."""
    features = matcher.read(text, category_id="shop").features
    return [(f.value, f.surface) for f in features if not f.negated]


@pytest.mark.parametrize(
    ("language", "colour", "material", "text", "found"),
    [
        ("de", "rot", "Leder", "ein roter Mantel aus Leder", [("rot", "roter"), ("Leder", "Leder")]),
        ("de", "grün", "Wolle", "gruene wolle", [("grün", "gruene"), ("Wolle", "wolle")]),  # typed without umlaut
        ("de", "grau", "Eiche", "Eichentisch hellgrau", [("Eiche", "Eichen"), ("grau", "hellgrau")]),
        ("fr", "blanc", "coton", "chaussettes blanches en coton", [("blanc", "blanches"), ("coton", "coton")]),
        ("es", "gris", "lana", "guantes grises de lana", [("gris", "grises"), ("lana", "lana")]),
        ("it", "bianco", "legno", "sedie bianche in legno", [("bianco", "bianche"), ("legno", "legno")]),
        ("pt", "marrom", "algodão", "calças marrons ALGODAO", [("marrom", "marrons"), ("algodão", "ALGODAO")]),
        ("nl", "geel", "hout", "gele stoel houten poten", [("geel", "gele"), ("hout", "houten")]),
        ("sv", "grå", "glas", "grått glasbord", [("grå", "grått"), ("glas", "glas")]),
        ("pl", "czarny", "metal", "czarne półki metalowe", [("czarny", "czarne"), ("metal", "metalowe")]),
        ("tr", "mavi", "pamuk", "mavi pamuklu tişört", [("mavi", "mavi"), ("pamuk", "pamuklu")]),
        ("ru", "чёрный", "пластик", "черную пластиковую коробку", [("чёрный", "черную"), ("пластик", "пластиковую")]),
        ("ja", "赤", "ステンレス", "赤い水筒 ステンレス製", [("赤", "赤い"), ("ステンレス", "ステンレス製")]),
        ("ar", "أحمر", "جلد", "حقيبة الجلد الأحمر", [("جلد", "الجلد"), ("أحمر", "الأحمر")]),
        ("id", "merah", "kayu", "kursi kayu warna merah", [("kayu", "kayu"), ("merah", "warna merah")]),
    ],
)
def test_forms_are_found_by_dictionary_words(language, colour, material, text, found):
    assert wanted(reader(language, {"colour": colour, "material": material}), text) == found


def test_only_the_languages_of_a_taxonomy_lend_it_their_endings():
    assert wanted(reader("de", {"colour": "rot"}), "rote bank") == [("rot", "rote")]
    assert wanted(reader("en", {"colour": "rot"}), "rote bank") == []  # rote is another word in English
    assert wanted(reader("de", {"material": "Holz"}), "holzbank") == [("Holz", "holz")]
    assert wanted(reader("en", {"material": "Holz"}), "holzbank") == []


@pytest.mark.parametrize(
    "text", ["metallisch lackiert", "glasfaserkabel", "goldbraune schuhe", "holzleim 500 g", "holzkohle"]
)
def test_what_only_begins_with_a_material_is_not_made_of_it(text):
    materials = reader("de", {"material": "Metall, Glas, Gold, Holz"})
    assert wanted(materials, text) == []


def test_phrases_agree_and_words_keep_their_language():
    assert {"grises claros", "aceros inoxidables"} <= {
        *inflected_in("gris claro", "es", None),
        *inflected_in("acero inoxidable", "es", None),
    }
    assert "witte" in set(inflected_in("wit", "nl", "colour"))
    assert "witte" not in set(inflected_in("wit", "fr", "colour"))
    assert list(spellings("Grün", ["de"])) == ["grun", "gruen"]
    assert set(openings("baumwolle", ["de"])) == {"baumwolle", "baumwoll", "baumwollen"}
    assert list(openings("baumwolle", ["fr"])) == []


def base_unit(dimension: str, text: str) -> list[float]:
    quantities = [q for q in find_quantities(fold(text)) if (q.start, q.end) == (0, len(fold(text)))]
    return [i.low for q in quantities for i in q.intervals if i.dimension == dimension]


@pytest.mark.parametrize("language", ["de", "fr", "es", "it", "pt", "nl", "sv", "pl", "tr", "ru", "ja", "ko"])
@pytest.mark.parametrize(
    ("unit", "dimension", "factor"),
    [
        ("volume-liter", "volume_l", 1.0),
        ("volume-milliliter", "volume_l", 0.001),
        ("mass-kilogram", "mass_kg", 1.0),
        ("mass-gram", "mass_kg", 0.001),
        ("length-meter", "length_cm", 100.0),
        ("length-centimeter", "length_cm", 1.0),
        ("power-watt", "power_w", 1.0),
    ],
)
def test_units_are_read_as_the_common_locale_data_repository_writes_them(language, unit, dimension, factor):
    for number in (1, 2, 7):  # one, few and many
        text = format_unit(number, unit, length="long", locale=language)
        assert base_unit(dimension, text) == pytest.approx([number * factor]), text


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("ab 3 l", 3, float("inf")),
        ("à partir de 3 litres", 3, float("inf")),
        ("vanaf 3 liter", 3, float("inf")),
        ("3리터 이상", 3, float("inf")),
        ("от 3 литров", 3, float("inf")),
        ("menos de 3 litros", 0, 3),
        ("até 3 litros", 0, 3),
        ("do 3 litrów", 0, 3),
        ("3 litre altı", 0, 3),
        ("3リットル以下", 0, 3),
        ("von 2 bis 3,5 l", 2, 3.5),
        ("de 2 à 3,5 l", 2, 3.5),
        ("entre 2 y 3,5 litros", 2, 3.5),
        ("2 till 3,5 liter", 2, 3.5),
        ("from 2 to 3.5 l", 2, 3.5),
    ],
)
def test_intervals_are_read_in_every_language(text, low, high):
    (quantity,) = find_quantities(fold(text))
    assert (quantity.start, quantity.end) == (0, len(fold(text)))
    assert [(i.low, i.high) for i in quantity.intervals if i.dimension == "volume_l"] == [(low, high)]


def test_and_makes_a_range_only_behind_between():
    assert [i.low for q in find_quantities("2 and 3 l") for i in q.intervals] == [3]


@pytest.mark.parametrize("text", ["21st birthday", "3 в 1", "361足球", "525li"])
def test_letters_that_are_a_unit_elsewhere_count_nothing_here(text):
    assert find_quantities(fold(text)) == []


@pytest.mark.parametrize(
    ("language", "text", "sizes"),
    [
        ("sv", "skor storlek 38", ["storlek 38"]),
        ("tr", "ayakkabı 40 numara", ["40 numara"]),
        ("ru", "платье 48 размер", ["48 размер"]),
        ("pt", "camisa tamanho GG", ["tamanho GG"]),
        ("ja", "シャツ Mサイズ 2枚", ["Mサイズ"]),
        ("de", "ordner a4", ["a4"]),
        ("de", "audi a4 fußmatten", []),
    ],
)
def test_sizes_are_named_as_each_language_does(language, text, sizes):
    assert [surface for _, surface in wanted(reader(language, {"size": "S, M, L"}), text)] == sizes


@pytest.mark.parametrize(
    ("language", "values", "text", "found"),
    [
        ("nl", {"colour": "rood"}, "rode wijn", []),
        ("nl", {"colour": "rood"}, "rode wijnkoeler", ["rode"]),  # a cooler may be red
        ("it", {"colour": "verde"}, "tè verde bio", []),
        ("fr", {"material": "bois"}, "vernis pour bois", []),
        ("fr", {"material": "bois"}, "table bois", ["bois"]),
        ("fr", {"material": "cuir"}, "veste pas en cuir", []),
        ("ru", {"material": "кожа"}, "сумка не кожа", []),
        ("es", {"colour": "plata", "material": "plata"}, "anillo plata", ["plata"]),
    ],
)
def test_what_stands_beside_a_value_says_whether_it_is_one(language, values, text, found):
    assert [surface for _, surface in wanted(reader(language, values), text)] == found


def test_silver_is_a_material_of_rings_and_a_colour_of_cars():
    silver = reader("es", {"colour": "plata, rojo", "material": "plata, oro"})
    assert [f.attribute for f in silver.read("anillo plata", category_id="shop").features] == ["material"]
    assert [f.attribute for f in silver.read("maleta plata", category_id="shop").features] == ["colour"]


def test_surroundings_of_chinese_and_english_are_elsewhere():
    assert not Surroundings({"zh", "en"}).is_needed
    assert Surroundings({"en", "de"}).is_needed


def test_titles_tell_the_languages_of_a_shop():
    german = ["Rotes Kleid Baumwolle", "Topf Edelstahl schwarz", "Tisch Eiche weiß", "Lampe grün Kunststoff"]
    assert "de" in languages_of_titles(german)
    chinese = [*["白色 纯棉 衬衫"] * 9, "春の 红色 连衣裙"]
    assert languages_of_titles(chinese) == {"zh", "en"}  # one の makes no Japanese shop


def test_a_trie_matches_what_an_alternation_does():
    import re

    words = ["l", "liter", "litre", "ml", "m", "lit", "c c"]
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    for text in ("literature", "lit ml mlx", "c c cc m", "liters", ""):
        assert re.findall(any_of(words), text) == re.findall(longest_first, text)


@pytest.mark.parametrize(
    ("language", "text", "found"),
    [
        ("de", "Winterstiefel Herren", ["Winter", "Herren"]),
        ("de", "Hundefutter hundert Gramm", ["Hunde"]),  # a hundred is no dog
        ("de", "herrliche Damenuhr", ["Damen"]),
        ("nl", "kinderfiets", ["kinder"]),
        ("nl", "manchetknopen heren", ["heren"]),
        ("sv", "vinterjacka dam", ["vinter", "dam"]),
        ("sv", "hundra hundben", ["hund"]),
        ("fr", "manteau femme hiver", ["femme", "hiver"]),
        ("es", "comida para perros", ["perros"]),
        ("it", "scarpe donna invernali", ["donna", "invernali"]),
        ("pt", "vestido feminino verão", ["feminino", "verão"]),
        ("pl", "kurtka zimowa damska", ["zimowa", "damska"]),
        ("tr", "kadın kışlık mont", ["kadın", "kışlık"]),
        ("tr", "erkek çocuk ayakkabı", ["erkek çocuk"]),  # a boy, not men and children
        ("ru", "женские зимние сапоги", ["женские", "зимние"]),
        ("ar", "فستان صيفي للنساء", ["صيفي", "للنساء"]),
        ("vi", "áo khoác nữ mùa đông", ["nữ", "mùa đông"]),
        ("vi", "hàng Việt Nam", []),  # the country is no man
        ("vi", "dép cho trẻ em", ["trẻ em"]),  # for children, no dog
        ("id", "sepatu anak laki-laki", ["anak laki-laki"]),
    ],
)
def test_whom_and_what_season_a_product_is_for(language, text, found):
    everything = Taxonomy((Category(ANY, (), tuple(general_attributes())),))
    read = Matcher(everything, languages=frozenset({language})).read(text).features
    assert [f.surface for f in read if f.attribute in ("Audience", "Season")] == found
