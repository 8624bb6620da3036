"""Alerts told outside: signed, without anybody's name, tried again until taken, and only where the house allows it."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core import alerting, db, webhook
from crm_core.alert_jobs import WORDS, tell_due
from crm_core.alerting import (
    SIGNATURE,
    Channel,
    Delivery,
    DeliveryStep,
    Word,
    address_fault,
    body,
    next_step,
    signature,
)
from crm_core.settings import Settings
from crm_core.store import alerting as store
from crm_core.store.alerting import NewWay
from crm_core.tables import alert_deliveries, outbox
from routing.alerts import Kind
from telephony import lives

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RAISED = Word(kind="longest_wait", subject="main", over=False, at=NOON)
OVER = Word(kind="longest_wait", subject="main", over=True, at=NOON + timedelta(minutes=5))
EVERY = tuple(alerting.KINDS)


@pytest.mark.unit
def test_every_alert_of_the_floor_can_be_told_and_the_page_of_a_words_life_is_the_table() -> None:
    assert set(alerting.KINDS) == set(Kind) == set(WORDS)
    page = Path(__file__).parents[2] / "docs" / "lives" / "alert-delivery.md"
    title = "The life of a word about an alert"
    drawn = lives.page(title, "crm_core/alerting.py", alerting.TRANSITIONS, Delivery.WAITING)
    assert page.read_text("utf-8") == drawn


@pytest.mark.unit
def test_a_body_is_signed_over_its_second_and_names_no_operator() -> None:
    sent = body(Word(kind="wrap_up", subject="42", over=False, at=NOON), 7)
    assert json.loads(sent) == {"alert": "wrap_up", "subject": "", "state": "raised", "at": NOON.isoformat(), "id": 7}
    second = int(NOON.timestamp())
    made = hmac.new(b"secret", f"{second}.".encode() + sent, hashlib.sha256).hexdigest()
    assert signature("secret", sent, NOON) == f"t={second},v1={made}"
    assert signature("secret", sent, NOON) != signature("other", sent, NOON)


@pytest.mark.unit
def test_each_pause_is_longer_than_the_one_before_and_then_it_is_given_up() -> None:
    steps = [next_step(tries) for tries in range(1, 7)]
    pauses = [pause for _, pause in steps if pause is not None]
    assert pauses == sorted(pauses)
    assert [step for step, _ in steps] == [DeliveryStep.PUT_OFF] * 5 + [DeliveryStep.GIVE_UP]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("channel", "address", "wrong"),
    [
        ("email", "watch@example.com", ""),
        ("email", "watch@example.com\nbcc: all@example.com", "email"),
        ("email", "nobody", "email"),
        ("webhook", "https://example.com/alerts?x=1", ""),
        ("webhook", "http://inside.example:8080/x", ""),
        ("webhook", "http://example.com/x", "host"),
        ("webhook", "ftp://example.com/x", "url"),
        ("webhook", "https://user:secret@example.com/", "url"),
        ("webhook", "https://example.com:99999/", "url"),
        ("webhook", "https:///x", "url"),
        ("webhook", "https://example.com/\r\nHost: x", "url"),
        ("webhook", "https://example.com/" + "x" * 300, "url"),
    ],
)
def test_only_addresses_that_may_be_told_are_taken(channel: str, address: str, wrong: str) -> None:
    assert address_fault(Channel(channel), address, ("inside.example:8080",)) == wrong


@pytest.mark.unit
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.1", "169.254.169.254", "[::1]", "192.168.1.1"])
def test_the_houses_own_network_is_not_called_unless_it_is_named(host: str) -> None:
    with pytest.raises(webhook.NotDelivered, match="own network"):
        webhook.post(f"https://{host}/", b"{}", {}, ())


class _Program(HTTPServer):
    """Another program: keeps what it was sent and answers as it is told to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.heard: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        self.where = f"127.0.0.1:{self.server_port}"


class _Taking(BaseHTTPRequestHandler):
    server: _Program

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, dict(self.headers), sent))
        self.send_response(self.server.status)
        self.send_header("Location", "/elsewhere")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def program() -> Iterator[_Program]:
    with _Program() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
async def engine(settings: Settings) -> AsyncIterator[AsyncEngine]:
    made = db.engine(settings, size=2)
    yield made
    await made.dispose()


async def note(engine: AsyncEngine, *words: Word) -> None:
    for word in words:
        async with db.transaction(engine) as connection:
            await store.note(connection, word)


@pytest.mark.integration
async def test_an_alert_goes_to_the_outbox_and_signed_to_a_program_and_is_told_once(
    settings: Settings, engine: AsyncEngine, program: _Program
) -> None:
    allowed = settings.model_copy(update={"alert_hosts": (program.where,)})
    async with db.transaction(engine) as connection:
        hook = NewWay(channel=Channel.WEBHOOK, address=f"http://{program.where}/a?b=c", kinds=EVERY, secret="hush")
        await store.add(connection, hook, None)
        await store.add(connection, NewWay(channel=Channel.EMAIL, address="watch@example.com", kinds=EVERY), None)
        await store.add(connection, NewWay(channel=Channel.EMAIL, address="no@example.com", kinds=("node",)), None)
    await note(engine, OVER, RAISED, RAISED, Word(kind="longest_wait", subject="main", over=False, at=OVER.at))
    assert await tell_due(engine, allowed) == 2, "what nobody heard of is not over, what stands is told once"
    assert await tell_due(engine, allowed) == 0
    ((path, headers, sent),) = program.heard
    assert path == "/a?b=c"
    second = headers[SIGNATURE].removeprefix("t=").partition(",")[0]
    assert headers[SIGNATURE] == signature("hush", sent, datetime.fromtimestamp(int(second), UTC))
    assert json.loads(sent)["state"] == "raised"
    await note(engine, OVER)
    assert await tell_due(engine, allowed) == 2
    async with db.reading(engine) as connection:
        letters = (await connection.execute(select(outbox.c.address, outbox.c.subject).order_by(outbox.c.id))).all()
        log = await store.log(connection)
    assert [one.address for one in letters] == ["watch@example.com"] * 2
    assert "Longest wait in queue main: over" in letters[1].subject
    assert {one.state for one in log} == {Delivery.SENT}


@pytest.mark.integration
async def test_what_is_not_taken_is_tried_again_later_and_given_up_in_the_end(
    settings: Settings, engine: AsyncEngine, program: _Program
) -> None:
    allowed = settings.model_copy(update={"alert_hosts": (program.where,)})
    async with db.transaction(engine) as connection:
        hook = NewWay(channel=Channel.WEBHOOK, address=f"http://{program.where}/", kinds=EVERY, secret="hush")
        await store.add(connection, hook, None)
    program.status = 302
    await note(engine, RAISED)
    assert await tell_due(engine, allowed) == 0
    assert await tell_due(engine, allowed) == 0, "not before its time"
    assert len(program.heard) == 1, "no redirect is followed"
    for _ in range(5):
        async with db.transaction(engine) as connection:
            await connection.execute(update(alert_deliveries).values(next_at=NOON - timedelta(days=9)))
        await tell_due(engine, allowed)
    async with db.reading(engine) as connection:
        (last,) = await store.log(connection)
    assert (last.state, last.tries, last.trouble) == (Delivery.FAILED, 6, "answered 302")
    assert len({sent for _, _, sent in program.heard}) == 1, "the same word at every try"
    assert await tell_due(engine, settings) == 0
