"""Files from outside: what they are is told by their bytes, what they are called leads nowhere."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.work import attachments
from crm_core.work.attachments import Accepted, Rejected, disposition, look
from crm_core.work.shelf import FolderShelf, MemoryShelf, Shelf, digest_of

pytestmark = pytest.mark.unit
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def office(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "shown", "media_type"),
    [
        ("scan.pdf", PDF, "scan.pdf", "application/pdf"),
        ("photo.exe", b"\xff\xd8\xff\xe0", "photo.jpg", "image/jpeg"),
        ("../../etc/passwd", b"\x89PNG\r\n\x1a\n", "passwd.png", "image/png"),
        ("C:\\temp\\счёт.pdf", PDF, "счёт.pdf", "application/pdf"),
        ("a\r\nSet-Cookie: x", PDF, "a Set-Cookie_ x.pdf", "application/pdf"),
        ("...", PDF, "file.pdf", "application/pdf"),
        ("note.txt", "Показание 123".encode(), "note.txt", "text/plain"),
        ("p.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "p.webp", "image/webp"),
        ("d.bin", office("[Content_Types].xml", "word/document.xml"), "d.docx", attachments.OFFICE["word/"][0]),
        ("d.xlsx", office("[Content_Types].xml", "xl/workbook.xml"), "d.xlsx", attachments.OFFICE["xl/"][0]),
    ],
)
def test_a_file_is_what_its_first_bytes_say(name: str, data: bytes, shown: str, media_type: str) -> None:
    assert look(name, data) == Accepted(name=shown, media_type=media_type)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (PDF + bytes(attachments.LARGEST), "file-too-large"),
        (b"MZ\x90\x00", "file-kind"),
        (b"<svg onload=alert(1)>", "file-kind"),
        (b"<!DOCTYPE html><script>", "file-kind"),
        (b"\xff\xfe\x00bad", "file-kind"),
        (office("readme.txt"), "file-kind"),
        (office("[Content_Types].xml", "word/vbaProject.bin"), "file-kind"),
        (office("[Content_Types].xml", "word/x", "../../evil"), "file-kind"),
        (b"PK\x03\x04 but no archive", "file-kind"),
        (b"GIF89a\x01\x00", "file-kind"),
    ],
)
def test_a_file_that_is_not_on_the_list_is_not_kept_whatever_it_is_called(data: bytes, code: str) -> None:
    assert look("certificate.pdf", data) == Rejected(code=code)


def test_a_document_that_unpacks_to_a_flood_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "LARGEST_UNPACKED", 1)
    assert look("d.docx", office("[Content_Types].xml", "word/document.xml")) == Rejected(code="file-kind")


@given(st.text(max_size=200))
def test_no_name_breaks_out_of_a_header(name: str) -> None:
    found = look(name, PDF)
    assert isinstance(found, Accepted)
    assert len(found.name) <= attachments.LONGEST_NAME
    assert not set("/\\\r\n\x00") & set(found.name)
    header = disposition(found.name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2


@pytest.fixture(params=["memory", "folder"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Shelf:
    """Both shelves keep the same promises."""
    return MemoryShelf() if request.param == "memory" else FolderShelf(tmp_path / "files")


def test_bytes_are_known_by_their_content(shelf: Shelf) -> None:
    digest = shelf.put(PDF)
    assert digest == digest_of(PDF) == shelf.put(PDF)
    assert shelf.get(digest) == PDF
    assert shelf.get("../" + digest) is None
    assert shelf.get("0" * 64) is None


def test_bytes_that_changed_on_the_disk_are_not_given_out(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    digest = shelf.put(PDF)
    place = tmp_path / digest[:2] / digest
    assert place.stat().st_mode & 0o777 == 0o600
    place.write_bytes(b"%PDF-tampered")
    assert shelf.get(digest) is None
    assert [one.name for one in tmp_path.glob("*/*")] == [digest]
