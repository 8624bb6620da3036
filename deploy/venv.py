"""The virtual environment of the checkout: made, filled from the lock files, nothing unpinned (shell, stdlib)."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from deploy import apt
from deploy.folders import ROOT
from deploy.steps import SetUpFailed, Step, command, fingerprint

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / ".run" / "log" / "setup-python.log"
BUILD = ROOT / "deploy" / "requirements-build.txt"
RUNTIME = ROOT / "deploy" / "requirements.txt"
TEST = ROOT / "deploy" / "requirements-test.txt"
UNPACKED_PIP = ROOT / ".run" / "parts" / "pip"
NODE = ROOT / "deploy" / "requirements-node.txt"
OPTIONS = ("--require-hashes", "--no-build-isolation", "--disable-pip-version-check", "--no-input", "-q")


def packages_step(*, tests: bool) -> Step:
    """Return the step that makes the environment and installs what the lock file names.

    Args:
        tests: with the packages that only tests and checks need.

    """
    lock = TEST if tests or _has_tests() else RUNTIME
    # A virtual environment knows its own path and its Python: a moved checkout or another Python makes a new one.
    place = f"{ROOT} {sys.version_info[:3]} {sys.base_prefix}"
    wants = fingerprint(BUILD, lock, ROOT / "pyproject.toml", place)

    def work(step: Step) -> None:
        stamp = VENV / "place"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != place:
            step.doing = "making .venv"
            found = _make()
            stamp.write_text(place, encoding="utf-8")
        else:
            found = pip() or _make()
        for what, words in (
            ("build tool", (*OPTIONS, "-r", str(BUILD))),
            (f"{_count(lock)} packages", (*OPTIONS, "-r", str(lock))),
            ("busbar", ("--no-deps", "--no-build-isolation", "--no-input", "-q", "-e", str(ROOT))),
        ):
            step.doing = what
            command([*found, "install", *words], log=LOG, what="Python packages could not be installed", env=_env())

    return Step("Python packages", work, VENV / "packages", wants)


def _count(lock: Path) -> int:
    return sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())


def _has_tests() -> bool:
    """Tell whether an earlier `deploy/test` filled the environment: a later start does not empty it again."""
    return any(VENV.glob("lib/python3*/site-packages/pytest"))


def _env() -> dict[str, str]:
    """Return the environment for pip: the user's own, without what would leak another environment into this one."""
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}


def pip() -> list[str] | None:
    """Return the words that run a pip in the environment: its own, the machine's, one unpacked; None without any."""
    if not PYTHON.exists():
        return None
    wheels = sorted(UNPACKED_PIP.glob("usr/share/python-wheels/pip-*.whl"))
    for words in (
        [str(PYTHON), "-m", "pip"],
        [sys.executable, "-m", "pip", "--python", str(PYTHON)],
        *([str(PYTHON), f"{wheel}/pip"] for wheel in reversed(wheels)),
    ):
        if not subprocess.run([*words, "-V"], capture_output=True, check=False).returncode:
            return words
    return None


def _make() -> list[str]:
    """Make the environment anew and return the words that run a pip for it.

    Debian keeps `ensurepip` in a package of its own; without it the environment is made bare, and pip comes from the
    machine's own or from its archive's wheel of it.
    """
    shutil.rmtree(VENV, ignore_errors=True)
    bare = importlib.util.find_spec("ensurepip") is None
    if importlib.util.find_spec("venv") is None:
        raise SetUpFailed(f"this Python has no venv module: install the package {_package()} and start again")
    words = [sys.executable, "-m", "venv", *(["--without-pip"] if bare else []), str(VENV)]
    command(words, log=LOG, what=f"no virtual environment could be made: install the package {_package()}", env=_env())
    return pip() or _unpack_pip()


def _unpack_pip() -> list[str]:
    """Unpack the wheel of pip that the machine's own archive carries and return the words that run it."""
    if archive := apt.own_archive():
        # Without it the next sentence says what to do.
        with suppress(SetUpFailed):
            apt.fetch(("python3-pip-whl",), UNPACKED_PIP, archive, log=LOG, shown=apt.Quiet())
    if found := pip():
        return found
    raise SetUpFailed(f"this Python can make no complete environment: install the package {_package()} and start again")


def _package() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
