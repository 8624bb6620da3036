"""The chain over the access log: what is hashed, in which form, and what breaks it (pure).

hash(n) = SHA-256(prev_hash(n) ++ canonical(row n)), prev_hash(1) = 32 zero bytes. The canonical form is a row of
netstrings (https://cr.yp.to/proto/netstrings.txt): every field in UTF-8 with its length before it, so no two rows have
the same form, and any language can repeat it in ten lines.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from msgspec import Struct

START = bytes(32)
"""What the first seal is chained to."""


class Line(Struct, frozen=True, gc=False):
    """One row of the log as it is sealed; its place in the chain is not part of it.

    A struct, made from a row in its order: millions of them are checked in one go (ADR 0008).
    """

    access_id: int
    at: datetime
    user_id: int | None
    role: str
    ip: str
    session: str
    action: str
    object: str
    fields: str
    reason: str
    contact_id: str
    result: str


class Seal(Struct, frozen=True, gc=False):
    """A link of the chain."""

    seq: int
    access_id: int
    prev_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where the chain does not hold, and why."""

    seq: int
    access_id: int
    why: str
    """`gap`, `missing`, `changed`, `unchained`, `anchor`."""


def canonical(seq: int, line: Line) -> bytes:
    """Return the bytes of a row that are hashed: place, row's number, moment in UTC to the microsecond, the rest."""
    return b"".join([
        _net(str(seq)),
        _net(str(line.access_id)),
        _net(line.at.astimezone(UTC).isoformat(timespec="microseconds")),
        _net("" if line.user_id is None else str(line.user_id)),
        _net(line.role),
        _net(line.ip),
        _net(line.session),
        _net(line.action),
        _net(line.object),
        _net(line.fields),
        _net(line.reason),
        _net(line.contact_id),
        _net(line.result),
    ])  # fmt: skip


def hash_of(prev_hash: bytes, seq: int, line: Line) -> bytes:
    """Return the hash of a row at its place in the chain."""
    return hashlib.sha256(prev_hash + canonical(seq, line)).digest()


def sealed(lines: Iterable[Line], seq: int, prev_hash: bytes) -> Iterator[Seal]:
    """Chain rows in the order given.

    Args:
        lines: not sealed yet.
        seq: of the last seal, 0 when there is none.
        prev_hash: its hash, `START` when there is none.

    """
    for line in lines:
        seq += 1
        here = hash_of(prev_hash, seq, line)
        yield Seal(seq=seq, access_id=line.access_id, prev_hash=prev_hash, hash=here)
        prev_hash = here


class Checker:
    """Walks the chain link by link and keeps nothing but where it stands.

    Args:
        seq: of the link before the first that will come: 0, or where an older part was cut off by retention.
        prev_hash: that link's hash.
        anchors: hashes that were written down elsewhere, by place.

    """

    def __init__(self, seq: int = 0, prev_hash: bytes = START, anchors: dict[int, bytes] | None = None) -> None:
        self.seq = seq
        self.hash = prev_hash
        self._anchors = anchors or {}

    def check(self, seal: Seal, line: Line | None) -> Broken | None:
        """Take the next link and the row it seals (None: the row is gone); say what is wrong with it."""
        why = self._fault(seal, line)
        if why:
            return Broken(seq=seal.seq, access_id=seal.access_id, why=why)
        self.seq, self.hash = seal.seq, seal.hash
        return None

    def _fault(self, seal: Seal, line: Line | None) -> str:
        if seal.seq != self.seq + 1:
            return "gap"
        if seal.prev_hash != self.hash:
            return "unchained"
        if line is None:
            return "missing"
        if hash_of(seal.prev_hash, seal.seq, line) != seal.hash:
            return "changed"
        if self._anchors.get(seal.seq, seal.hash) != seal.hash:
            return "anchor"
        return ""

    def ended(self) -> Broken | None:
        """Say at the end whether an anchor names a link that is not there any more."""
        beyond = [seq for seq in self._anchors if seq > self.seq]
        return Broken(seq=min(beyond), access_id=0, why="anchor") if beyond else None


def _net(text: str) -> bytes:
    data = text.encode()
    return b"%d:%s," % (len(data), data)
