"""The typeface of documents: unpacked where there is none, done without where no archive is reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm_core.documents import fonts
from deploy import apt, parts, typefaces

pytestmark = pytest.mark.unit


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without the typeface, with a run folder of its own."""
    look = fonts.find
    monkeypatch.setattr(parts, "folder", lambda: tmp_path / "parts")
    monkeypatch.setattr(fonts, "find", lambda run_dir, _root: look(run_dir, tmp_path / "machine"))
    return tmp_path


def test_what_an_archive_carries_is_unpacked(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(packages: tuple[str, ...], root: Path, *_: object, **__: object) -> None:
        assert packages == ("fonts-dejavu-core",)
        place = root / fonts.PLACES[0]
        place.mkdir(parents=True)
        for name in (fonts.PLAIN, fonts.BOLD):
            (place / name).touch()

    monkeypatch.setattr(apt, "own_archive", lambda: apt.Archive(suites=("",)))
    monkeypatch.setattr(apt, "fetch", fetch)
    step = typefaces.step()
    assert step is not None
    step.run()
    assert fonts.find(bare, bare) is not None
    assert typefaces.step() is None


def test_without_an_archive_documents_are_html_and_nothing_fails(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "own_archive", lambda: None)
    monkeypatch.setattr(parts, "debian", lambda *_, **__: None)
    step = typefaces.step()
    assert step is not None
    step.run()
    assert step.doing == "none found: documents will be HTML"
    assert typefaces.step() is not None
