"""Every code that the floor or the base can bring to a screen has words, in every language."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from crm_core.settings import Settings
from tests.desk.stage import ROOT
from workstation.templates import Templates
from workstation.words import LOCALE_DIR, load_languages, read_catalogue

pytestmark = pytest.mark.unit
ROUTING = ROOT / "routing"
WITH_REASON = {"withdraw", "miss", "requeue", "drop_call"}
"""Functions of the floor that take a reason in place."""


def said(language: str) -> dict[str, str]:
    """Return the sentences of the scripts."""
    settings = Settings.model_construct(
        run_dir=Path("nowhere"), utility="Sample", time_zone="Europe/Moscow", currency="RUB", country="RU"
    )
    html = Templates(settings, load_languages()).render("_words.html", language)
    found = re.search(r'<script type="application/json" id="words">(.*?)</script>', html, re.DOTALL)
    assert found
    words: dict[str, str] = json.loads(found[1])
    return words


def reasons() -> tuple[set[str], set[str]]:
    """Read the floor: reasons for which an operator is not ready, and reasons for which a call leaves a desk."""
    resting: set[str] = set()
    leaving: set[str] = {"moved"}
    for path in ROUTING.glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name == "_why":
                returned = set(_texts([one.value for one in ast.walk(node) if isinstance(one, ast.Return)], names))
                resting |= returned
                leaving |= returned
            if isinstance(node, ast.Call):
                called = getattr(node.func, "attr", getattr(node.func, "id", ""))
                given = {one.arg: one.value for one in node.keywords if one.arg}
                if called == "step":
                    resting |= set(_texts([given.get("reason")], names))
                leaving |= set(_texts([given.get("gone")], names))
                if called in WITH_REASON:
                    leaving |= set(_texts(node.args, names))
                if called == "miss":
                    resting |= set(_texts(node.args, names))
    return resting - {""}, leaving - {""}


def _texts(values: list[ast.expr | None] | list[ast.expr], names: dict[str, object]) -> Iterator[str]:
    for value in values:
        for one in ast.walk(value) if value is not None else ():
            if isinstance(one, ast.Constant) and isinstance(one.value, str):
                yield one.value
            elif isinstance(one, ast.Name) and isinstance(names.get(one.id), str):
                yield str(names[one.id])


def test_the_floor_s_reasons_are_found() -> None:
    resting, leaving = reasons()
    assert {"no-answer", "declined", "phone-failed", "phone-lost", "signed-in", "moved"} <= resting
    assert {"moved", "caller-gone", "closed", "phone-lost", "declined", "no-answer"} <= leaving


@pytest.mark.parametrize("language", sorted(load_languages()))
def test_every_reason_the_floor_can_give_has_words(language: str) -> None:
    words = said(language)
    resting, leaving = reasons()
    chosen = set(
        re.findall(r'\("([a-z]\w+)", _\("', (ROOT / "workstation/templates/desk.html").read_text(encoding="utf-8"))
    )
    assert "lunch" in chosen
    assert {f"reason.{code}" for code in resting | chosen} <= set(words)
    assert {f"gone.{code}" for code in leaving} <= set(words)


def test_every_result_of_a_contact_has_a_russian_title() -> None:
    seeds = importlib.import_module("crm_core.migrations.versions.0001_first_tables")
    titles = {title for rows in (seeds.SERVICE, seeds.COLLECTIONS, seeds.SYSTEM) for _, title, _ in rows}
    known = {message.id for message in read_catalogue(LOCALE_DIR, "ru") if message.id and message.string}
    assert titles - known == set()
