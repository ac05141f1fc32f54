"""Command c2b: every stage, the whole run, and tools for people."""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from pipelines import decision_commands, taxonomy_commands
from pipelines.errors import C2BError, ConfigurationError, StateError
from pipelines.options import DEFAULT_CONFIG, AsOf, Config, parse_day

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="From search and order logs to demand briefs and batch orders.",
)
app.add_typer(taxonomy_commands.app, name="taxonomy")
app.add_typer(decision_commands.app)
_STATE = {"debug": False}


@app.callback()
def _main(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and every log line.")] = False,
) -> None:
    _STATE["debug"] = debug
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s", force=True
    )
    logging.getLogger("c2b").setLevel(logging.DEBUG if debug else logging.INFO)


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
_stage_command("learn", "Read words the taxonomy lacks as the value they surely mean.")
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
