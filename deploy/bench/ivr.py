"""Bench of the IVR: many real callers at once, each proves an account, hears the balance, is said goodbye to (shell).

The house must be running. A caller fails when he hears nothing, when his keys were not taken as he pressed them
(Asterisk's own mark at the end of the call says what was), or when the call does not end as it should.
"""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from crm_core import db as database
from crm_core.card import Candidate
from crm_core.settings import Settings
from crm_core.store import subscribers
from deploy import folders
from deploy.bench.caller import Caller, CallFailed
from deploy.bench.ivr_plain import busy as processor
from deploy.bench.ivr_plain import helpers, listening, plain_asterisk
from deploy.figures import Figure, at_most
from telephony.ami import AmiConfig, AmiSwitch
from telephony.events import CallMarked, LinkUp, Mark

STAGGER_SECONDS = 0.02
"""Between two callers: 60 dial within 1.2 s."""
LISTEN_SECONDS = 1.0
"""What a caller hears of a prompt before he presses: people know what they want, but not at once."""
PATIENCE_SECONDS = 20.0
"""So long a caller waits for a prompt, and for the end."""
MARK_SECONDS = 5.0
VOICED_LEAST = 100
"""Packets with a voice in a whole call: two seconds; everything is said in about ten."""


class HouseNotRunning(RuntimeError):
    """The bench needs a running house; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who calls, and how he proves his account."""

    number: str
    account: Candidate
    proof: str


@dataclass(slots=True)
class Tally:
    """What the callers met."""

    answers: list[float] = field(default_factory=list)
    prompts: list[float] = field(default_factory=list)
    balances: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    finished: list[Subscriber] = field(default_factory=list)
    talking: int = 0
    most_talking: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Processor seconds."""

    asterisk: float
    """0 when it runs elsewhere."""
    ours: float
    synthesiser: float
    """Its children: one sentence with an amount in it for each caller who hears one."""

    @property
    def together(self) -> float:
        """Of everything on the line."""
        return self.asterisk + self.ours + self.synthesiser

    def less(self, before: Spent) -> Spent:
        """What was spent since."""
        return Spent(
            asterisk=self.asterisk - before.asterisk,
            ours=self.ours - before.ours,
            synthesiser=self.synthesiser - before.synthesiser,
        )


def run(settings: Settings, calls: int = 60, *, compare: bool = True) -> list[Figure]:
    """Let `calls` subscribers of the base call at once; then as many an Asterisk that plays the same by itself.

    Raises:
        HouseNotRunning: no Asterisk, or no subscribers to call.
    """
    return asyncio.run(_run(settings, calls, compare=compare))


async def _run(settings: Settings, calls: int, *, compare: bool) -> list[Figure]:
    people = await _subscribers(settings, calls)
    nodes = [AmiConfig(node.node, node.host, node.port, node.user, node.secret) for node in settings.nodes]
    served: dict[str, list[str]] = {}
    linked = asyncio.Event()
    async with AmiSwitch(nodes) as switch:
        reader = asyncio.create_task(_note_marks(switch, served, linked))
        try:
            await asyncio.wait_for(linked.wait(), 5)
        except TimeoutError:
            raise HouseNotRunning("Asterisk does not answer: start the house with `busbar up` first") from None
        tally = Tally()
        ours = listening(settings.agi_port)
        began, before = time.monotonic(), _spent(settings, ours)
        async with asyncio.TaskGroup() as group:
            for turn, person in enumerate(people):
                group.create_task(_call(settings, person, turn * STAGGER_SECONDS, tally))
        seconds = time.monotonic() - began
        spent = _spent(settings, ours).less(before)
        await _compare(tally, served)
        reader.cancel()
    for reason, count in tally.failures.most_common():
        print(f"{count} x {reason}")
    figures = _figures(calls, tally, seconds, spent)
    if spent.asterisk and ours and compare:
        figures += await _beside(settings, people, spent)
    return figures


async def _beside(settings: Settings, people: Sequence[Subscriber], spent: Spent) -> list[Figure]:
    """Let the same people call an Asterisk that plays the same prompts by dialplan alone, and compare what it costs."""
    tally = Tally()
    async with plain_asterisk(settings) as (plain, pid):
        before = processor(pid)
        async with asyncio.TaskGroup() as group:
            for turn, person in enumerate(people):
                # Everybody keys four digits there: a dialplan would not know who has to key more.
                one = replace(person, proof=person.proof[-4:])
                group.create_task(_call(plain, one, turn * STAGGER_SECONDS, tally))
        alone = processor(pid) - before
    for reason, count in tally.failures.most_common():
        print(f"dialplan alone: {count} x {reason}")
    each = 1000 / len(people)
    return [
        Figure(name="dialplan alone: failures", value=sum(tally.failures.values()), unit="calls"),
        Figure(name="dialplan alone: key to next prompt, p99", value=_percentile(tally.prompts, 99) * 1000, unit="ms"),
        Figure(name="dialplan alone: Asterisk", value=each * alone, unit="ms of a core a call"),
        Figure(name="with us: Asterisk", value=each * spent.asterisk, unit="ms of a core a call"),
        Figure(name="with us: our process", value=each * spent.ours, unit="ms of a core a call"),
        Figure(name="with us: the synthesiser", value=each * spent.synthesiser, unit="ms of a core a call"),
        *ratios(spent, alone),
    ]


def ratios(spent: Spent, alone: float) -> list[Figure]:
    """Return what our control costs beside `alone` seconds of dialplan, as docs/performance.md reads it (pure)."""
    wanted = (
        ("Asterisk with us / dialplan alone", spent.asterisk, alone, 1.3),
        ("our process / Asterisk, same calls", spent.ours, spent.asterisk, 1.3),
        ("Asterisk, our process and the synthesiser / dialplan alone", spent.together, alone, None),
    )
    figures = []
    for name, cost, beside, bar in wanted:
        value = cost / beside if beside else 0.0
        figures.append(Figure(name=name, value=value, unit="x") if bar is None else at_most(name, value, "x", bar))
    return figures


async def _subscribers(settings: Settings, calls: int) -> list[Subscriber]:
    """Pick callers from the base, each with an account of his own; some share a number and key the whole account."""
    engine = database.engine(settings, name="busbar-bench")
    people: dict[int, Subscriber] = {}
    try:
        async with database.reading(engine) as db:
            for number in await subscribers.sample_numbers(db, calls * 2):
                found = await subscribers.by_phone(db, number)
                account = random.choice(found)  # noqa: S311 - no secret
                proof = account.account_number if len(found) > 1 else account.account_number[-4:]
                people.setdefault(account.account_id, Subscriber(number, account, proof))
    finally:
        await engine.dispose()
    if not people:
        raise HouseNotRunning("there are no subscribers: make some with `busbar sample` first")
    chosen = list(people.values())
    # A small base lends its numbers twice: what is measured is the line, not the people.
    return [chosen[turn % len(chosen)] for turn in range(calls)]


async def _call(settings: Settings, person: Subscriber, delay: float, tally: Tally) -> None:
    await asyncio.sleep(delay)
    caller = Caller((settings.sip_host, settings.sip_port), settings.master_extension, person.number)
    try:
        async with caller:
            tally.answers.append(caller.answered_after)
            tally.talking += 1
            tally.most_talking = max(tally.most_talking, tally.talking)
            try:
                await _talk(settings, caller, person, tally)
            finally:
                tally.talking -= 1
    except CallFailed as failure:
        tally.failures[str(failure)] += 1
    except OSError as error:
        tally.failures[f"network: {error}"] += 1
    else:
        tally.finished.append(person)


async def _talk(settings: Settings, caller: Caller, person: Subscriber, tally: Tally) -> None:
    """Choose a language and the balance, prove the account, hear it, end the call."""
    keys = ["1", "1", person.proof, "9"] if len(settings.languages) > 1 else ["1", person.proof, "9"]
    await caller.hear(PATIENCE_SECONDS)
    for pressed in keys:
        await asyncio.sleep(LISTEN_SECONDS)
        await caller.press(pressed)
        waited = await caller.hear(PATIENCE_SECONDS)
        (tally.balances if pressed == person.proof else tally.prompts).append(waited)
    await caller.is_hung_up_on(PATIENCE_SECONDS)
    if caller.voiced < VOICED_LEAST:
        raise CallFailed(f"only {caller.voiced} packets with a voice")


async def _note_marks(switch: AmiSwitch, served: dict[str, list[str]], linked: asyncio.Event) -> None:
    async for event in switch.events():
        if isinstance(event, LinkUp):
            linked.set()
        elif isinstance(event, CallMarked) and event.mark is Mark.SERVED:
            served.setdefault(event.fields.get("Account", ""), []).append(event.fields.get("Path", ""))


async def _compare(tally: Tally, served: dict[str, list[str]]) -> None:
    """Ask Asterisk's marks whether every finished call was served with the keys that were pressed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(MARK_SECONDS):
            while sum(map(len, served.values())) < len(tally.finished):  # noqa: ASYNC110 - nothing to be told by
                await asyncio.sleep(0.05)
    for person in tally.finished:
        paths = served.get(str(person.account.account_id), [])
        path = paths.pop() if paths else ""
        if not ("=ok;" in path and path.endswith("balance=told;more=9;goodbye")):
            tally.failures[f"keys not taken as pressed: {path or 'no mark'}"] += 1


def _spent(settings: Settings, ours: Sequence[int]) -> Spent:
    pid = 0
    with suppress(OSError, ValueError):
        pid = int((folders.sockets(settings.run_dir) / "asterisk" / "run" / "asterisk.pid").read_text())
    return Spent(asterisk=processor(pid), ours=sum(map(processor, ours)), synthesiser=sum(map(helpers, ours)))


def _figures(calls: int, tally: Tally, seconds: float, spent: Spent) -> list[Figure]:
    figures = [
        Figure(name="calls", value=calls, unit="calls"),
        Figure(name="most at once", value=tally.most_talking, unit="calls"),
        at_most("failures", sum(tally.failures.values()), "calls", 0),
        Figure(name="whole bench", value=seconds, unit="s"),
    ]
    for name, values in (
        ("answer", tally.answers),
        ("key to next prompt", tally.prompts),
        ("last digit to balance spoken", tally.balances),
    ):
        figures += [
            Figure(name=f"{name}, p{share}", value=_percentile(values, share) * 1000, unit="ms")
            for share in (50, 95, 99)
        ]
    if spent.asterisk:
        figures.append(Figure(name="Asterisk", value=100 * spent.asterisk / seconds, unit="% of a core"))
        figures.append(Figure(name="our process", value=100 * spent.ours / seconds, unit="% of a core"))
    return figures


def _percentile(values: Sequence[float], share: int) -> float:
    if len(values) < 2:
        return values[0] if values else 0.0
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]
