"""Commands of the pacing: the simulated dialler (shell)."""

from __future__ import annotations

from typing import Annotated

import typer

from deploy.commands.common import Refused, finish, part
from deploy.commands.routing import simulate_app

app = typer.Typer()
bench_app = typer.Typer()


@simulate_app.command("dialler")
def simulate_dialler(
    days: Annotated[int, typer.Option(min=2, help="Eight-hour days of ours; others get a quarter, 4 at least.")] = 20,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same figures.")] = 7,
    operators: Annotated[str, typer.Option(help="Numbers of operators, by commas.")] = "5,10,20,50,100",
    case: Annotated[
        str,
        typer.Option(
            help="table (the reference), mistaken (20 % off the answer rate), drift (of it), heavy (talks), "
            "coming (operators come and go), halved (half of them go at a stroke), all."
        ),
    ] = "table",
    processes: Annotated[int, typer.Option(min=0, help="That simulate; 0: one for each core.")] = 0,
) -> None:
    """Dial simulated debtors by the real pacing, and by the rules of other diallers.

    One to three seconds a day on one core. Prints a line for each law as it is done, then a table and, as its last
    line, one JSON object; exit code 1 when ours misses the bar of a row or breaks the cap on more than one day of a
    hundred.
    """
    if not all(one.strip().isdecimal() and 1 <= int(one) <= 500 for one in operators.split(",")):
        raise Refused(f"operators are whole numbers from 1 to 500, by commas, not {operators!r}")
    from deploy.simulate.dialler import CASES

    if case not in CASES:
        raise Refused(f"there is no case {case!r}; there are: {', '.join(CASES)}")
    numbers = tuple(int(one) for one in operators.split(","))
    figures = part("deploy.simulate.dialler", "run")(
        days=days, seed=seed, operators=numbers, case=case, processes=processes or None
    )
    finish(part("deploy.figures", "report")("simulate dialler", figures))
