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
ABREAST = ("tests/crm_core", "tests/telephony", "tests/abuse")
"""Folders whose tests measure no times that a neighbour could spoil: each process has servers of its own."""
CHECKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("style", ("ruff", "check", ".")),
    ("format", ("ruff", "format", "--check", ".")),
    ("types", ("mypy",)),
    ("layers", ("lint-imports",)),
)
WAITING = ("ivr", "outbound", "routing", "workstation", "faults")
"""Folders whose tests wait for telephones and timers more than they work: two files of one at a time, each process with
servers and ports of its own."""
APART = ("deploy", "desk", "e2e")
"""Folders that bring browsers or measure: each in a process of its own, so that what one leaves half dead is not what
the next one starts from."""


def _unit_files() -> tuple[str, ...]:
    """Return the test files in which something is a unit test: importing the others takes longer than testing these."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    return tuple(str(one.relative_to(ROOT)) for one in files if "mark.unit" in one.read_text(encoding="utf-8"))


QUICK, SLOW = "unit and not long", "not unit or long"
"""What pytest's `-m` makes of both: pure tests that take milliseconds, and all the others."""
TWO_FILES = ("pytest", "-q", "-n", "2", "--dist", "loadfile", "-m", SLOW, "--durations=5")
# Two processes share what measures nothing. The rest brings browsers and measured times: one process, two cores for it.
# A suite that finds no tests has failed, as pytest says (exit code 5).
SUITES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("unit tests", ("pytest", "-q", "-n", "2", "-m", QUICK, *_unit_files())),
    ("base and lines", ("pytest", "-q", "-n", "2", "-m", SLOW, *ABREAST)),
    *((folder, (*TWO_FILES, f"tests/{folder}")) for folder in WAITING),
    *((folder, ("pytest", "-q", "-m", SLOW, "--durations=5", f"tests/{folder}")) for folder in APART),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One check that was run."""

    name: str
    verdict: str
    seconds: float


SECOND_LOOK = ("-n", "0", "--last-failed", "--last-failed-no-failures", "none", "--exitfirst")
"""What pytest is told to run what failed once more, nothing beside it, up to the first that fails again."""
FAILED_TESTS = 1
"""Exit code of pytest: it ran to its end, and tests failed."""


def _do(name: str, words: tuple[str, ...]) -> int:
    print(f"\n== {name}: {' '.join(words)}", flush=True)
    return subprocess.run([TOOLS / words[0], *words[1:]], cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode


def _run(name: str, words: tuple[str, ...]) -> Outcome:
    """Run one check. Tests that wait for telephones get a second look, alone (docs/adr/0026)."""
    began = time.monotonic()
    code = _do(name, words)
    verdict = "passed" if code == 0 else "FAILED"
    on_the_line = SLOW in words
    if code == FAILED_TESTS and on_the_line and _do(f"{name}, once more and alone", (*words, *SECOND_LOOK)) == 0:
        verdict = "unsteady"
    return Outcome(name, verdict, time.monotonic() - began)


def _summary(outcomes: list[Outcome]) -> Iterator[str]:
    yield "\n== summary"
    for outcome in outcomes:
        yield f"{outcome.verdict:<9}{outcome.name:<18}{outcome.seconds:7.1f} s"


def main() -> None:
    """Run everything, whatever fails; end with 1 when something did.

    The last suite runs last so that the closing line of pytest is the last thing on the screen.
    """
    *first, last = CHECKS + SUITES
    outcomes = [_run(name, words) for name, words in first]
    print("\n".join(_summary(outcomes)), flush=True)
    outcomes.append(_run(*last))
    raise SystemExit(any(outcome.verdict == "FAILED" for outcome in outcomes))


if __name__ == "__main__":
    main()
