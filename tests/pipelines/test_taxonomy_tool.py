"""Proposing a taxonomy into a file that people have edited."""

import json

import pytest

from models.text.mined import from_texts
from models.text.taxonomy import from_rows
from pipelines import taxonomy_tool
from pipelines.errors import SourceError
from pipelines.extract import catalogue_matcher

PROPOSED = from_texts(["红色连衣裙 2kg", "红色裙子 3kg", "白色衬衫 1kg", "白色T恤 5kg"])
EDITED = {
    "category_id": "*",
    "names": {"zh": "通用"},
    "rejected": ["白色"],
    "owner": "Li Wei",
    "attributes": [
        {
            "attribute": "Color",
            "note": "ours",
            "values": [{"value": "番茄红", "synonyms": ["red", "红色"], "since": 2024}],
        },
        {"attribute": "Volume", "unit": "L", "values": []},
    ],
}


@pytest.mark.parametrize("name", ["taxonomy.json", "taxonomy.jsonl"])
def test_what_people_wrote_stays(tmp_path, name):
    path = tmp_path / name
    path.write_text(json.dumps([EDITED] if name.endswith("json") else EDITED), encoding="utf-8")
    taxonomy_tool.write(PROPOSED, path)
    text = path.read_text(encoding="utf-8")
    (row,) = json.loads(text) if name.endswith("json") else map(json.loads, text.splitlines())
    assert (row["owner"], row["rejected"], row["names"]) == ("Li Wei", ["白色"], {"zh": "通用"})
    colour, volume, *others = row["attributes"]
    assert colour["note"] == "ours"
    first = colour["values"][0]
    assert (first["value"], first["since"], first["synonyms"][:2]) == ("番茄红", 2024, ["red", "红色"])
    assert "red" not in [value["value"] for value in colour["values"]]  # a word of 番茄红 already
    assert "白色" not in json.dumps(row["attributes"], ensure_ascii=False)  # rejected
    assert (volume["attribute"], volume["unit"]) == ("Volume", "L")  # a measure without values
    assert "Weight" in [other["attribute"] for other in others]  # what is new comes along


def test_writing_twice_changes_nothing(tmp_path):
    path = tmp_path / "taxonomy.json"
    taxonomy_tool.write(PROPOSED, path)
    before = path.read_bytes()
    taxonomy_tool.write(PROPOSED, path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_taxonomy_is_left_alone(tmp_path):
    path = tmp_path / "notes.json"
    path.write_text('{"a": 1}', encoding="utf-8")
    with pytest.raises(SourceError, match=r"notes\.json: exists and is no taxonomy"):
        taxonomy_tool.write(PROPOSED, path)
    assert path.read_text(encoding="utf-8") == '{"a": 1}'


def test_an_english_taxonomy_reads_the_shop_whose_titles_are_german():
    english = from_rows(
        [
            {
                "category_id": "shop",
                "names": {"en": "Shop"},
                "attributes": [{"attribute": "Color", "unit": None, "values": [{"value": "Red", "synonyms": []}]}],
            }
        ]
    )
    titles = ["Rotes Kleid Baumwolle", "Topf Edelstahl schwarz", "Tisch Eiche weiß", "Lampe grün Kunststoff"]
    products = [{"title": title, "category_id": "shop", "brand": None} for title in titles]
    for shop, found in ((products, ["Red"]), ([], [])):
        features = catalogue_matcher(english, shop).read("roter mantel", category_id="shop").features
        assert [feature.value for feature in features] == found
