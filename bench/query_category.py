"""Which category does a query mean? Real furniture queries with their class (WANDS).

    python -m bench.query_category --data FOLDER

The classes are the categories, nothing else is known of the shop: first by their names alone, then with
the labelled queries of four fifths as catalogue titles for the fifth that is asked (five folds). A shop's
logs add clicks and the same query's other searches, which are not here.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from models.text.categories import CategoryModel
from models.text.matcher import Matcher
from models.text.taxonomy import Category, Taxonomy

FOLDS = 5
Labelled = tuple[str, str]  # query, class


@dataclass(frozen=True)
class Score:
    """Of ``asked`` queries so many got a category, and so many the right one."""

    asked: int
    decided: int
    right: int

    def row(self, name: str) -> str:
        shares = (self.decided / self.asked, self.right / max(self.decided, 1), self.right / self.asked)
        return f"| {name} | {self.asked} | " + " | ".join(f"{100 * share:.0f} %" for share in shares) + " |"


def queries(folder: Path) -> list[Labelled]:
    with (folder / "wands_queries_en" / "dataset_query.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [(row["query"], row["query_class"]) for row in rows if row["query_class"]]


def scored(found: Sequence[str | None], expected: Sequence[Labelled]) -> Score:
    decided = sum(category is not None for category in found)
    right = sum(category == wanted for category, (_, wanted) in zip(found, expected, strict=True))
    return Score(len(expected), decided, right)


def by_names(asked: Sequence[Labelled], taxonomy: Taxonomy) -> list[str | None]:
    return [reading.category_id for reading in Matcher(taxonomy).read_many([query for query, _ in asked])]


def with_titles(asked: Sequence[Labelled], taxonomy: Taxonomy) -> list[str | None]:
    found: list[str | None] = [None] * len(asked)
    for fold in range(FOLDS):
        titles = [row for n, row in enumerate(asked) if n % FOLDS != fold]
        model = CategoryModel([query for query, _ in titles], [category for _, category in titles])
        matcher = Matcher(taxonomy, categories=model)
        for n in range(fold, len(asked), FOLDS):
            found[n] = matcher.read(asked[n][0]).category_id
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.query_category", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--data", type=Path, required=True, help="folder of the public data sets")
    options = parser.parse_args(arguments)
    asked = queries(options.data)
    classes = sorted({category for _, category in asked})
    taxonomy = Taxonomy(tuple(Category(name, (("en", name),), ()) for name in classes))
    print(f"{len(asked)} queries, {len(classes)} classes\n")
    print("| known of the shop | queries | decided | right of those decided | right of all |\n|---|--:|--:|--:|--:|")
    print(scored(by_names(asked, taxonomy), asked).row("names of the classes"))
    print(scored(with_titles(asked, taxonomy), asked).row("and two or three texts of each class"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
