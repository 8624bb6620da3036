"""What is on record is written for Asterisk as exactly what it is: no text becomes configuration or dialplan."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core import trunks
from crm_core.trunks import LastResort, Telephone, Trunk, Wanted, faults, queue_faults, routes
from deploy import pbx
from tests.support.configuration import read
from tests.support.servers import node_settings

pytestmark = pytest.mark.unit
PROGRAM = pbx.Program(command=("asterisk",), modules=Path("/modules"), share=Path("/share"), sbin=Path("/sbin"))
PLAN = pbx.Pbx(node_settings(Path("/nowhere"), "postgresql://", "unix:///nowhere", node="main"), PROGRAM)
CITY = Trunk(
    name="city", host="sip.carrier.example", login="utility", secret="s3cret", registers=True, number="+74950000001",
    numbers=("74950000001", "+74950000002"), prefixes=("+7",), check_number="+74950000001",
)  # fmt: skip
HOSTILE = (
    "x\n[evil]", "x\r\nexten => 1,1,System(id)", "x;comment", "a\0b", "x]\n#include /etc/passwd", "#exec id", "x=>y",
    "a b", "${SHELL(id)}", "x\\;y", "\u202ex", "a,b", "x&y", "[x]", "ё",
)  # fmt: skip
TEXTS = ("name", "host", "login", "secret", "number", "check_number", "direction")
LISTS = ("numbers", "prefixes", "codecs")


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", [*TEXTS, *LISTS])
def test_hostile_text_is_refused_in_every_field(field: str, text: str) -> None:
    value = (text,) if field in LISTS else text
    wrong = faults(replace(CITY, **{field: value}))
    if field == "secret" and text in {"x=>y", "${SHELL(id)}", "a,b", "x&y", "[x]"}:
        assert not wrong  # a password is only ever a password: the property below shows that it stays one
    else:
        assert field in wrong


words = st.text(st.characters(), max_size=12) | st.sampled_from(HOSTILE)


def strategy(pattern: str) -> st.SearchStrategy[str]:
    """Mostly what is allowed, now and then anything."""
    return st.from_regex(re.compile(pattern), fullmatch=True) | words


TRUNKS = st.builds(
    Trunk,
    name=strategy(r"[a-z][a-z0-9]{0,6}"),
    host=strategy(r"[a-z0-9]{1,5}(\.[a-z0-9]{1,5})?"),
    port=st.integers(-1, 70_000),
    login=strategy(r"[A-Za-z0-9._+@-]{1,9}"),
    secret=st.text(st.characters(min_codepoint=0, max_codepoint=130), max_size=12),
    registers=st.booleans(),
    number=strategy(r"\+7[0-9]{10}"),
    numbers=st.lists(strategy(r"\+?[0-9]{3,9}"), max_size=2).map(tuple),
    prefixes=st.lists(strategy(r"\+7[0-9]{0,4}"), max_size=2).map(tuple),
    rank=st.integers(0, 100),
    lines=st.integers(0, 50),
    reserved=st.integers(0, 5),
    direction=st.sampled_from(("both", "in", "out", "x")),
    codecs=st.lists(st.sampled_from((*trunks.CODECS, "x")), max_size=2).map(tuple),
    check_number=strategy(r"[0-9]{3,9}") | st.just(""),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(TRUNKS, max_size=3, unique_by=lambda one: one.name), st.lists(words, max_size=3, unique=True))
def test_files_say_exactly_what_was_let_through(found: list[Trunk], extensions: list[str]) -> None:
    wanted = Wanted(
        telephones=tuple(Telephone(extension=one) for one in extensions), trunks=tuple(found), queue=LastResort()
    )
    files = PLAN.lines_files(wanted)
    good = {one.endpoint: one for one in found if not faults(one)}
    phones = {one for one in extensions if trunks.EXTENSION.fullmatch(one)}
    expected = set(good) | {f"op{one}" for one in phones} | {f"desk{one}" for one in phones}
    sections = read(files["pjsip_lines.conf"])
    assert {one.name for one in sections} == expected
    for name, trunk in good.items():
        mine = {one.parents[0] if one.parents else "identify": one for one in sections if one.name == name}
        assert mine["far"].lines == [("contact", f"sip:{trunk.host}:{trunk.port}")]
        assert mine["trunk"]["allow"] == ",".join(trunk.codecs)
        if trunk.login:
            assert mine["secret"].lines == [("username", trunk.login), ("password", trunk.secret)]
        assert ("registering" in mine) == trunk.registers
        assert ("identify" in mine) == trunk.brings_calls
    dialplan = read(files["extensions_lines.conf"])
    assert {one.name for one in dialplan} == {"inbound", "ours", "outward", "linecheck-trunks", "resort", *good}
    # `exten => name,priority,application`, `same => priority,application`: arguments have commas of their own.
    applications = {
        value.split(",", 2 if key == "exten" else 1)[-1].split("(")[0] for one in dialplan for key, value in one.lines
    }
    assert applications <= {"Set", "Goto", "GotoIf", "Gosub", "Dial", "Hangup", "Return"}


def test_queues_of_last_resort_have_queues_of_asterisks_own_and_a_way_through_them() -> None:
    resorts = {"debts": "law", "law": "help", "h": "law", "no\n[queue]": "x"}
    files = PLAN.lines_files(Wanted(telephones=(), trunks=(), resorts=resorts))
    queues = {one.name: dict(one.lines) for one in read(files["queues_lines.conf"])}
    assert set(queues) == {"busbar", "busbar-debts", "busbar-law", "busbar-help", "busbar-h"}
    assert queues["busbar"]["joinempty"] == "yes"
    assert queues["busbar-law"]["joinempty"] == "strict"
    (way,) = [one for one in read(files["extensions_lines.conf"]) if one.name == "resort"]
    said = "\n".join(value for _, value in way.lines)
    assert 'n,GotoIf($["${BUSBAR_OWN}" = "qdebts"]?to1)' in said
    debts = said[said.index("n(to1)") :].partition("Goto(queue,s,everybody)")[0]
    assert re.findall(r"Queue\((busbar-\w+),", debts) == ["busbar-debts", "busbar-law", "busbar-help"]
    plain = PLAN.lines_files(Wanted(telephones=(), trunks=()))
    assert [one.name for one in read(plain["queues_lines.conf"])] == ["busbar"]


@pytest.mark.parametrize("number", ["+74951234567\n", "74951", "+7495" * 5])
def test_numbers_are_numbers_to_their_end(number: str) -> None:
    assert "number" in faults(replace(CITY, number=number))


def test_what_slipped_through_is_refused_as_it_is_written() -> None:
    plan = pbx.Pbx(PLAN.settings.model_copy(update={"outward_uri": "far.example\n[evil]"}), PROGRAM)
    with pytest.raises(pbx.NotForConfiguration):
        plan.lines_files(Wanted(telephones=(), trunks=()))


def test_a_trunk_is_what_the_simple_one_was_and_more() -> None:
    assert faults(CITY) == {}
    files = PLAN.lines_files(Wanted(telephones=(Telephone(extension="101", browser=False),), trunks=(CITY,)))
    names = [one.name for one in read(files["pjsip_lines.conf"])]
    assert "desk101" in names
    assert "op101" not in names
    dialplan = files["extensions_lines.conf"]
    assert "exten => _+7.,1,Set(BUSBAR_FAR=" in dialplan
    assert "exten => from74950000001,1,Goto(linecheck,menu,1)" in dialplan
    assert f"Goto({PLAN.settings.master_extension},1)" in dialplan
    assert "_+X." not in dialplan


def test_trunks_elsewhere_and_turned_off_are_left_out() -> None:
    found = (replace(CITY, name="off", enabled=False), replace(CITY, name="far", node="other"))
    assert Wanted(telephones=(), trunks=found).of_node("main").trunks == ()


def test_without_a_trunk_the_one_of_the_settings_serves() -> None:
    plan = pbx.Pbx(PLAN.settings.model_copy(update={"outward_uri": "127.0.0.1:5090"}), PROGRAM)
    simple = plan.lines_files(Wanted(telephones=(), trunks=()))
    assert "[outward](trunk)" in simple["pjsip_lines.conf"]
    assert "PJSIP/outward/sip:" in simple["extensions_lines.conf"]
    assert "PJSIP/outward" not in plan.lines_files(Wanted(telephones=(), trunks=(CITY,)))["extensions_lines.conf"]


def test_the_closest_beginning_is_tried_first_then_by_rank_then_what_takes_all() -> None:
    def trunk(name: str, *prefixes: str, rank: int = 1, **more: Any) -> Trunk:
        return Trunk(name=name, host="h", prefixes=prefixes, rank=rank, **more)

    found = routes((
        trunk("any", rank=9), trunk("country", "+7"), trunk("city", "+7495", rank=5), trunk("spare", "+7495", rank=6),
        trunk("in", "+7495", direction="in"),
    ))  # fmt: skip
    assert [(beginning, [one.name for one in ways]) for beginning, ways in found] == [
        ("+7", ["country", "any"]),
        ("+7495", ["city", "spare", "country", "any"]),
        ("+", ["any"]),
    ]


def test_the_queue_of_last_resort_keeps_within_its_bounds() -> None:
    assert queue_faults(LastResort()) == {}
    wrong = LastResort(strategy="x\n[y]", ring_seconds=1, wrap_up_seconds=-1, most_waiting=-1)
    assert set(queue_faults(wrong)) == {"strategy", "ring_seconds", "wrap_up_seconds", "most_waiting"}


def test_what_the_record_said_last_stays_until_it_is_read_again(tmp_path: Path) -> None:
    plan = pbx.Pbx(node_settings(tmp_path, "postgresql://", "unix:///nowhere"), replace(PROGRAM, share=tmp_path))
    plan.initialise()
    seeded = (plan.etc / "pjsip_lines.conf").read_text(encoding="utf-8")
    assert seeded.startswith(pbx.SEEDED)
    assert plan.write_lines(Wanted(telephones=(), trunks=())) == set(pbx.LINES)
    assert plan.initialise() is False
    assert "op101" not in (plan.etc / "pjsip_lines.conf").read_text(encoding="utf-8")
    assert plan.write_lines(Wanted(telephones=(), trunks=())) == set()


@pytest.mark.parametrize("ours", ["", "+74951110000"])
def test_the_number_shown_outside_is_ours_or_none_whatever_leads_there(ours: str) -> None:
    plan = pbx.Pbx(PLAN.settings.model_copy(update={"outward_uri": "127.0.0.1:5090", "outward_number": ours}), PROGRAM)
    silent = replace(CITY, name="silent", number="", check_number="")
    for found in ((), (CITY,), (silent,), (CITY, silent)):
        lines = plan.lines_files(Wanted(telephones=(), trunks=found))["extensions_lines.conf"].splitlines()
        dials = [place for place, line in enumerate(lines) if "Dial(" in line and "linecheck" not in line]
        dials = [place for place in dials if ",20)" not in lines[place]]
        assert len(dials) == max(1, len(found))
        for place in dials:
            number = CITY.number if f"@{CITY.endpoint}," in lines[place] else ours
            assert lines[place - 1].endswith(f"Set(CALLERID(all)={number}<{number}>)"), lines[place - 1]
