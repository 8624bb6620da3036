"""What every command stands on: settings, parts imported when asked for, one sentence for a refusal (shell)."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from crm_core.settings import Settings

RUN, BASE, PROOF = "Running", "The base", "Proof"
"""Panels of `busbar --help`."""


class Refused(Exception):
    """What was asked cannot be done; the message is one sentence that says what to do."""


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        Refused: some are missing or wrong.

    """
    from pydantic import ValidationError

    from crm_core.settings import Settings

    try:
        return Settings()  # type: ignore[call-arg]  # the environment brings them
    except ValidationError as error:
        wrong = "; ".join(_complaint(item) for item in error.errors(include_input=False, include_url=False))
        raise Refused(f"settings: {wrong}. deploy/run --setup writes them to .run/busbar.env") from None


def _complaint(item: Any) -> str:
    name = ".".join(str(part) for part in item["loc"]) or "settings"
    variable = name if name.isupper() else f"BUSBAR_{name.upper()}"
    if item["type"] == "missing":
        return f"{variable} is not set"
    return f"{variable}: {item['msg']}" if item["loc"] else str(item["msg"]).removeprefix("Value error, ")


def part(module: str, name: str) -> Callable[..., Any]:
    """Return a function of a part of the house.

    Raises:
        Refused: this checkout does not carry the part.

    """
    # What modules are made of stays: to look for garbage in it costs a tenth of a start, and slows every later look.
    gc.disable()
    try:
        found = importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise Refused(f"this checkout does not carry {module}") from None
        raise Refused(f"the package {error.name} is not installed: run deploy/run --setup") from None
    finally:
        gc.freeze()
        gc.enable()
    wanted: Callable[..., Any] = getattr(found, name)
    return wanted


def finish(code: int | None) -> None:
    """End with a code when there is one that says more than "done"."""
    if code:
        raise typer.Exit(code)


def bench(name: str, **options: int | str) -> None:
    """Run a bench by its name (`deploy.bench.<name>`), print its figures, end with 1 when a bar was not held."""
    figures = part(f"deploy.bench.{name}", "run")(load_settings(), **options)
    finish(part("deploy.figures", "report")(f"bench {name}", figures))
