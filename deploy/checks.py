"""Every check of the house, one after the other, with a summary; the suite comes last (shell)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy.folders import ROOT

TOOLS = Path(sys.executable).parent
NO_TESTS = 5
"""pytest's exit code when a selection is empty (https://docs.pytest.org/en/stable/reference/exit-codes.html)."""
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("layers", ("lint-imports",)),
)
# Unit tests share two processes. The others bring servers, browsers and measured times: one process, two cores for it.
SUITES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("unit tests", ("pytest", "-q", "-n", "2", "-m", "unit")),
    ("all other tests", ("pytest", "-q", "-m", "not unit", "--durations=10")),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check that was run."""

    name: str
    passed: bool
    seconds: float


def _run(name: str, words: tuple[str, ...]) -> Outcome:
    print(f"\n== {name}: {' '.join(words)}", flush=True)
    began = time.monotonic()
    code = subprocess.run([TOOLS / words[0], *words[1:]], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    passed = code == 0 or (words[0] == "pytest" and code == NO_TESTS)
    return Outcome(name, passed, time.monotonic() - began)


def _summary(outcomes: list[Outcome]) -> Iterator[str]:
    yield "\n== summary"
    for outcome in outcomes:
        yield f"{'passed' if outcome.passed else 'FAILED':<8}{outcome.name:<18}{outcome.seconds:7.1f} s"


def main() -> None:
    """Run everything, whatever fails; end with 1 when something did.

    The last suite runs last so that the closing line of pytest is the last thing on the screen.
    """
    *first, last = CHECKS + SUITES
    outcomes = [_run(name, words) for name, words in first]
    print("\n".join(_summary(outcomes)), flush=True)
    outcomes.append(_run(*last))
    raise SystemExit(any(not outcome.passed for outcome in outcomes))


if __name__ == "__main__":
    main()
