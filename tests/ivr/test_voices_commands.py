"""`busbar voices` lists, checks and records; a recording is measured, and what is unfit is refused with a sentence."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from crm_core import db as database
from crm_core.settings import Settings
from crm_core.store import voices
from deploy import parts
from deploy.cli import app
from deploy.commands.common import Refused
from tests.ivr.test_sound import tone, wav

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def environment(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What `busbar` reads, with seven languages and the unpacked voice."""
    values = {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "BUSBAR_RUN_DIR": str(tmp_path),
        "BUSBAR_ESPEAK": parts.speech(),
        "BUSBAR_SOX": parts.sox(),
        "BUSBAR_LANGUAGES": json.dumps(["en", "ru", "ar", "fa", "hu", "am", "th"]),
        **{f"BUSBAR_{name}": "x" * 40 for name in ("SESSION_SECRET", "SIP_SECRET", "AMI_SECRET")},
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)


def busbar(*words: str) -> tuple[int, str]:
    said = CliRunner().invoke(app, ["voices", *words])
    if isinstance(said.exception, Refused):
        return 2, str(said.exception)
    return said.exit_code, said.output


def test_all_seven_are_checked_and_each_voice_speaks(tmp_path: Path) -> None:
    code, said = busbar("check")
    assert code == 0, said
    assert said.count("prompts, speaks (") == 7
    assert "letter by letter" in said
    (tmp_path / "ivr").mkdir()
    (tmp_path / "ivr" / "survey.yaml").write_text("nonsense", "utf-8")
    assert busbar("check")[0] == 0, "a survey that cannot be asked is replaced by ours"


def test_a_recording_is_taken_listed_and_heard_of(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "goodbye.wav"
    file.write_bytes(wav(tone(700, 16000), 16000))
    code, said = busbar("record", str(file), "-p", "goodbye", "-l", "th")
    assert code == 0, said
    assert "measured" in said
    assert "dBFS" in said
    code, said = busbar("list", "-l", "th", "--state", "recorded")
    assert said.split()[:3] == ["th", "goodbye", "1/1"]
    assert ("th", "goodbye", "") in asyncio.run(_own(settings.database_url)).recordings
    for wrong, sentence in (
        (("record", str(file), "-p", "balance_due", "-l", "th"), "can be recorded as 1"),
        (("record", str(file), "-p", "nothing", "-l", "th"), "no prompt nothing"),
        (("record", str(tmp_path / "none.wav"), "-p", "goodbye", "-l", "th"), "No such file"),
        (("record", __file__, "-p", "goodbye", "-l", "th"), "This is no sound file"),
        (("list", "-l", "xx"), "none of this house's languages"),
    ):
        code, said = busbar(*wrong)
        assert code == 2, wrong
        assert sentence in said


async def _own(url: str) -> voices.Own:
    engine = database.open_pools(url)
    async with database.reading(engine) as db:
        found = await voices.own(db)
    await engine.dispose()
    return found
