"""Backups: made of one moment, proved by bringing them back, refused where they would do harm."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from crm_core import journal, migrate
from crm_core.documents.vault import DiskVault
from crm_core.errors import BackupRefused
from crm_core.sample import command
from crm_core.settings import Settings
from crm_core.vault import Keyring, Vault
from crm_core.work.shelf import FolderShelf
from deploy import audit_command, backup, backup_command, backup_files, pump
from deploy.commands.common import Refused
from tests.crm_core.sample.conftest import plan
from tests.support.servers import PostgresServer, ValkeyServer, node_settings

pytestmark = pytest.mark.integration
NOW = datetime.now(UTC).replace(microsecond=0)


def conninfo(url: str) -> str:
    return url.replace("+psycopg", "")


@pytest.fixture(scope="module")
def sample(postgres: PostgresServer, run_dir: Path, valkey: ValkeyServer) -> Iterator[str]:
    """Name of a database with a sample of 64 subscribers."""
    _admin(postgres, "create database sample_of_backups template migrated owner busbar")
    url = postgres.plan.url("sample_of_backups")
    command.load(node_settings(run_dir, url, valkey.url), plan(subscribers=64))
    yield "sample_of_backups"
    _admin(postgres, "drop database sample_of_backups with (force)")


@pytest.fixture
def filled(postgres: PostgresServer, sample: str, settings: Settings, tmp_path: Path) -> Iterator[Settings]:
    """A base with that sample and a run folder, both of this test's own."""
    _admin(postgres, f"create database filled template {sample} owner busbar")
    yield settings.model_copy(update={"run_dir": tmp_path, "database_url": postgres.plan.url("filled")})
    _admin(postgres, "drop database filled with (force)")


def _admin(postgres: PostgresServer, statement: str) -> None:
    with psycopg.connect(postgres.plan.conninfo("postgres", "postgres"), autocommit=True) as db:
        db.execute(statement.encode())


@pytest.fixture
def scratch(postgres: PostgresServer) -> Iterator[str]:
    """Address of a database without tables."""
    postgres.plan.provide("scratch")
    yield postgres.plan.url("scratch")
    _admin(postgres, "drop database scratch with (force)")


def test_a_backup_comes_back_whole_with_its_rights_and_triggers(filled: Settings, scratch: str, tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    place = backup.make(filled.database_url, tmp_path / "b", NOW, lambda *said: told.append(said))
    manifest = backup.read(place)
    assert manifest.tables["accounts"].rows > 60
    assert manifest.bytes == (place / backup.DUMP).stat().st_size
    assert ((place / backup.DUMP).stat().st_mode & 0o077, place.stat().st_mode & 0o077) == (0, 0)
    assert {what for what, _, _ in told} >= {"dump", "accounts"}
    assert backup.restore(place, scratch) == manifest
    assert migrate.drift(scratch) == []
    with (
        psycopg.connect(conninfo(scratch)) as db,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="only grow"),
    ):
        db.execute("delete from access_log")


def test_what_is_written_while_it_is_made_is_not_half_in_it(filled: Settings, scratch: str, tmp_path: Path) -> None:
    def told(what: str, _done: int, _of: int) -> None:
        if what == "accounts":
            with psycopg.connect(conninfo(filled.database_url)) as other:
                other.execute("insert into access_log (action) values ('late')")

    place = backup.make(filled.database_url, tmp_path / "b", NOW, told)
    backup.restore(place, scratch)
    with psycopg.connect(conninfo(scratch)) as db:
        assert db.execute("select count(*) from access_log where action = 'late'").fetchone() == (0,)


def test_files_beside_the_base_come_back_with_it_each_held_against_its_checksum(
    filled: Settings, scratch: str, tmp_path: Path
) -> None:
    passport, letter = FolderShelf(filled.run_dir / "files"), DiskVault(filled.run_dir)
    kept, printed = passport.put(b"a passport"), letter.keep(b"a letter")
    spoken_of(filled.database_url, kept, printed)
    voices = Vault(filled.run_dir, Keyring(["a secret of thirty-two characters"]))
    sealed = voices.seal([b"a voice"])
    (filled.run_dir / "files" / "ab").mkdir()
    (filled.run_dir / "files" / "ab" / "x.draft").write_bytes(b"half written")
    place = backup.make(filled.database_url, tmp_path / "b", NOW, run_dir=filled.run_dir)
    said = backup.read(place).files
    assert (said.count, said.bytes, said.lacking, said.spoiled) == (3, 18 + 4 + 7 + 16, 0, 0)
    listed = subprocess.run(["sha256sum", "-c", "files.sha256"], cwd=place, capture_output=True, text=True, check=False)
    assert (listed.returncode, listed.stdout.count(": OK")) == (0, 3)
    assert {path.stat().st_mode & 0o077 for path in place.rglob("*")} == {0}
    elsewhere = tmp_path / "elsewhere"
    backup.restore(place, scratch, run_dir=elsewhere)
    assert FolderShelf(elsewhere / "files").get(kept) == b"a passport"
    assert DiskVault(elsewhere).fetch(printed) == b"a letter"
    there = Vault(elsewhere, Keyring(["a secret of thirty-two characters"]))
    assert b"".join(there.read(sealed)) == b"a voice"
    assert b"a voice" not in (place / "recordings" / sealed.name[:2] / sealed.name).read_bytes()
    (place / "documents" / printed[:2] / printed).write_bytes(b"b letter")
    with pytest.raises(BackupRefused, match="damaged"):
        backup.restore(place, scratch, over=True, run_dir=elsewhere)
    (place / "documents" / printed[:2] / printed).unlink()
    with pytest.raises(BackupRefused, match="missing"):
        backup.restore(place, scratch, over=True)
    (place / "files.sha256").write_text(f"{kept}  ../../etc/passwd\n")
    with pytest.raises(BackupRefused, match="damaged"):
        backup.restore(place, scratch, over=True, run_dir=elsewhere)
    assert migrate.current(scratch) is not None, "nothing was thrown away"


def test_files_that_were_lost_or_spoiled_before_are_told_and_keep_nobody_from_his_backup(
    filled: Settings, scratch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shelf = FolderShelf(filled.run_dir / "files")
    kept, spoiled = shelf.put(b"kept"), shelf.put(b"to be spoiled")
    (filled.run_dir / "files" / spoiled[:2] / spoiled).write_bytes(b"spoiled")
    spoken_of(filled.database_url, kept, "f" * 64)
    backup_command.make(filled, None, prove=True, scratch=scratch)
    said = capsys.readouterr().out
    assert "1 of the files are not any more what they were" in said
    assert "1 files that the base speaks of were not there" in said
    assert "comes back whole" in said
    (place,) = (filled.run_dir / "backups").iterdir()
    with pytest.raises(BackupRefused, match="no list of files"):
        list(backup_files.listed(_with_evil_list(place)))


def _with_evil_list(place: Path) -> Path:
    (place / "files.sha256").write_text(f"{'a' * 64}  ../../etc/passwd\n")
    return place


def spoken_of(url: str, attached: str, printed: str) -> None:
    """The base speaks of an attachment and of a document."""
    with psycopg.connect(conninfo(url)) as db:
        db.execute(
            "insert into application_files (application_id, name, media_type, size, digest) "
            "select id, 'passport.pdf', 'application/pdf', 10, %s from applications limit 1",
            (attached,),
        )
        db.execute(
            "insert into documents (account_id, template_id, version, title, language, format, sha256, size, pages) "
            "select 1, t.id, 1, 'Letter', 'en', 'pdf', %s, 8, 1 from templates t limit 1",
            (printed,),
        )


def test_a_base_that_is_not_empty_is_refused_unless_told(filled: Settings, scratch: str, tmp_path: Path) -> None:
    place = backup.make(filled.database_url, tmp_path / "b", NOW)
    migrate.upgrade(scratch)
    with pytest.raises(BackupRefused, match="--over"):
        backup.restore(place, scratch)
    backup.restore(place, scratch, over=True)


def test_a_damaged_backup_is_refused_before_anything_is_thrown_away(
    filled: Settings, scratch: str, tmp_path: Path
) -> None:
    place = backup.make(filled.database_url, tmp_path / "b", NOW)
    with (place / backup.DUMP).open("r+b") as file:
        file.seek(1000)
        file.write(b"\0\1\2")
    migrate.upgrade(scratch)
    with pytest.raises(BackupRefused, match="damaged"):
        backup.restore(place, scratch, over=True)
    assert migrate.current(scratch) == migrate.head()
    (place / backup.MANIFEST).write_text("{}")
    with pytest.raises(BackupRefused, match="no backup"):
        backup.read(place)


def test_a_dump_that_ends_early_leaves_the_base_empty(filled: Settings, scratch: str, tmp_path: Path) -> None:
    place = backup.make(filled.database_url, tmp_path / "b", NOW)
    whole = (place / backup.DUMP).read_bytes()
    (place / backup.DUMP).write_bytes(whole[: len(whole) // 2])
    said = json.loads((place / backup.MANIFEST).read_text())
    said["sha256"] = pump.digest(place / backup.DUMP)
    (place / backup.MANIFEST).write_text(json.dumps(said))
    with pytest.raises(BackupRefused, match="nothing was changed"):
        backup.restore(place, scratch)
    assert migrate.current(scratch) is None


def test_an_empty_base_has_nothing_to_back_up(scratch: str, tmp_path: Path) -> None:
    with pytest.raises(BackupRefused, match="busbar migrate"):
        backup.make(scratch, tmp_path / "b", NOW)
    with pytest.raises(BackupRefused):
        backup.make(f"postgresql://nobody@/nothing?host={tmp_path}", tmp_path / "b", NOW)
    assert list((tmp_path / "b").iterdir()) == []


def test_the_commands_make_prove_and_restore_and_forget_again_who_was_forgotten(
    filled: Settings, scratch: str, capsys: pytest.CaptureFixture[str]
) -> None:
    backup_command.make(filled, None, prove=True, scratch=scratch)
    said = capsys.readouterr().out
    assert "comes back whole" in said
    (place,) = (filled.run_dir / "backups").iterdir()
    journal.note_erasure(filled, 7, NOW + timedelta(hours=1))
    backup_command.restore(filled, place, filled.database_url, over=True)
    assert "1 subscribers who were erased since then are erased again" in capsys.readouterr().out
    with psycopg.connect(conninfo(filled.database_url)) as db:
        assert db.execute("select name from customers where id = 7").fetchone() == ("Erased 7",)
    with pytest.raises(BackupRefused, match="--scratch"):
        backup_command.verify(filled, place, "")


def test_differences_are_told_in_words() -> None:
    one = backup.Contents(rows=1, fingerprint="5")
    assert backup.difference({"a": one, "b": one}, {"a": one, "c": one}) == ["b is missing", "c is not in the backup"]
    assert backup.difference({"a": one}, {"a": backup.Contents(rows=2, fingerprint="5")}) == ["a has 2 rows, not 1"]
    assert backup.difference({"a": one}, {"a": backup.Contents(rows=1, fingerprint="6")}) == ["a has other contents"]


def test_the_audit_commands_answer_and_name_what_was_changed(
    filled: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(conninfo(filled.database_url)) as db:
        db.execute(
            "insert into users (login, name, password, role) values ('olga', 'Olga', '!', 'operator'); "
            "insert into access_log (user_id, role, action, object, reason) "
            "select id, 'operator', 'card.viewed', 'account 17', 'call c1' from users where login = 'olga'"
        )
        account = db.execute("select number from accounts where id = 17").fetchone()
    assert account
    audit_command.seal(filled)
    assert "anchored in" in capsys.readouterr().out
    assert audit_command.verify(filled, None) == 0
    assert "1 anchors compared" in capsys.readouterr().out
    audit_command.who_viewed(filled, account[0], 10)
    assert "Olga (operator)  card.viewed  account 17  call c1" in capsys.readouterr().out
    audit_command.what_did(filled, "olga", 10)
    assert "card.viewed  account 17" in capsys.readouterr().out
    for wrong in (lambda: audit_command.who_viewed(filled, "999", 1), lambda: audit_command.what_did(filled, "x", 1)):
        with pytest.raises(Refused):
            wrong()
    with psycopg.connect(conninfo(filled.database_url)) as owner:
        owner.execute("alter table access_log disable trigger user")
        owner.execute("update access_log set object = 'account 18' where object = 'account 17'")
    assert audit_command.verify(filled, None) == 1
    assert "BROKEN at link" in capsys.readouterr().out


def test_retention_by_hand_says_what_would_go_before_it_goes(
    filled: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(conninfo(filled.database_url)) as db:
        db.execute("insert into imports (file_hash, file_name, kind, created_at) values ('h', 'f', 'x', '2020-01-01')")
    audit_command.retain(filled, dry_run=True)
    assert "imports: 1 rows would go" in capsys.readouterr().out
    audit_command.retain(filled, dry_run=False)
    assert "imports: 1 rows are gone" in capsys.readouterr().out


def test_an_anchor_is_sent_off_the_machine_too(filled: Settings) -> None:
    async def heard() -> str:
        got: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        class Receiver(asyncio.DatagramProtocol):
            def datagram_received(self, data: bytes, addr: object) -> None:
                got.set_result(data.decode())

        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Receiver, local_addr=("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        mine = filled.model_copy(update={"audit_syslog": f"udp://127.0.0.1:{port}"})
        with psycopg.connect(conninfo(mine.database_url)) as db:
            db.execute("insert into access_log (action) values ('search')")
        await asyncio.to_thread(audit_command.seal, mine)
        async with asyncio.timeout(5):
            said = await got
        transport.close()
        return said

    assert '"seq": ' in asyncio.run(heard())


def test_rights_are_printed_for_a_plain_role_only() -> None:
    def run(role: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "deploy.cli", "audit", "rights", role]
        return subprocess.run(argv, capture_output=True, text=True, check=False)

    good, evil = run("app"), run("x; drop table users")
    assert (good.returncode, "revoke update, delete, truncate on access_log from app;" in good.stdout) == (0, True)
    assert (evil.returncode, "plain role" in evil.stderr) == (1, True)
