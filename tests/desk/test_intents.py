"""What is meant by what was typed: readings, promises, applications, actions; nothing where nothing is meant."""
# ruff: noqa: RUF001 -- operators type in Russian.

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.desk.stage import ROOT

pytestmark = pytest.mark.unit
ASSETS = ROOT / "workstation" / "assets"
RUNNER = """
import { readFileSync } from "node:fs";
import { day, intents } from "./intents.mjs";
const { asked, days } = JSON.parse(readFileSync(0, "utf8"));
console.log(JSON.stringify({
  meant: asked.map(([text, facts]) => intents(text, facts)),
  days: days.map(([said, today]) => day(said, today)),
}));
"""
DAY = {"id": 11, "code": "day", "serial": "A1", "digits": 5, "decimals": 1, "last": 48211.0, "most": 260.0}
NIGHT = {"id": 12, "code": "night", "serial": "A1", "digits": 5, "decimals": 1, "last": 20900.0, "most": 140.0}
NEW = {"id": 13, "code": "single", "serial": "B2", "digits": 6, "decimals": 0, "last": None, "most": None}
FACTS: dict[str, Any] = {
    "account": True,
    "topic": "",
    "today": "2026-11-29",
    "owes": True,
    "registers": [DAY, NIGHT],
    "kinds": [
        {"code": "outage", "title": "Нет света", "words": ["No power", "Нет электричества", "outage"]},
        {"code": "owner", "title": "Переоформление", "words": ["Change of owner", "Переоформление договора", "owner"]},
        {"code": "seal", "title": "Опломбировка", "words": ["Sealing of a meter", "Опломбировка счётчика", "seal"]},
    ],
    "actions": [
        {"code": "hold", "title": "Hold, go on", "words": ["Hold, go on", ""]},
        {"code": "promise", "title": "Promise to pay", "words": ["Promise to pay", "pay debt"]},
    ],
}
DAYS = {
    "10.12": "2026-12-10",
    "1.11": "2027-11-01",
    "10.12.26": "2026-12-10",
    "2026-12-31": "2026-12-31",
    "31.02.2027": "",
    "10 декабря": "2026-12-10",
    "dec 10": "2026-12-10",
    "3rd december": "2026-12-03",
    "завтра": "2026-11-30",
    "tomorrow": "2026-11-30",
    "пятница": "2026-12-04",
    "в пятницу": "",
    "sunday": "2026-12-06",
    "+7": "2026-12-06",
    "١٠.١٢": "2026-12-10",
    "someday": "",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a function that asks the browser's module."""
    node, esbuild = shutil.which("node"), ASSETS / "node_modules" / "esbuild" / "bin" / "esbuild"
    if node is None or not esbuild.exists():
        pytest.fail("node or esbuild is not there: deploy/test brings both")
    place: Path = tmp_path_factory.mktemp("intents")
    out = f"--outfile={place / 'intents.mjs'}"
    subprocess.run(
        [esbuild, "src/intents.ts", "--bundle", "--format=esm", out, "--log-level=error"], cwd=ASSETS, check=True
    )
    (place / "run.mjs").write_text(RUNNER, encoding="utf-8")

    def asked(texts: list[tuple[str, dict[str, Any]]], days: list[tuple[str, str]] | None = None) -> Any:
        told = json.dumps({"asked": texts, "days": days or []})
        done = subprocess.run([node, place / "run.mjs"], input=told, check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    return asked


def first(run: Any, text: str, **changes: Any) -> Any:
    meant = run([(text, FACTS | changes)])["meant"][0]
    return meant[0] if meant else None


def test_a_number_goes_to_the_register_whose_last_value_it_follows(run: Any) -> None:
    assert first(run, "48390") == {"to": "reading", "sure": True, "values": [{"register": 11, "value": "48390"}]}
    assert first(run, "20955")["values"] == [{"register": 12, "value": "20955"}]
    assert first(run, "٤٨٣٩٠")["values"] == [{"register": 11, "value": "48390"}]
    assert first(run, "48390,5")["values"] == [{"register": 11, "value": "48390.5"}]
    assert first(run, "48 390")["values"] == [{"register": 11, "value": "48390"}]


def test_two_numbers_fill_two_registers_in_the_order_they_are_read_out(run: Any) -> None:
    assert first(run, "48390 20955")["values"] == [
        {"register": 11, "value": "48390"},
        {"register": 12, "value": "20955"},
    ]


def test_of_two_numbers_one_may_be_doubtful_and_neither_is_split_from_a_number_in_groups(run: Any) -> None:
    doubtful = first(run, "99000 20955")
    assert (doubtful["sure"], [one["value"] for one in doubtful["values"]]) == (False, ["99000", "20955"])
    assert first(run, "48 390")["values"] == [{"register": 11, "value": "48390"}]


def test_a_number_unlike_the_last_ones_is_offered_as_doubtful_and_one_too_long_not_at_all(run: Any) -> None:
    assert first(run, "99999")["sure"] is False
    assert first(run, "100200305") is None
    assert first(run, "+79161234567") is None
    assert first(run, "123") is None
    assert first(run, "48390.55")["to"] == "promise", "the meter has one decimal, money has two"


def test_a_register_that_was_never_read_takes_any_number_that_fits_it(run: Any) -> None:
    assert first(run, "17", registers=[NEW])["values"] == [{"register": 13, "value": "17"}]


def test_an_amount_with_a_day_is_a_promise(run: Any) -> None:
    assert first(run, "1500 10.12") == {"to": "promise", "amount": "1500", "due": "2026-12-10"}
    assert first(run, "1500,50 до пятницы") == {"to": "promise", "amount": "1500.50", "due": "2026-12-04"}
    assert first(run, "1500 в пятницу") == {"to": "promise", "amount": "1500", "due": "2026-12-04"}
    assert first(run, "1 500 руб завтра") == {"to": "promise", "amount": "1500", "due": "2026-11-30"}
    assert first(run, "2000 by friday") == {"to": "promise", "amount": "2000", "due": "2026-12-04"}
    assert first(run, "2000 in 7 days") == {"to": "promise", "amount": "2000", "due": "2026-12-06"}
    assert first(run, "2000 через 7 дней") == {"to": "promise", "amount": "2000", "due": "2026-12-06"}
    assert first(run, "2000 руб") == {"to": "promise", "amount": "2000", "due": ""}
    assert first(run, "0 10.12") is None


def test_an_amount_in_parts_is_a_plan(run: Any) -> None:
    assert first(run, "6000 in 3 parts") == {"to": "plan", "amount": "6000", "parts": "3"}
    assert first(run, "6000 на 4 части") == {"to": "plan", "amount": "6000", "parts": "4"}


def test_the_caller_s_topic_decides_what_one_number_is(run: Any) -> None:
    assert first(run, "48390", topic="reading")["to"] == "reading"
    assert first(run, "48390", topic="debt")["to"] == "promise"
    assert [one["to"] for one in run([("48390", FACTS | {"topic": "debt"})])["meant"][0]] == ["promise", "reading"]


def test_words_name_an_application_and_the_rest_is_what_the_caller_told(run: Any) -> None:
    assert first(run, "outage Ленина 12, весь подъезд") == {
        "to": "application",
        "kind": "outage",
        "title": "Нет света",
        "rest": "Ленина 12, весь подъезд",
    }
    assert first(run, "переоформить")["kind"] == "owner"
    assert first(run, "опломбировка счетчика")["kind"] == "seal", "ё and е are one letter"
    assert first(run, "ow") is None, "two letters name nothing"


def test_actions_are_found_by_the_beginning_of_their_words(run: Any) -> None:
    assert first(run, "hol") == {"to": "action", "action": "hold", "title": "Hold, go on"}
    assert first(run, "debt")["action"] == "promise"
    assert first(run, "hold Smirnova") is None, "the second word is no part of an action: it is a name"


def test_without_a_card_only_actions_are_meant(run: Any) -> None:
    assert first(run, "48390", account=False) is None
    assert first(run, "outage", account=False) is None
    assert first(run, "hold", account=False)["to"] == "action"


def test_hostile_text_means_nothing_and_breaks_nothing(run: Any) -> None:
    for text in (
        "<img src=x onerror=alert(1)>",
        "'; drop table--",
        "(" * 500,
        "\u202e48390",
        "__proto__",
        "constructor",
    ):
        assert first(run, text) is None


def test_days_as_people_say_them(run: Any) -> None:
    said = [(text, "2026-11-29") for text in DAYS]
    assert dict(zip(DAYS, run([], said)["days"], strict=True)) == DAYS
