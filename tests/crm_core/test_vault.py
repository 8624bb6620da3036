"""The vault: what is sealed opens whole, any part of it, and in no other way."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import aes
from crm_core.errors import RecordingKeyMissing, RecordingSpoiled
from crm_core.vault import CHUNK, Keyring, Sealed, Vault

pytestmark = pytest.mark.unit
SECRET = "a" * 32
SOUND = bytes(at % 253 for at in range(2 * CHUNK + 1000))


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, Keyring([SECRET]))


def file_of(vault: Vault, sealed: Sealed) -> Path:
    return vault._place(sealed.name)


@pytest.mark.parametrize(
    ("key", "nonce", "plain", "sealed"),
    [
        # The GCM specification's test cases 13 and 14: 256-bit keys of zeros.
        (bytes(32), bytes(12), b"", "530f8afbc74536b9a963b4f1c4cb738b"),
        (bytes(32), bytes(12), bytes(16), "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
    ],
)
def test_the_cipher_is_that_of_the_specification(key: bytes, nonce: bytes, plain: bytes, sealed: str) -> None:
    assert aes.encrypt(key, nonce, plain).hex() == sealed
    assert aes.decrypt(key, nonce, bytes.fromhex(sealed)) == plain


def test_specification_with_more_told() -> None:
    """Test case 16: a key, a nonce, 60 bytes, 20 bytes told with them."""
    key = bytes.fromhex("feffe9928665731c6d6a8f9467308308" * 2)
    plain = bytes.fromhex(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    )
    said = bytes.fromhex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    sealed = aes.encrypt(key, bytes.fromhex("cafebabefacedbaddecaf888"), plain, said)
    assert sealed[-16:].hex() == "76fc6ece0f4e1768cddf8853bb2d551b"
    assert sealed[:16].hex() == "522dc1f099567d07f47f37a32a84427d"


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK])
def test_what_is_sealed_opens_whole(vault: Vault, size: int) -> None:
    sealed = vault.seal([SOUND[:size]])
    assert b"".join(vault.read(sealed)) == SOUND[:size]
    assert sealed.size == size


@settings(max_examples=60)
@given(st.integers(0, len(SOUND)), st.integers(0, len(SOUND)))
def test_any_part_of_it_opens(tmp_path_factory: pytest.TempPathFactory, begin: int, end: int) -> None:
    place = tmp_path_factory.getbasetemp() / "parts"
    vault = Vault(place, Keyring([SECRET]))
    if not hasattr(test_any_part_of_it_opens, "sealed"):
        test_any_part_of_it_opens.sealed = vault.seal([SOUND])  # type: ignore[attr-defined]
    sealed = test_any_part_of_it_opens.sealed  # type: ignore[attr-defined]
    assert b"".join(vault.read(sealed, begin, end)) == SOUND[begin:end]


def test_nothing_of_it_can_be_read_on_the_disk(vault: Vault) -> None:
    sealed = vault.seal([b"the card number is 4111" * 1000])
    assert b"4111" not in file_of(vault, sealed).read_bytes()
    assert file_of(vault, sealed).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("where", [0, 10, CHUNK + 30, -1])
def test_a_changed_byte_is_noticed(vault: Vault, where: int) -> None:
    sealed = vault.seal([SOUND])
    data = bytearray(file_of(vault, sealed).read_bytes())
    data[where] ^= 1
    file_of(vault, sealed).write_bytes(data)
    with pytest.raises(RecordingSpoiled):
        list(vault.read(sealed))


def test_a_file_cut_off_at_a_chunk_is_noticed_even_if_the_database_was_told(vault: Vault) -> None:
    sealed = vault.seal([SOUND])
    path = file_of(vault, sealed)
    path.write_bytes(path.read_bytes()[: 4 + CHUNK + aes.TAG_BYTES])
    with pytest.raises(RecordingSpoiled):
        list(vault.read(sealed))
    with pytest.raises(RecordingSpoiled):
        list(vault.read(dataclasses.replace(sealed, size=CHUNK)))


def test_chunks_cannot_change_places_or_files(vault: Vault) -> None:
    one, other = vault.seal([SOUND]), vault.seal([SOUND])
    data = file_of(vault, one).read_bytes()
    step = CHUNK + aes.TAG_BYTES
    moved = data[:4] + data[4 + step : 4 + 2 * step] + data[4 : 4 + step] + data[4 + 2 * step :]
    file_of(vault, one).write_bytes(moved)
    with pytest.raises(RecordingSpoiled):
        list(vault.read(one))
    file_of(vault, one).write_bytes(file_of(vault, other).read_bytes())
    with pytest.raises(RecordingSpoiled):
        list(vault.read(one))


def test_without_its_key_it_is_noise(vault: Vault) -> None:
    sealed = vault.seal([SOUND])
    other = vault.seal([b"x"])
    with pytest.raises(RecordingSpoiled):
        list(vault.read(dataclasses.replace(sealed, sealed_key=other.sealed_key)))


def test_a_new_key_of_the_house_opens_old_files_while_the_old_one_is_there(tmp_path: Path) -> None:
    old = Vault(tmp_path, Keyring([SECRET]))
    sealed = old.seal([SOUND])
    both = Vault(tmp_path, Keyring(["b" * 32, SECRET]))
    assert b"".join(both.read(sealed)) == SOUND
    again = both.again(sealed)
    assert again.key_id != sealed.key_id
    new = Vault(tmp_path, Keyring(["b" * 32]))
    assert b"".join(new.read(again)) == SOUND
    with pytest.raises(RecordingKeyMissing):
        list(new.read(sealed))


def test_without_a_secret_nothing_is_sealed(tmp_path: Path) -> None:
    with pytest.raises(RecordingKeyMissing):
        Vault(tmp_path, Keyring([""])).seal([SOUND])
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_death_half_way_leaves_nothing_that_stays(vault: Vault, tmp_path: Path) -> None:
    def dies() -> Iterator[bytes]:
        yield SOUND
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        vault.seal(dies())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    sealed = vault.seal([SOUND])
    draft = file_of(vault, sealed).with_name(f".{sealed.name}.1")
    draft.write_bytes(b"half")
    os.utime(draft, (0, 0))
    later = datetime.now(UTC) + timedelta(hours=1)
    assert list(vault.there(later)) == [sealed.name]
    assert not draft.exists()


def test_no_name_leads_out_of_the_vault(vault: Vault) -> None:
    sealed = vault.seal([SOUND])
    for name in ("../../etc/passwd", "a" * 63, "A" * 64, "a" * 64 + "\n"):
        with pytest.raises(RecordingSpoiled):
            list(vault.read(dataclasses.replace(sealed, name=name)))
        vault.forget(name)
    assert file_of(vault, sealed).exists()
