"""Steps of setting up are done once, again when what they depend on changed, and say what went wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy import apt, parts, steps


def step(folder: Path, wants: str, done: list[str]) -> steps.Step:
    return steps.Step("thing", lambda _: done.append(wants), folder / "stamp", wants)


@pytest.mark.unit
def test_a_step_is_done_once_and_again_when_what_it_depends_on_changed(tmp_path: Path) -> None:
    done: list[str] = []
    board = steps.Board()
    for wants in ("one", "one", "two", "two"):
        board.perform([step(tmp_path, wants, done)])
    assert done == ["one", "two"]


@pytest.mark.unit
def test_a_step_that_failed_is_not_stamped_and_the_others_are_let_finish(tmp_path: Path) -> None:
    def fail(_: steps.Step) -> None:
        raise steps.SetUpFailed("no network: connect it")

    done: list[str] = []
    broken = steps.Step("broken", fail, tmp_path / "broken", "x")
    with pytest.raises(steps.SetUpFailed, match="no network"):
        steps.Board().perform([broken, step(tmp_path, "well", done)])
    assert done == ["well"]
    assert not broken.is_done()


@pytest.mark.integration
def test_a_program_that_fails_is_named_with_its_error(tmp_path: Path) -> None:
    log = tmp_path / "log"
    words = ["sh", "-c", "echo working; echo ERROR: disk is full; exit 3"]
    with pytest.raises(steps.SetUpFailed, match=r"packages: see the end of .* \(ERROR: disk is full\)"):
        steps.command(words, log=log, what="packages")


@pytest.mark.unit
@pytest.mark.parametrize(
    ("version", "parts_of_it"),
    [("1:22.10.1~dfsg+~cs6.15-1", (22, 10, 1)), ("22.9.0-2", (22, 9, 0)), ("1:20.6.0~rc2", (20, 6, 0)), ("", ())],
)
def test_versions_of_packages_are_compared_by_their_numbers(version: str, parts_of_it: tuple[int, ...]) -> None:
    assert apt.numbers(version) == parts_of_it


@pytest.mark.unit
def test_a_machine_without_apt_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(parts, "folder", lambda: tmp_path)
    monkeypatch.setattr(parts, "installed_asterisk", lambda: None)
    wanted = parts.asterisk_step()
    assert wanted is not None
    with pytest.raises(steps.SetUpFailed, match=r"no apt .*22\.10\.1 or newer.*deploy/container"):
        wanted.run()


@pytest.mark.unit
def test_where_debian_is_found_stands_in_a_package_that_its_relatives_carry(tmp_path: Path) -> None:
    knows = tmp_path / apt.KNOWS_DEBIAN
    knows.parent.mkdir(parents=True)
    knows.write_text(
        "ChangelogURI: https://changes.example/%s\n\nSuite: stable\nBaseURI: https://security.example/\n\n"
        "Suite: testing\nBaseURI: https://archive.example/debian/\n",
        encoding="utf-8",
    )
    assert apt._address(tmp_path) == "https://archive.example/debian/"
    assert apt._address(tmp_path / "nothing here") == ""


@pytest.mark.unit
@pytest.mark.parametrize("mirror", ["", "https://archive.example/debian"])
def test_only_a_named_archive_takes_the_place_of_the_machines_own_sources(tmp_path: Path, mirror: str) -> None:
    archive = apt.Archive(suites=("forky",), mirror=mirror)
    options = apt.PrivateApt(tmp_path, archive, "forky", tmp_path / "log")._options()
    assert any(word.startswith("Dir::Etc::SourceList=") for word in options) is bool(mirror)
    assert f"Dir::State={tmp_path}/state" in options
    assert f"Dir::Cache={tmp_path}/cache" in options
