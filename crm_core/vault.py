"""The vault: sounds sealed at rest, each under a key of its own, read back from any place (adapter).

A file is `BBR1` and chunks of 64 KiB, each sealed with AES-256-GCM under the file's key. The nonce is the chunk's
number; what is told with it is the file's name, the number and whether it is the last, so that chunks can neither be
moved, left out, cut off nor taken from another file. The file's key is sealed under a key of the house (`Keyring`) and
kept in the database: who forgets it there has shredded the file, wherever copies of it lie.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from crm_core import aes
from crm_core.errors import RecordingKeyMissing, RecordingSpoiled

FOLDER = "recordings"
CHUNK = 64 * 1024
MAGIC = b"BBR1"
NAME = re.compile(r"[0-9a-f]{64}")
"""Drawn by us: nothing of a call stands in it."""
_PLACE = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What the database keeps of a sealed file."""

    name: str
    key_id: str
    sealed_key: bytes
    size: int
    """Bytes of the sound."""


class Keyring:
    """The house's keys: the first seals, all of them open.

    Args:
        secrets_: as settings have them, the newest first; each any text of 32 characters or more.

    """

    def __init__(self, secrets_: Iterable[str]) -> None:
        keys = [hashlib.sha256(b"busbar recordings " + secret.encode()).digest() for secret in secrets_ if secret]
        self._keys = {key_id(key): key for key in keys}
        self._first = next(iter(self._keys), "")

    @property
    def first(self) -> str:
        """Id of the key that seals.

        Raises:
            RecordingKeyMissing: there is none.

        """
        if not self._first:
            raise RecordingKeyMissing("BUSBAR_RECORDING_SECRET is not set: run deploy/run --setup")
        return self._first

    def seal(self, key: bytes, name: str) -> tuple[str, bytes]:
        """Seal a file's key; returns the id of the house's key and what the database keeps."""
        nonce = secrets.token_bytes(aes.NONCE_BYTES)
        return self.first, nonce + aes.encrypt(self._keys[self.first], nonce, key, name.encode())

    def open(self, kept: bytes, by: str, name: str) -> bytes:
        """Return a file's key.

        Raises:
            RecordingKeyMissing: the house's key it is sealed under is not among ours any more.
            RecordingSpoiled: it is not what it was.

        """
        key = self._keys.get(by)
        if key is None:
            raise RecordingKeyMissing(f"the key {by} is not in BUSBAR_RECORDING_SECRET or BUSBAR_RECORDING_OLD_SECRETS")
        try:
            return aes.decrypt(key, kept[: aes.NONCE_BYTES], kept[aes.NONCE_BYTES :], name.encode())
        except aes.NotWhole as error:
            raise RecordingSpoiled(f"the key of {name[:12]} is not what it was") from error


def key_id(key: bytes) -> str:
    """Return what a key is called: it says nothing of the key."""
    return hashlib.sha256(b"id " + key).hexdigest()[:8]


class Vault:
    """Sealed files below `<run folder>/recordings`, for their owner alone."""

    def __init__(self, run_dir: Path, keyring: Keyring) -> None:
        self._folder = run_dir / FOLDER
        self._keyring = keyring

    def seal(self, sound: Iterable[bytes]) -> Sealed:
        """Write a sound, whole or not at all; until the database knows its key it is noise.

        Args:
            sound: its bytes, in pieces of any size.

        """
        name, key = secrets.token_hex(32), secrets.token_bytes(aes.KEY_BYTES)
        by, sealed_key = self._keyring.seal(key, name)
        place = self._place(name)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = place.with_name(f".{name}.{os.getpid()}")
        size = 0
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(MAGIC)
                for number, (chunk, last) in enumerate(_chunks(sound)):
                    file.write(aes.encrypt(key, _nonce(number), chunk, _told(name, number, last=last)))
                    size += len(chunk)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(place)
            _settle(place.parent)
        finally:
            draft.unlink(missing_ok=True)
        return Sealed(name=name, key_id=by, sealed_key=sealed_key, size=size)

    def read(self, sealed: Sealed, begin: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Yield a part of a sound; only the chunks it lies in are decrypted, and nothing is written.

        Raises:
            RecordingSpoiled: the file is gone, cut off, or not what it was.
            RecordingKeyMissing: the house's key is not there.

        """
        end = sealed.size if end is None else min(end, sealed.size)
        key = self._keyring.open(sealed.sealed_key, sealed.key_id, sealed.name)
        last = max(sealed.size - 1, 0) // CHUNK
        try:
            with self._place(sealed.name).open("rb") as file:
                if file.read(len(MAGIC)) != MAGIC:
                    raise RecordingSpoiled(f"{sealed.name[:12]} is no sealed recording")
                for number in range(begin // CHUNK, last + 1):
                    if number * CHUNK >= end and number > 0:
                        break
                    file.seek(len(MAGIC) + number * (CHUNK + aes.TAG_BYTES))
                    hidden = file.read(CHUNK + aes.TAG_BYTES)
                    chunk = aes.decrypt(key, _nonce(number), hidden, _told(sealed.name, number, last=number == last))
                    yield chunk[max(begin - number * CHUNK, 0) : end - number * CHUNK]
        except OSError as error:
            raise RecordingSpoiled(f"{sealed.name[:12]} cannot be read: {error.strerror}") from error
        except aes.NotWhole as error:
            raise RecordingSpoiled(f"{sealed.name[:12]} is not what it was") from error

    def digest(self, sealed: Sealed) -> str:
        """Return the SHA-256 of a whole sound; raises as `read` does."""
        seen = hashlib.sha256()
        for piece in self.read(sealed):
            seen.update(piece)
        return seen.hexdigest()

    def again(self, sealed: Sealed) -> Sealed:
        """Return the same with its key sealed under the newest of the house's keys; the file stays as it is."""
        key = self._keyring.open(sealed.sealed_key, sealed.key_id, sealed.name)
        by, kept = self._keyring.seal(key, sealed.name)
        return Sealed(name=sealed.name, key_id=by, sealed_key=kept, size=sealed.size)

    def forget(self, name: str) -> None:
        """Remove a file; none there is fine."""
        if NAME.fullmatch(name):
            self._place(name).unlink(missing_ok=True)

    def there(self, older: datetime) -> Iterator[str]:
        """Yield the names of files last written before a moment: those nobody knows are to be forgotten."""
        for path in sorted(self._folder.glob("[0-9a-f][0-9a-f]/*")):
            name = path.relative_to(self._folder).as_posix()
            with suppress(OSError):
                if _PLACE.fullmatch(name) and path.stat().st_mtime < older.timestamp():
                    yield path.name
                elif path.name.startswith(".") and path.stat().st_mtime < older.timestamp():
                    # Half written by a process that died.
                    path.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise RecordingSpoiled("this is not the name of a sealed recording")
        return self._folder / name[:2] / name


def _chunks(sound: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Yield pieces of `CHUNK` bytes and whether each is the last; an empty sound is one empty piece."""
    held = bytearray()
    for piece in sound:
        held += piece
        while len(held) > CHUNK:
            yield bytes(held[:CHUNK]), False
            del held[:CHUNK]
    yield bytes(held), True


def _nonce(number: int) -> bytes:
    return number.to_bytes(aes.NONCE_BYTES, "big")


def _told(name: str, number: int, *, last: bool) -> bytes:
    return f"{name} {number} {'last' if last else 'more'}".encode()


def _settle(folder: Path) -> None:
    """See to it that the name of a new file outlives a power failure."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
