"""Which sums of the tourism data a bottom series is part of."""


def sums_over(state: str, region: str, purpose: str) -> list[str]:
    """Names of the series, the bottom one last."""
    return [
        "total:total",
        f"purpose:{purpose}",
        f"state:{state}",
        f"state-purpose:{state}/{purpose}",
        f"region:{state}/{region}",
        f"bottom:{state}/{region}/{purpose}",
    ]
