"""Bytes a real Asterisk 22.10.1 sent over AMI in trials, one file a scenario, greeting included (gzip)."""

from __future__ import annotations

import gzip
from pathlib import Path

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.name.removesuffix(".ami.gz") for path in FOLDER.glob("*.ami.gz")))
OWN_MARKS = {
    b"UserEvent: CCHeld": b"UserEvent: BusbarWaiting",
    b"UserEvent: CCAfter": b"UserEvent: BusbarParted\r\nCause: 16",
    b"UserEvent: CCBridgeEnd": b"UserEvent: BusbarBridgeEnded",
}
"""The trials' dialplan had other names for the marks of ours."""


def load(name: str) -> bytes:
    """Return the bytes of a recording."""
    return gzip.decompress((FOLDER / f"{name}.ami.gz").read_bytes())


def load_marked(name: str) -> bytes:
    """Return a recording with the trial's marks renamed to ours."""
    data = load(name)
    for old, new in OWN_MARKS.items():
        data = data.replace(old, new)
    return data
