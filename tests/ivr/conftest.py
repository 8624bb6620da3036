"""Fixtures of the IVR's tests: the real process between a real Asterisk and a real PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from crm_core.settings import Settings
from telephony.ami import AmiConfig, AmiSwitch
from tests.ivr.house import IvrProcess, fill
from tests.ivr.speaking import espeak_line
from tests.support.servers import AsteriskServer
from tests.telephony.diary import Diary

SHORT = {
    "en": dict.fromkeys(("to_operator", "trouble", "cannot_speak", "goodbye"), "One moment."),
    "ru": dict.fromkeys(("to_operator", "trouble", "cannot_speak", "goodbye"), "Минуту."),
}
"""Prompts that a caller cannot cut short."""


@pytest.fixture
def house(settings: Settings) -> Settings:
    """The settings with a voice, a base of three accounts, and words of its own, short ones to save time."""
    fill(settings.database_url)
    own = settings.run_dir / "ivr"
    own.mkdir(exist_ok=True)
    for language, words in SHORT.items():
        (own / f"{language}.yaml").write_text("".join(f"{name}: {word}\n" for name, word in words.items()), "utf-8")
    return settings.model_copy(update={"espeak": espeak_line()})


@pytest.fixture
def ivr(house: Settings, asterisk: AsteriskServer, tmp_path: Path) -> Iterator[IvrProcess]:
    """The running IVR."""
    process = IvrProcess(house, tmp_path)
    process.start()
    yield process
    process.stop()
    # Shown by pytest when the test fails.
    print(process.log(), *asterisk.log().splitlines()[-60:], sep="\n")  # noqa: T201


@pytest.fixture
async def diary(asterisk: AsteriskServer, settings: Settings) -> AsyncIterator[Diary]:
    """What Asterisk tells over AMI."""
    config = AmiConfig(settings.node, settings.ami_host, settings.ami_port, settings.ami_user, settings.ami_secret)
    async with AmiSwitch([config]) as switch, Diary(switch) as diary:
        yield diary
