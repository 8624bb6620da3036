"""The lock files pin everything by hash and name no host."""

from __future__ import annotations

import json
import re
import tomllib

import pytest

from deploy.folders import ROOT

LOCKS = sorted((ROOT / "deploy").glob("requirements*.txt"))
NAME = re.compile(r"^([a-z0-9._-]+)(?:\[[a-z0-9, ]+\])?==", re.MULTILINE)


@pytest.mark.unit
@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_pinned_with_hashes_and_no_host_is_named(lock: object) -> None:
    text = lock.read_text(encoding="utf-8")  # type: ignore[attr-defined]
    entries = [line for line in text.splitlines() if line and not line.startswith((" ", "#"))]
    assert entries
    assert all(re.match(r"^[a-z0-9._-]+(\[[a-z0-9, ]+\])?==\S+( ; .+)? \\$", line) for line in entries)
    assert text.count("--hash=sha256:") >= len(entries)
    assert "://" not in text
    assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", text)) == {"--hash"}, "no index, no link"


@pytest.mark.unit
def test_what_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = set(NAME.findall((ROOT / "deploy" / "requirements-test.txt").read_text(encoding="utf-8")))
    wanted = {
        re.split(r"[\[=;<>~ ]", line)[0].lower()
        for line in project["dependencies"] + project["optional-dependencies"]["test"]
    }
    assert wanted <= locked


@pytest.mark.unit
@pytest.mark.parametrize("folder", ["deploy/npm", "workstation/assets"])
def test_every_package_of_npm_is_pinned_by_its_content_and_no_host_is_named(folder: str) -> None:
    lock = json.loads((ROOT / folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    # The first entry is the folder itself.
    entries = {name: entry for name, entry in lock.items() if name}
    assert entries
    assert all(re.match(r"sha512-\S+$", entry.get("integrity", "")) for entry in entries.values())
    assert not any("resolved" in entry for entry in entries.values())
    assert "omit-lockfile-registry-resolved=true" in (ROOT / folder / ".npmrc").read_text(encoding="utf-8")
