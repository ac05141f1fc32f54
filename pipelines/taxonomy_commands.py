"""Commands `c2b taxonomy …`: work on the words that the pipeline knows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.errors import ConfigurationError, TaxonomyFindingsError
from pipelines.options import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from pipelines.taxonomy_file import Entry

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Build and keep the taxonomy: which words mean which feature.",
)
Out = Annotated[Path, typer.Option("--out", help="Taxonomy file to write; merged into one that is there.")]


@app.command("import-shopify")
def import_shopify(
    files: Annotated[list[Path], typer.Argument(help="attributes.json and categories.txt, English and more.")],
    out: Out = Path("taxonomy.json"),
) -> None:
    """Write a taxonomy from the public Shopify product taxonomy files."""
    from pipelines import taxonomy_tool

    imported = taxonomy_tool.import_shopify(files)
    written = taxonomy_tool.write(imported.taxonomy, out)
    typer.echo(
        f"{out}: {len(written.categories)} categories; {imported.dropped_translations} translations "
        f"contradicted the lexicon and were left out; {imported.unplaced_attributes} attributes belong to no category "
        "by their name and were left out."
    )


@app.command("mine")
def mine(
    config: Config = DEFAULT_CONFIG,
    titles: Annotated[Path | None, typer.Option(help="Text file, one title a line, instead of the products.")] = None,
    out: Out = Path("taxonomy.json"),
) -> None:
    """Propose a taxonomy from products' attributes and titles."""
    from pipelines import taxonomy_tool

    written = taxonomy_tool.write(taxonomy_tool.mine(config, titles), out)
    attributes = sum(len(category.attributes) for category in written.categories)
    typer.echo(f"{out}: {len(written.categories)} categories, {attributes} attributes.")


@app.command()
def accept(
    phrase: Annotated[str, typer.Argument(help="The new phrase, as the brief or mart_candidates shows it.")],
    category: Annotated[str, typer.Option(help="Category it was found in.")],
    config: Config = DEFAULT_CONFIG,
    attribute: Annotated[
        str | None, typer.Option(help="Attribute it is a value of; left out for a learnt word: as it is read.")
    ] = None,
    value: Annotated[str | None, typer.Option(help="Name of the new value; the phrase itself where left out.")] = None,
    meaning: Annotated[
        tuple[str, str] | None, typer.Option("--as", help="synonym-of VALUE: another word for a value there is.")
    ] = None,
    new_attribute: Annotated[bool, typer.Option("--new-attribute", help="Make the attribute.")] = False,
    reject: Annotated[bool, typer.Option("--reject", help="It is no feature: never propose it again.")] = False,
    variants: Annotated[bool, typer.Option(help="Take the spellings along that were counted with it.")] = True,
) -> None:
    """Add a new phrase or a learnt word to the taxonomy file, or reject it; the next night reads it so."""
    from pipelines import taxonomy_file
    from pipelines.candidates import spellings
    from pipelines.lake import Lake
    from pipelines.learnt_words import meaning_of
    from pipelines.settings import load_settings

    settings = load_settings(config)
    lake = Lake(settings.lake_folder)
    others = spellings(lake, category, phrase) if variants else ()
    if reject:
        if attribute or value or meaning or new_attribute:
            raise ConfigurationError("--reject: takes no attribute or value.", remedy="leave the other options out.")
        done = taxonomy_file.reject(settings, category, (phrase, *others))
    else:
        learnt = meaning_of(lake, category, phrase)
        if learnt and not (attribute or value or meaning or new_attribute):
            attribute, meaning = learnt[0], ("synonym-of", learnt[1])
        entry = _entry(phrase, category, attribute, value, meaning, others)
        done = taxonomy_file.accept(settings, entry, may_add_attribute=new_attribute)
    for line in done:
        typer.echo(line)


def _entry(
    phrase: str,
    category: str,
    attribute: str | None,
    value: str | None,
    meaning: tuple[str, str] | None,
    others: tuple[str, ...],
) -> Entry:
    from pipelines.taxonomy_file import Entry

    if not attribute:
        raise ConfigurationError("--attribute: missing.", remedy="name the attribute, or --reject the phrase.")
    if meaning is None:
        words = (phrase, *others) if value and value != phrase else others
        return Entry(category, attribute, value or phrase, words)
    if meaning[0] != "synonym-of" or value:
        raise ConfigurationError(
            f"--as: {' '.join(meaning)!r} cannot be used{' with --value' if value else ''}.",
            remedy="write --as synonym-of VALUE, without --value.",
        )
    return Entry(category, attribute, meaning[1], (phrase, *others), is_known_value=True)


@app.command("lint")
def lint_taxonomy(config: Config = DEFAULT_CONFIG) -> None:
    """Find clashes in the taxonomy files, one line each; exit code 4 where there are some."""
    from pipelines import taxonomy_file
    from pipelines.settings import load_settings

    found = taxonomy_file.findings(load_settings(config))
    for finding in found:
        typer.echo(str(finding))
    if found:
        raise TaxonomyFindingsError(
            f"taxonomy: {len(found)} finding{'s' if len(found) > 1 else ''}.",
            remedy="correct the lines above, then run it again.",
        )
    typer.echo("taxonomy: no findings")
