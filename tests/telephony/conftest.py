"""Fixtures of the telephony tests: a real Asterisk with extensions made for them, and a switch linked to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from crm_core.settings import Settings
from deploy import pbx
from telephony.ami import AmiConfig, AmiSwitch
from tests.support.servers import AsteriskServer, node_settings, short_folder
from tests.telephony.diary import Diary

DIALPLAN = Path(__file__).with_name("extensions.conf").read_text(encoding="utf-8")


class TrialPbx(pbx.Pbx):
    """The house's Asterisk with our own dialplan in place of the house's."""

    def render(self) -> None:
        """Render as in production, then lay our extensions over the dialplan."""
        super().render()
        dialplan = DIALPLAN.replace("AGI_PORT", str(self.settings.agi_port))
        (self.etc / "extensions.conf").write_text(dialplan, encoding="utf-8")


class TrialAsterisk(AsteriskServer):
    """A real Asterisk with extensions for the telephony tests."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.plan = TrialPbx(settings, self.plan.program)
        self.argv = self.plan.argv()

    @property
    def ami(self) -> AmiConfig:
        """How to reach its manager."""
        settings = self.settings
        return AmiConfig(settings.node, settings.ami_host, settings.ami_port, settings.ami_user, settings.ami_secret)


@pytest.fixture(scope="session")
def _trial() -> Iterator[TrialAsterisk]:
    with short_folder() as folder:
        server = TrialAsterisk(node_settings(folder, "postgresql+psycopg://unused", "redis://unused"))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def trial(_trial: TrialAsterisk) -> TrialAsterisk:
    """A real Asterisk, `FullyBooted`; started again when an earlier test left it dead."""
    if _trial.process is None or _trial.process.poll() is not None:
        _trial.start()
    return _trial


@pytest.fixture
async def switch(trial: TrialAsterisk) -> AsyncIterator[AmiSwitch]:
    """A switch linked to it."""
    async with AmiSwitch([trial.ami]) as switch:
        yield switch


@pytest.fixture
async def diary(switch: AmiSwitch) -> AsyncIterator[Diary]:
    """What that switch told."""
    async with Diary(switch) as diary:
        yield diary
