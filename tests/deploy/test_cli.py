"""The command line: help for every command, errors in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy import cli
from deploy.folders import ROOT

COMMANDS = [
    [],
    *([name] for name in ("up", "floor", "web", "ivr", "worker", "migrate", "sample", "import", "calls", "selfcheck")),
    ["user"],
    ["user", "add"],
    ["bench"],
    *(["bench", name] for name in ("ami", "pop", "ivr")),
]


def busbar(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "deploy.cli", *words],
        cwd=ROOT,
        env=kept | {"BUSBAR_RUN_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.unit
@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: list[str]) -> None:
    result = CliRunner().invoke(cli.app, [*words, "--help"])
    assert result.exit_code == 0
    assert len(result.output) > 200


@pytest.mark.integration
def test_missing_settings_are_named_in_one_sentence(tmp_path: Path) -> None:
    done = busbar(tmp_path, "worker")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "BUSBAR_SIP_SECRET is not set" in done.stderr
    assert "deploy/run --setup" in done.stderr


@pytest.mark.integration
def test_an_import_of_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = busbar(tmp_path, "import", "nowhere.csv")
    assert (done.returncode, done.stderr) == (1, "busbar: there is no file nowhere.csv\n")


@pytest.mark.integration
def test_help_does_not_import_the_parts(tmp_path: Path) -> None:
    code = "import sys, deploy.cli; print([m for m in ('sqlalchemy', 'redis', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
