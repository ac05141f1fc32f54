"""Commands for people who decide: look behind a spec, change a forecast, approve and reject."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.options import DEFAULT_CONFIG, AsOf, Config, parse_day

app = typer.Typer(pretty_exceptions_enable=False)
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
