"""A switch with a trunk, one for a module, and a floor on it for each test: for those who import the two fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.routing.process import Station, station
from tests.routing.talk import trunked
from tests.support.servers import AsteriskServer, ValkeyServer


@pytest.fixture(scope="module")
def node(postgres_url: str, valkey: ValkeyServer) -> Iterator[AsteriskServer]:
    """A switch."""
    with trunked(postgres_url, valkey.url) as server:
        yield server


@pytest.fixture
async def house(node: AsteriskServer, database: str, redis_url: str) -> AsyncIterator[Station]:
    """A floor on that switch, with a base and a Valkey of its own."""
    here = node.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with station(here) as running:
        yield running
