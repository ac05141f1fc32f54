"""Write a first configuration, and sample data to try it on."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from pipelines.errors import ConfigurationError

_OWN_SOURCES = {
    "search_events": "./logs/search_events/*.jsonl.gz",
    "order_lines": "./logs/order_lines/*.jsonl.gz",
    "products": "./products.jsonl",
    "stock_levels": "./stock_levels.csv",
    "manufacturers": "./manufacturers.jsonl",
    "taxonomy": "./taxonomy.json",
}


def run(folder: Path, *, sample: str | None, seed: int, scale: str) -> list[str]:
    """Write c2b.yaml and the sample into ``folder``; returns what to tell the user.

    Raises ConfigurationError for an unknown sample, or where c2b.yaml exists already.
    """
    config = folder / "c2b.yaml"
    if sample not in (None, "market", "completejourney"):
        raise ConfigurationError(f"--sample: {sample!r} is unknown.", remedy="market or completejourney.")
    if scale not in ("small", "full"):
        raise ConfigurationError(f"--scale: {scale!r} is unknown.", remedy="small or full.")
    if config.exists():
        raise ConfigurationError(f"{config}: exists already.", remedy="choose another folder, or remove the file.")
    folder.mkdir(parents=True, exist_ok=True)
    if sample == "market":
        told = _market(folder, seed=seed, scale=scale)
        _write_config(config, _OWN_SOURCES, timezone="Asia/Shanghai")
    elif sample == "completejourney":
        from pipelines.samples import completejourney

        sources, last_day = completejourney.write(folder)
        _write_config(config, sources, timezone="America/New_York")
        told = [f"completejourney: real order lines, no searches; plan with --as-of {last_day}"]
    else:
        _write_config(config, _OWN_SOURCES, timezone="Asia/Shanghai")
        told = ["correct the paths under sources, remove the datasets you do not have"]
    return [f"configuration: {config}", *told]


def _market(folder: Path, *, seed: int, scale: str) -> list[str]:
    from pipelines.samples.market import write_market
    from pipelines.samples.market_model import MarketSpec

    full = MarketSpec(seed)
    spec = replace(full, n_days=240, n_categories=2, searches=60_000, order_rows=26_000) if scale == "small" else full
    paths = write_market(folder, spec=spec)
    return [
        f"market: {paths.searches} searches, {paths.order_rows} order rows, {spec.n_categories} categories, simulated",
        f"next: c2b run --config {folder / 'c2b.yaml'} --as-of {spec.as_of}",
    ]


def _write_config(path: Path, sources: dict[str, str], *, timezone: str) -> None:
    template = (resources.files("pipelines") / "templates" / "c2b.yaml").read_text(encoding="utf-8")
    width = max(len(name) for name in sources) + 1
    lines = "".join(f'  {name + ":":<{width}} {{kind: files, path: "{value}"}}\n' for name, value in sources.items())
    path.write_text(template.replace("{timezone}", timezone).replace("{sources}", lines), encoding="utf-8")
