"""The command line: help for every command, errors in one sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from crm_core.sample.numbers import PHONE_PLACES
from crm_core.sample.oddities import RESERVED
from crm_core.sample.plan import LONGEST, SHORTEST
from crm_core.settings import Settings
from deploy import cli
from deploy.folders import ROOT
from tests.support.house import environment

COMMANDS = [
    [],
    *([name] for name in ("up", "floor", "web", "ivr", "worker", "migrate", "sample", "import", "calls", "selfcheck")),
    ["user"],
    ["user", "add"],
    ["bench"],
    *(["bench", name] for name in ("ami", "pop", "ivr", "routing")),
    *(["routing", name] for name in ("rules", "why")),
    *(["simulate", name] for name in ("queues", "dialler")),
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


@pytest.mark.unit
@pytest.mark.parametrize("option", ["--subscribers", "--months"])
def test_a_sample_that_cannot_be_made_is_refused_with_its_bounds_before_anything_is_read(option: str) -> None:
    least, most = {"--subscribers": (RESERVED, PHONE_PLACES), "--months": (SHORTEST, LONGEST)}[option]
    for number, bound in ((least - 1, least), (most + 1, most)):
        refused = CliRunner().invoke(cli.app, ["sample", option, str(number)])
        assert refused.exit_code == 2
        said = " ".join(refused.output.replace("│", " ").split())
        assert f"Invalid value for '{option}'" in said
        assert re.search(rf"than or equal to {bound}\b", said)


@pytest.mark.integration
def test_an_import_can_be_tried_without_changing_anything(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "base.csv"
    file.write_text("account,name,address\n700000001,Ada Lovelace,5 Quay Street\n", encoding="utf-8")
    values = environment(settings)
    own = {name: values[name] for name in values if name.startswith("BUSBAR_") or name.endswith("_URL")}

    def accounts() -> int:
        address = settings.database_url.replace("postgresql+psycopg", "postgresql", 1)
        with psycopg.connect(address) as db:
            return int(db.execute("select count(*) from accounts").fetchone()[0])  # type: ignore[index]

    for words, left in ((["--dry-run"], 0), ([], 1)):
        done = busbar(settings.run_dir, "import", str(file), "--kind", "subscribers", *words, **own)
        assert (done.returncode, done.stderr.strip()) == (0, ""), done.stdout
        assert ("would be" in done.stdout) is bool(words)
        assert accounts() == left


AWAY = {
    "DATABASE_URL": "postgresql+psycopg://busbar@127.0.0.1:1/busbar",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "BUSBAR_SESSION_SECRET": "s" * 40,
    "BUSBAR_SIP_SECRET": "s" * 40,
    "BUSBAR_AMI_SECRET": "s" * 40,
}
"""Settings of a house whose servers are away: nothing listens on port 1."""


@pytest.mark.integration
@pytest.mark.parametrize(
    "words",
    [["migrate"], ["sample"], ["import", "base.csv"], ["user", "add", "anna"], ["calls", "1"], ["worker"]],
    ids=" ".join,
)
def test_a_server_that_is_away_is_one_sentence(words: list[str], tmp_path: Path) -> None:
    (tmp_path / "base.csv").write_text("account,name\n1,Ada\n", encoding="utf-8")
    done = busbar(tmp_path, *(str(tmp_path / word) if word.endswith(".csv") else word for word in words), **AWAY)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert re.match(r"busbar( import| sample)?: ", done.stderr)
    assert "onnect" in done.stderr


@pytest.mark.integration
def test_a_flow_of_the_house_s_own_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "ivr").mkdir()
    (tmp_path / "ivr" / "main.yaml").write_text("steps: [", encoding="utf-8")
    done = busbar(tmp_path, "ivr", **AWAY)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("busbar: the IVR's flow or wording cannot be read")


@pytest.mark.integration
def test_help_does_not_import_the_parts(tmp_path: Path) -> None:
    code = "import sys, deploy.cli; print([m for m in ('sqlalchemy', 'redis', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
