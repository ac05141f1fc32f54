"""Command c2b: every stage, the whole run, and tools for people."""

from __future__ import annotations

import datetime as dt
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines import taxonomy_commands
from pipelines.errors import C2BError, ConfigurationError, StateError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From search and order logs to demand briefs and batch orders.",
)
app.add_typer(taxonomy_commands.app, name="taxonomy")
_STATE = {"debug": False}

Config = Annotated[Path, typer.Option("--config", help="Configuration file.")]
AsOf = Annotated[str, typer.Option("--as-of", help="Planning day, YYYY-MM-DD; only days before it are used.")]
DEFAULT_CONFIG = Path("c2b.yaml")


@app.callback()
def _main(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and every log line.")] = False,
) -> None:
    _STATE["debug"] = debug
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", force=True
    )
    logging.getLogger("c2b").setLevel(logging.DEBUG if debug else logging.INFO)


def parse_day(text: str) -> dt.date:
    """A planning day as people type it."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"--as-of: {text!r} is not a day.", remedy="write it as 2026-06-25.") from error


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made where missing.")],
    sample: Annotated[str | None, typer.Option(help="Sample data: market or completejourney.")] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated market.")] = 1,
    scale: Annotated[str, typer.Option(help="Size of the simulated market: small or full.")] = "full",
) -> None:
    """Write a commented configuration, and sample data where asked for."""
    from pipelines import init as init_step

    for line in init_step.run(folder, sample=sample, seed=seed, scale=scale):
        typer.echo(line)


@app.command()
def run(
    as_of: AsOf,
    config: Config = DEFAULT_CONFIG,
    until: Annotated[str | None, typer.Option(help="Last stage to run.")] = None,
) -> None:
    """Run every stage from collect to export for one planning day."""
    from pipelines.stages import NIGHTLY, run_stages

    if until is not None and until not in NIGHTLY:
        raise ConfigurationError(f"--until: {until!r} is not a stage.", remedy=f"one of {', '.join(NIGHTLY)}.")
    names = NIGHTLY if until is None else NIGHTLY[: NIGHTLY.index(until) + 1]
    run_stages(names, config=config, as_of=parse_day(as_of))
    _say_where(config, as_of)


def _say_where(config: Path, as_of: str) -> None:
    from pipelines.settings import load_settings

    output = load_settings(config).output_folder
    for label, path in (
        ("briefs", output / "briefs" / as_of / "index.html"),
        ("batch specs", output / "plans" / as_of / "batch_specs.csv"),
        ("batch orders", output / "outbox"),
    ):
        if path.exists():
            typer.echo(f"{label}: {path}")


def _stage_command(name: str, words: str) -> None:
    def command(as_of: AsOf, config: Config = DEFAULT_CONFIG) -> None:
        from pipelines.stages import run_stages

        run_stages((name,), config=config, as_of=parse_day(as_of))

    command.__doc__ = words
    app.command(name)(command)


_stage_command("collect", "Land the sources' files in the lake.")
_stage_command("clean", "Leave crawlers and brushed orders out, type the rest.")
_stage_command("signal", "Build sessions and daily demand signals.")
_stage_command("candidates", "Look for phrases that no taxonomy knows.")
_stage_command("gap", "Measure wanted against bought per feature.")
_stage_command("forecast", "Forecast wanted units per feature.")
_stage_command("configure", "Estimate demand for combinations of features.")


@app.command()
def plan(
    as_of: AsOf,
    config: Config = DEFAULT_CONFIG,
    what_if: Annotated[
        list[str] | None,
        typer.Option(help="Compare instead of publish: KEY=VALUE of planning, or manufacturer.ID.TERM=VALUE; repeat."),
    ] = None,
) -> None:
    """Choose specs, manufacturers and quantities; with --what-if, compare plans and publish nothing."""
    if what_if:
        from pipelines import what_if as comparison
        from pipelines.lake import Lake
        from pipelines.settings import load_settings

        settings = load_settings(config)
        found = comparison.compare(Lake(settings.lake_folder), parse_day(as_of), settings, what_if)
        typer.echo(comparison.as_text(found))
        return
    from pipelines.stages import run_stages

    run_stages(("plan",), config=config, as_of=parse_day(as_of))


_stage_command("brief", "Write the demand briefs.")
_stage_command("export", "Write batch orders for approved specs.")


@app.command()
def extract(
    source: Annotated[str, typer.Argument(metavar="[FILE|-]", help="Texts, one a line; - reads standard input.")] = "-",
    config: Config = DEFAULT_CONFIG,
    category: Annotated[str | None, typer.Option(help="Category of the texts, where known.")] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", help="Run the stage for this planning day instead.")] = None,
) -> None:
    """Show the features of texts as JSON lines; with --as-of, run the extract stage."""
    if as_of is not None:
        from pipelines.stages import run_stages

        run_stages(("extract",), config=config, as_of=parse_day(as_of))
        return
    from pipelines.text_tool import extract_lines

    for line in extract_lines(config, source, category):
        typer.echo(line)


@app.command("forecast-series")
def forecast_series(
    file: Annotated[Path, typer.Argument(help="Parquet or CSV with series_id, ds, y.")],
    horizon: Annotated[int, typer.Option(help="Steps ahead.")],
    season: Annotated[int, typer.Option(help="Steps in a cycle; 1 for none.")],
    out: Annotated[Path, typer.Option(help="Parquet or CSV to write.")],
    frequency: Annotated[str, typer.Option(help="D, W, M or Q.")] = "D",
) -> None:
    """Forecast anybody's series with the engine of the pipeline."""
    from pipelines.series_tool import forecast_file

    typer.echo(forecast_file(file, horizon=horizon, season=season, out=out, frequency=frequency))


Person = Annotated[str, typer.Option("--by", help="Who decides.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
Specs = Annotated[
    list[str] | None,
    typer.Option("--spec", help="Spec id; repeat for several, leave out for all that the plan would build."),
]


@app.command()
def approve(
    as_of: AsOf,
    by: Person,
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    spec: Specs = None,
    quantity: Annotated[int | None, typer.Option(help="Other quantity for one spec.")] = None,
) -> None:
    """Approve specs of a plan, or change the quantity of one."""
    _decide("approve", as_of, by, reason, config, spec, quantity)


@app.command()
def reject(
    as_of: AsOf,
    by: Person,
    reason: Reason,
    spec: Annotated[list[str], typer.Option("--spec", help="Spec id; repeat for several.")],
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Reject specs of a plan."""
    _decide("reject", as_of, by, reason, config, spec, None)


def _decide(
    action: str, as_of: str, by: str, reason: str, config: Path, spec: list[str] | None, quantity: int | None
) -> None:
    from pipelines import approve as approval
    from pipelines.lake import Lake
    from pipelines.settings import load_settings

    settings = load_settings(config)
    result = approval.record(
        Lake(settings.lake_folder),
        parse_day(as_of),
        settings,
        spec_ids=spec or [],
        action=action,
        person=by,
        reason=reason,
        quantity=quantity,
    )
    for finding in result.findings:
        typer.echo(finding, err=True)
    typer.echo(f"{action}: {result.rows} specs recorded. Run `c2b export --as-of {as_of}` to write the orders.")


@app.command("override")
def override_forecast(
    as_of: AsOf,
    category: Annotated[str, typer.Option(help="Category id.")],
    factor: Annotated[float, typer.Option(help="1.2 is 20 % more; 1 takes an override back.")],
    by: Person,
    reason: Reason,
    config: Config = DEFAULT_CONFIG,
    attribute: Annotated[str, typer.Option(help="Attribute of a feature; leave out for the category.")] = "*",
    value: Annotated[str, typer.Option(help="Value of a feature.")] = "*",
    until: Annotated[str | None, typer.Option(help="Last planning day it holds; only --as-of if left out.")] = None,
) -> None:
    """Change a forecast, with reason; run the forecast again to see it in plan and brief."""
    from pipelines import overrides
    from pipelines.lake import Lake
    from pipelines.settings import load_settings

    settings = load_settings(config)
    overrides.record(
        Lake(settings.lake_folder),
        parse_day(as_of),
        settings,
        category_id=category,
        attribute=attribute,
        value=value,
        factor=factor,
        until=parse_day(until or as_of),
        person=by,
        reason=reason,
    )
    typer.echo(f"override recorded. Run `c2b run --as-of {as_of}` to plan with it.")


@app.command()
def explain(
    spec_id: Annotated[str, typer.Argument(help="Spec id, as in batch_specs.csv.")],
    as_of: AsOf,
    config: Config = DEFAULT_CONFIG,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Trace a spec to forecast, shoppers, queries and orders; counts and table versions, no persons."""
    import json

    from pipelines import explain as explanation
    from pipelines.lake import Lake
    from pipelines.settings import load_settings

    settings = load_settings(config)
    found = explanation.spec(Lake(settings.lake_folder), parse_day(as_of), settings, spec_id)
    typer.echo(json.dumps(found, ensure_ascii=False, default=str) if as_json else explanation.as_text(found))


@app.command()
def quarantine(
    dataset: Annotated[str, typer.Argument(help="Dataset, for example order_lines.")],
    config: Config = DEFAULT_CONFIG,
    limit: Annotated[int, typer.Option(help="Rows to show.")] = 20,
) -> None:
    """Show refused rows with reason and original content, as JSON lines."""
    import json

    from pipelines.lake import Lake
    from pipelines.settings import INPUT_DATASETS, load_settings

    if dataset not in INPUT_DATASETS:
        raise ConfigurationError(f"{dataset!r} is not a dataset.", remedy=f"one of {', '.join(INPUT_DATASETS)}.")
    rows = Lake(load_settings(config).lake_folder).read(f"quarantine_{dataset}")
    for row in rows.slice(0, limit).to_pylist():
        typer.echo(json.dumps(row, ensure_ascii=False))
    typer.echo(f"{rows.num_rows} rows in quarantine_{dataset}", err=True)


def main() -> None:
    """Entry point: one line and an exit code for what a user can act on."""
    try:
        app()
    except C2BError as error:
        if _STATE["debug"]:
            raise
        typer.echo(f"c2b: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        raise SystemExit(0) from None
    except OSError as error:
        if _STATE["debug"]:
            raise
        reason = " ".join(str(error).split())
        typer.echo(f"c2b: {reason}. Remedy: check that this path exists, may be written and has space.", err=True)
        raise SystemExit(StateError.exit_code) from None


if __name__ == "__main__":
    main()
