"""A desk for importing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.settings import Settings
from tests import conftest
from tests.crm_core.importing.desk import Desk
from tests.support.servers import PostgresServer

FILLED = "filled"


@pytest.fixture
def desk(settings: Settings, tmp_path: Path) -> Desk:
    """A desk at a real base of this test's own."""
    return Desk(settings, tmp_path)


@pytest.fixture(scope="module")
def shared_desk(_house: Settings, postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk at a base that all tests of a module share: for those that leave it as it is."""
    conftest._copy(postgres, FILLED)
    settings = _house.model_copy(update={"database_url": postgres.plan.url(FILLED)})
    yield Desk(settings, tmp_path_factory.mktemp(FILLED))
    conftest._drop(postgres, FILLED)
