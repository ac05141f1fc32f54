"""Brief: the facts of the night, published, and as pages people read."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from pipelines import parallel
from pipelines.brief import fact_rows
from pipelines.brief import facts as brief_facts
from pipelines.brief.render import file_stem, render_html, render_index, render_markdown
from pipelines.errors import StateError
from pipelines.lake import Lake
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult
from pipelines.whole_files import write_whole

Row = dict[str, Any]
MANY_CATEGORIES = 12  # from here on more processes pay for their start


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_brief_facts and write briefs/<as_of>/: one page per category and language, and an index."""
    documents = list(brief_facts.documents(lake, as_of, settings))
    if not documents:
        raise StateError(f"mart_gaps has no rows for {as_of}.", remedy="run stage gap for that day first (`c2b gap`).")
    rows = [row for document in documents for row in fact_rows.flat(document)]
    published = publish_mart(lake, "mart_brief_facts", rows, as_of)
    folder = settings.output_folder / "briefs" / as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    files = partial(_files, languages=list(settings.languages))
    is_many = len(documents) >= MANY_CATEGORIES
    written = parallel.each(files, documents, description="briefs") if is_many else map(files, documents)
    for pages in written:
        for name, content in pages.items():
            write_whole(folder / name, content)
    index = render_index(documents, languages=list(settings.languages), as_of=as_of.isoformat())
    write_whole(folder / "index.html", index.encode())
    return StepResult(stage="brief", rows_by_table={"mart_brief_facts": published})


def _files(document: Row, *, languages: Sequence[str]) -> dict[str, bytes]:
    """Name → content of all files of one category."""
    name = file_stem(str(document["category_id"]))
    files = {f"{name}.json": (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()}
    for language in languages:
        files[f"{name}.{language}.html"] = render_html(document, language=language).encode()
        files[f"{name}.{language}.md"] = render_markdown(document, language=language).encode()
    return files
