"""Brief: the facts of the night, published, and as pages people read."""

from __future__ import annotations

import datetime as dt
import json
import re

from pipelines.brief import facts as brief_facts
from pipelines.brief.render import render_html, render_index, render_markdown
from pipelines.errors import StateError
from pipelines.lake import Lake
from pipelines.publish import publish_mart
from pipelines.settings import Settings
from pipelines.steps import StepResult
from pipelines.whole_files import write_whole


def run(lake: Lake, as_of: dt.date, settings: Settings) -> StepResult:
    """Publish mart_brief_facts and write briefs/<as_of>/: one page per category and language, and an index."""
    documents = list(brief_facts.documents(lake, as_of, settings))
    if not documents:
        raise StateError(f"mart_gaps has no rows for {as_of}.", remedy="run stage gap for that day first (`c2b gap`).")
    rows = [row for document in documents for row in brief_facts.flat(document)]
    published = publish_mart(lake, "mart_brief_facts", rows, as_of)
    folder = settings.output_folder / "briefs" / as_of.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for document in documents:
        name = file_name(str(document["category_id"]))
        write_whole(folder / f"{name}.json", (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
        for language in settings.languages:
            write_whole(folder / f"{name}.{language}.html", render_html(document, language=language).encode())
            write_whole(folder / f"{name}.{language}.md", render_markdown(document, language=language).encode())
    index = render_index(documents, languages=list(settings.languages), as_of=as_of.isoformat())
    write_whole(folder / "index.html", index.encode())
    return StepResult(stage="brief", rows_by_table={"mart_brief_facts": published})


def file_name(category_id: str) -> str:
    """A category id as a file name; ids that are safe already stay as they are."""
    return re.sub(r"[^\w.-]", "_", category_id)
