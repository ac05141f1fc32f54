"""What the docs name exists, and what exists is named."""

import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from models import calendar
from pipelines.cli import app
from pipelines.settings import Planning, Settings
from pipelines.stages import STAGES

ROOT = Path(__file__).parents[1]
COMMANDS = {c.name or c.callback.__name__: c for c in app.registered_commands} | {
    f"{group.name} {c.name or c.callback.__name__}" if isinstance(group.name, str) else c.name or c.callback.__name__: c
    for group in app.registered_groups
    for c in group.typer_instance.registered_commands
}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_and_is_in_the_docs(name):
    assert COMMANDS[name].callback.__doc__
    assert f"`{name}" in text("docs/operate.md") or f"c2b {name}" in text("docs/operate.md")


def test_every_stage_is_a_command():
    assert set(STAGES) <= set(COMMANDS)


def keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            found += keys(kind, f"{name}.")
        elif name not in ("base_folder", "sources"):
            found.append(prefix + name)
    return found


@pytest.mark.parametrize("key", keys(Settings))
def test_every_configuration_key_is_in_the_docs(key):
    assert re.search(rf"\b{re.escape(key.split('.')[-1])}\b", text("docs/configuration.md")), key


def planning_examples() -> list[dict]:
    """What docs and template show of planning, comments opened."""
    blocks = re.findall(r"```yaml\n(planning:.*?)```", text("docs/configuration.md"), re.DOTALL)
    template = text("pipelines/templates/c2b.yaml").partition("planning:\n")[2]
    opened = re.sub(r"^  # (?=[a-z_]+:|  - )", "  ", template, flags=re.MULTILINE)
    return [yaml.safe_load(block)["planning"] for block in [*blocks, f"planning:\n{opened}"]]


@pytest.mark.parametrize("example", planning_examples(), ids=range(len(planning_examples())))
def test_examples_of_planning_are_valid(example):
    assert Planning(**example).model_dump() != Planning().model_dump()


def test_the_template_opened_sets_what_is_off_by_default():
    opened = Planning(**planning_examples()[-1])
    plain = Planning()
    off = [name for name in Planning.model_fields if getattr(plain, name) in (None, ()) and name != "promotions"]
    assert all(getattr(opened, name) for name in off), off


def test_the_new_year_of_the_docs_is_that_of_the_calendar():
    new_year = calendar._periods(2027)
    shown = planning_examples()[0]["factory_calendar"][0]
    assert shown["from"] == new_year["lunar_new_year_before"][0]
    assert shown["to"] == new_year["lunar_new_year_after"][1]


@pytest.mark.parametrize(
    "page", [p.relative_to(ROOT).as_posix() for p in [ROOT / "README.md", *ROOT.glob("docs/*.md")]]
)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)\)", text(page)):
        assert (ROOT / page).parent.joinpath(target).exists(), target
