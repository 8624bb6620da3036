"""Commands of the workforce: how good its forecast is (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import finish, part

app = typer.Typer()
bench_app = typer.Typer()


@bench_app.command("forecast")
def bench_forecast(
    seeds: Annotated[int, typer.Option(min=1, max=50, help="How many invented pairs of years.")] = 3,
) -> None:
    """Forecast calls of invented years three weeks ahead, beside last year, last week and a moving average.

    Some ten seconds a seed on one core; needs no servers. Exit code 1 when a guess that costs nothing is better.
    """
    finish(part("deploy.figures", "report")("bench forecast", part("deploy.bench.forecast", "run")(seeds=seeds)))
