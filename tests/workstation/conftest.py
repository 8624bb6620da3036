"""The running workstation as fixtures."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from crm_core.settings import Settings
from tests.support.browser import launch
from tests.workstation.house import House, peopled

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """A web process with people, accounts and a floor that beats and obeys the test."""
    async with peopled(settings) as house:
        yield house


@pytest.fixture
def bundled(house: House) -> House:
    """The house with the browser's files."""
    place = house.settings.run_dir / "web"
    assert (ROOT / ".run" / "web" / "manifest.json").is_file(), "the browser's files are not bundled: deploy/test does"
    if not place.exists():
        place.symlink_to(ROOT / ".run" / "web")
    return house


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """One Chromium."""
    async with launch() as chromium:
        yield chromium
