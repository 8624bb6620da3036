"""The workstation's pure rules: who sees what, when a card pops, what is missed, what is typed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from babel.numbers import format_currency, get_minus_sign_symbol
from hypothesis import given
from hypothesis import strategies as st

from routing.news import Beat, CallChanged, CallGone, Envelope, OperatorChanged, QueueChanged, WishAnswered
from routing.views import CallPhase, OperatorId, QueueView
from routing.wishes import EndCall, SetState
from tests.workstation.house import call_view, operator_view
from workstation import asks, screenpop, typed, visibility
from workstation.access import Role, may
from workstation.formats import DIGITS, Formats, phone
from workstation.headers import Origins, caching_of
from workstation.mailbox import Mailbox
from workstation.messages import Ask
from workstation.ring import Ring
from workstation.routes import ROUTES

pytestmark = pytest.mark.unit
OLGA, IVAN = OperatorId(1), OperatorId(2)
NOW = datetime(2026, 11, 22, 12, 0, 5, tzinfo=UTC)


def envelope(number: int, news: object, *desks: int, everyone: bool = False, epoch: str = "e") -> Envelope:
    return Envelope(epoch=epoch, number=number, desks=desks, everyone=everyone, news=news)


QUEUE = QueueView(
    queue="main",
    waiting=0,
    longest_since=None,
    offered=0,
    answered=0,
    answered_in_threshold=0,
    abandoned=0,
    abandoned_short=0,
)


def test_a_desk_hears_its_own_news_and_what_is_for_all_and_no_beats() -> None:
    call = CallChanged(call=call_view(operator_id=OLGA))
    assert visibility.desk_sees(OLGA, envelope(1, call, OLGA))
    assert not visibility.desk_sees(IVAN, envelope(1, call, OLGA))
    assert visibility.desk_sees(IVAN, envelope(1, QueueChanged(queue=QUEUE), everyone=True))
    assert not visibility.desk_sees(OLGA, envelope(1, Beat(), everyone=True))
    assert not visibility.desk_sees(IVAN, envelope(1, OperatorChanged(operator=operator_view(OLGA)), everyone=True))


def test_supervisors_hear_all_but_beats_and_answers_to_wishes() -> None:
    assert visibility.supervisor_sees(envelope(1, CallChanged(call=call_view()), OLGA))
    assert not visibility.supervisor_sees(envelope(1, WishAnswered(wish_id="w", done=True, reason=""), OLGA))
    assert not visibility.supervisor_sees(envelope(1, Beat(), everyone=True))


def test_a_card_pops_when_the_call_is_new_or_its_account_changed_and_never_twice() -> None:
    call = call_view(candidates=(1, 2))
    assert screenpop.needs_pop(None, call)
    key = screenpop.pop_key(call)
    assert not screenpop.needs_pop(key, call.model_copy(update={"phase": CallPhase.TALKING}))
    assert screenpop.needs_pop(key, call.model_copy(update={"account_id": 2}))
    assert screenpop.needs_pop(key, call_view("main-2"))
    assert not screenpop.needs_pop(None, call.model_copy(update={"phase": CallPhase.ENDED}))


def test_several_accounts_are_never_guessed_between() -> None:
    assert screenpop.first_look(call_view(account_id=7, candidates=(1, 2))) == screenpop.ShowCard(7, "account")
    assert screenpop.first_look(call_view(candidates=(1, 2))) == screenpop.Choose((1, 2))
    assert screenpop.first_look(call_view(candidates=(1,))) == screenpop.ShowCard(1, "number")
    assert screenpop.first_look(call_view(number="")) == screenpop.Unknown()
    assert screenpop.first_look(call_view(number="+7")) == screenpop.LookUp("+7")
    assert screenpop.second_look(()) == screenpop.Unknown()


@given(st.integers(1, 40), st.integers(1, 60), st.integers(0, 70))
def test_a_ring_gives_exactly_what_was_missed_or_says_that_it_cannot(size: int, count: int, after: int) -> None:
    ring = Ring(size)
    for number in range(1, count + 1):
        ring.add(envelope(number, Beat(), everyone=True))
    missed = ring.since("e", after)
    if after > count or count - after > size:
        assert missed is None
    else:
        assert missed is not None
        assert [one.number for one in missed] == list(range(after + 1, count + 1))


def test_a_gap_or_a_new_epoch_empties_the_ring() -> None:
    ring = Ring()
    assert not ring.add(envelope(5, Beat()))
    assert ring.add(envelope(6, Beat()))
    assert ring.knows(envelope(6, Beat()))
    assert not ring.add(envelope(9, Beat()))
    assert ring.since("e", 6) is None
    assert not ring.add(envelope(1, Beat(), epoch="f"))
    assert ring.since("e", 9) is None


async def test_a_full_mailbox_drops_its_backlog_and_is_owed_a_snapshot() -> None:
    mailbox = Mailbox(size=2)
    for frame in "abcd":
        mailbox.put(frame)
    assert mailbox.owed_snapshot
    assert await mailbox.take() == []
    mailbox.put("lost")
    mailbox.restart(["snapshot"])
    mailbox.put("e")
    assert await mailbox.take() == ["snapshot", "e"]


def test_a_wish_carries_the_session_s_operator_and_lacks_nothing() -> None:
    assert isinstance(asks.wish(Ask(wish_id="w", wish="ready"), OLGA, NOW), SetState)
    ended = asks.wish(Ask(wish_id="w", wish="end_call", call_id="main-1"), OLGA, NOW)
    assert isinstance(ended, EndCall)
    assert ended.operator_id == OLGA
    assert asks.wish(Ask(wish_id="w", wish="end_call"), OLGA, NOW) == "not-understood"
    assert asks.wish(Ask(wish_id="w", wish="choose_account", call_id="x"), OLGA, NOW) == "not-understood"
    assert asks.wish(Ask(wish_id="w", wish="close_wrap_up", call_id="x"), OLGA, NOW) == "disposition-first"


def test_nobody_signed_in_may_use_public_routes_only() -> None:
    public = {path for method, path in ROUTES if may(None, method, path)}
    # The wall opens with a ticket that works once; it shows no person (docs/floor.md).
    # A mailed report is taken once, by its link; its figures name no subscriber (docs/reports-pages.md).
    once = {"/password/{token}", "/report-files/{token}", "/wall", "/ws/wall"}
    assert public == {"/", "/health", "/sign-in"} | once
    with pytest.raises(KeyError):
        may(Role.ADMINISTRATOR, "GET", "/not-in-the-table")


@pytest.mark.parametrize(
    ("origin", "ours"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://127.0.0.1:8081", False),
        ("null", False),
        (None, False),
        ("http://127.0.0.1:8080.evil.example", False),
    ],
)
def test_only_our_own_origin_is_ours(origin: str | None, ours: bool) -> None:
    assert Origins("127.0.0.1", "").ours(origin, "127.0.0.1:8080") is ours


def test_behind_a_proxy_only_the_public_name_counts() -> None:
    origins = Origins("127.0.0.1", "https://desk.example")
    assert origins.cookie == "__Host-busbar"
    assert origins.ours("https://desk.example", "desk.example")
    assert not origins.ours("http://desk.example", "desk.example")
    assert origins.serves("desk.example")
    assert not origins.serves("evil.example")
    assert not Origins("127.0.0.1", "").serves("evil.example:8080")
    assert not Origins("127.0.0.1", "").serves("[")


def test_pages_are_never_kept_and_hashed_files_for_ever() -> None:
    assert caching_of("/desk") == "no-store"
    assert "immutable" in caching_of("/static/desk-5F3A9C21.js")
    assert caching_of("/static/desk.js") == "no-cache"


@given(
    st.decimals(-(10**9), 10**9, places=2),
    st.sampled_from(["en", "ru", "ar", "fa", "hu", "am", "th"]),
    st.sampled_from(["RUB", "EUR", "HUF"]),
)
def test_money_is_written_as_babel_writes_it(amount: Decimal, language: str, currency: str) -> None:
    formats = Formats(language, "Europe/Moscow", currency)
    expected = format_currency(
        amount,
        currency,
        locale=formats.locale,
        format=formats.locale.currency_formats["standard"],
        currency_digits=False,
        decimal_quantization=True,
        numbering_system="default",
    )
    # Babel puts the separators of a numbering system in, and leaves its digits and its minus to others.
    shapes = str.maketrans("0123456789", DIGITS.get(formats.locale.default_numbering_system, "0123456789"))
    minus = get_minus_sign_symbol(formats.locale, numbering_system="default")
    expected = expected.translate(shapes).replace("-", minus)
    assert formats.money(amount).replace("\N{NO-BREAK SPACE}", "") == expected.replace("\N{NO-BREAK SPACE}", "")


def test_moments_are_shown_in_the_utility_s_zone_and_unknown_values_as_a_dash() -> None:
    formats = Formats("ru", "Europe/Moscow", "RUB")
    assert formats.moment(NOW).endswith("15:00")
    assert formats.clock(65) == "1:05"
    assert formats.clock(3_665) == "1:01:05"
    assert formats.clock(NOW) == "15:00"
    assert formats.money(None) == formats.day(None) == formats.moment(None) == formats.clock(None) == "—"
    assert formats.number(Decimal("1234.5")).replace("\N{NO-BREAK SPACE}", "") == "1234,5"
    assert phone("+79123456789") == "+7 912 345-67-89"
    assert phone("<script>") == "<script>"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12345", Decimal(12345)),
        (" 12 345,6 ", Decimal("12345.6")),
        ("\u0661\u0662\u0663\u066b\u0665", Decimal("123.5")),
        ("NaN", None),
        ("1e309", None),
        ("Infinity", None),
        ("1.2.3", None),
        ("", None),
        ("9" * 25, None),
        ("-5", Decimal(-5)),
    ],
)
def test_numbers_are_read_as_people_write_them_and_nothing_else(text: str, value: Decimal | None) -> None:
    assert typed.decimal(text) == value


def test_only_register_fields_are_registers() -> None:
    sent = {"r_1": "5", "r_2": " ", "r_x": "1", "r_99999999999": "1", "account_id": "1"}
    assert typed.registers(sent) == {1: "5"}
    assert typed.day("", date(2026, 1, 1)) == date(2026, 1, 1)
    assert typed.day("2026-02-30", date(2026, 1, 1)) is None


def test_gone_calls_are_told_with_their_reason() -> None:
    told = visibility.message(envelope(3, CallGone(call_id="main-1", reason="abandoned"), OLGA), str)
    assert told is not None
    assert told.model_dump()["reason"] == "abandoned"
