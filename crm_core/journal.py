"""What must be known outside the database: anchors of the audit chain, and who was erased since a backup (shell).

Two files that only grow, one JSON object a line. Whoever can rewrite the database cannot make them say otherwise, as
long as they lie, or are copied, where he has no hand: `BUSBAR_AUDIT_ANCHORS` on another machine's disk, or
`BUSBAR_AUDIT_SYSLOG`.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from crm_core.chain import Seal
from crm_core.settings import Settings

SYSLOG_PORT = 514


def anchors_file(settings: Settings) -> Path:
    """Return where anchors are written."""
    return Path(settings.audit_anchors) if settings.audit_anchors else settings.run_dir / "state" / "audit-anchors"


def anchor(settings: Settings, seal: Seal, now: datetime) -> None:
    """Write down the newest link of the chain, in the file and to the syslog when one is named.

    Raises:
        OSError: the file cannot be written.

    """
    line = json.dumps({"at": now.isoformat(), "seq": seal.seq, "hash": seal.hash.hex()})
    _append(anchors_file(settings), line)
    if settings.audit_syslog:
        _syslog(settings.audit_syslog, line)


def anchors(path: Path) -> dict[int, bytes]:
    """Return the hashes of a file of anchors by their place; empty when there is no such file.

    Raises:
        ValueError: a line is no anchor.

    """
    return {int(one["seq"]): bytes.fromhex(one["hash"]) for one in _lines(path)}


def last_anchor(path: Path) -> datetime | None:
    """Return when the last anchor was written."""
    moments = [datetime.fromisoformat(one["at"]) for one in _lines(path)]
    return moments[-1] if moments else None


def note_erasure(settings: Settings, customer_id: int, now: datetime) -> None:
    """Remember that a customer was erased: a backup of before that knows him still."""
    _append(erasures_file(settings), json.dumps({"at": now.isoformat(), "customer_id": customer_id}))


def erased_since(settings: Settings, moment: datetime) -> list[int]:
    """Return the customers who were erased after a moment."""
    found = _lines(erasures_file(settings))
    return [int(one["customer_id"]) for one in found if datetime.fromisoformat(one["at"]) > moment]


def erasures_file(settings: Settings) -> Path:
    """Return where erasures are remembered."""
    return settings.run_dir / "state" / "erasures"


def _append(path: Path, line: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, f"{line}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def _lines(path: Path) -> Iterator[dict[str, str]]:
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def _syslog(address: str, line: str) -> None:
    """Send one line (RFC 5424 facility `authpriv`); datagrams: a receiver that is away is not waited for."""
    parts = urlsplit(address if "://" in address else f"udp://{address}")
    handler = logging.handlers.SysLogHandler(
        (parts.hostname or "localhost", parts.port or SYSLOG_PORT),
        facility=logging.handlers.SysLogHandler.LOG_AUTHPRIV,
    )
    try:
        handler.emit(logging.makeLogRecord({"msg": f"busbar audit anchor {line}", "levelno": logging.INFO}))
    finally:
        handler.close()
