"""A desk for importing."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_core.settings import Settings
from tests.crm_core.importing.desk import Desk


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Desk:
    """A desk at a real base of this test's own."""
    return Desk(settings, tmp_path)
