"""What the switch left is put away once and whole, whatever dies in between; what is over goes for good."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, text, update

from crm_core import db as way
from crm_core import recording_jobs as jobs
from crm_core import sounds
from crm_core.recordings import Answer, Fault, Mode, Rule, State
from crm_core.settings import Settings
from crm_core.store import erasures, recording_ends, retention
from crm_core.store import recordings as store
from crm_core.tables import access_log, call_events, flow_walks, interactions, recordings, voice_messages
from crm_core.vault import Vault
from tests.crm_core.conftest import Base
from tests.crm_core.taping import LATER, NOON, Taping, sound
from tests.support.servers import node_settings

pytestmark = pytest.mark.integration


@pytest.fixture
def home(tmp_path: Path, database: str) -> Settings:
    return node_settings(tmp_path, database, "redis://nowhere")


@pytest.fixture
async def house(db: way.Database, base: Base, home: Settings) -> Taping:
    customer = await base.customer("Vera Orlova")
    taping = Taping(db, home, await base.account(customer))
    await taping.ready()
    return taping


async def put(house: Taping) -> jobs.Put:
    return await jobs.collected(house.settings, house.pools, LATER)


async def lines(house: Taping, action: str) -> list[tuple[str, str]]:
    async with way.reading(house.pools) as db:
        query = access_log.select().where(access_log.c.action == action).order_by(access_log.c.id)
        return [(row.object, row.reason) for row in await db.execute(query)]


async def test_a_file_is_sealed_checked_drawn_and_removed(house: Taping) -> None:
    call_id, path = await house.call(20, pause=(5, 9))
    raw = path.read_bytes()
    assert await put(house) == jobs.Put(kept=1)
    assert not path.exists()
    (kept,) = await house.kept(call_id)
    assert (kept.state, kept.fault, kept.operator, kept.account_id) == (
        State.KEPT,
        Fault.NONE,
        "Anna",
        house.account_id,
    )
    assert kept.seconds == 20.0
    assert kept.pauses == ((5.0, 9.0),)
    assert kept.keep_until == NOON + timedelta(days=30)
    async with way.reading(house.pools) as db:
        whole = await store.one(db, kept.recording_id)
    assert len(whole.peaks) > 200
    assert whole.sealed is not None
    told = sounds.whole(b"".join(jobs.vault(house.settings).read(whole.sealed)))
    assert len(told) == len(raw)
    assert told[4 * 8000 * 5 : 4 * 8000 * 9] == bytes(4 * 8000 * 4), "the pause is silence to the sample"


async def test_what_is_put_away_twice_is_there_once(house: Taping) -> None:
    call_id, path = await house.call()
    raw = path.read_bytes()
    await put(house)
    path.write_bytes(raw)
    os.utime(path, (NOON.timestamp(), NOON.timestamp()))
    await put(house)
    assert not path.exists()
    assert len(await house.kept(call_id)) == 1
    assert len(house.sealed_files()) == 1


@pytest.mark.parametrize("dies_in", ["seal", "store", "unlink"])
async def test_a_death_at_any_step_loses_nothing_and_leaves_nothing_plain(
    house: Taping, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    call_id, path = await house.call()

    class Death(BaseException):
        pass

    def dies(*_: object, **__: object) -> None:
        raise Death

    with monkeypatch.context() as patch:
        if dies_in == "seal":
            patch.setattr(Vault, "digest", dies)
        elif dies_in == "store":
            patch.setattr(store, "store", dies)
        else:
            patch.setattr(Path, "unlink", dies)
        with pytest.raises(Death):
            await put(house)
    assert path.exists()
    await put(house)
    assert not path.exists()
    assert [one.fault for one in await house.kept(call_id)] == [Fault.NONE]
    for file in house.sealed_files():
        os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    await jobs.collected(house.settings, house.pools, LATER + timedelta(hours=2))
    assert len(house.sealed_files()) == 1, "sealed files that no recording opens are removed"


async def test_a_call_that_goes_on_is_left_alone(house: Taping) -> None:
    call_id, path = await house.call(ended=False)
    assert await put(house) == jobs.Put(waiting=1)
    assert path.exists()
    await house.ends(call_id)
    assert (await put(house)).kept == 1


async def test_a_file_that_still_grows_is_left_alone(house: Taping) -> None:
    _, path = await house.call()
    os.utime(path, (LATER.timestamp(), LATER.timestamp()))
    assert await put(house) == jobs.Put(waiting=1)


async def test_a_call_that_nobody_wrote_down_is_kept_by_its_files_name(house: Taping) -> None:
    """Floor and base were away: the name says whose it was, and it is kept apart until somebody has looked."""
    call_id, _ = await house.call(known=False, answer=None)
    assert (await put(house)).waiting == 1
    await jobs.collected(house.settings, house.pools, LATER + timedelta(hours=2))
    (kept,) = await house.kept(call_id)
    assert (kept.state, kept.fault, kept.operator) == (State.APART, Fault.UNANNOUNCED, "Anna")


async def test_of_who_said_no_there_is_no_recording(house: Taping) -> None:
    call_id, path = await house.call(answer=Answer.NO)
    await put(house)
    assert not path.exists()
    assert await house.kept(call_id) == []
    assert house.sealed_files() == []


async def test_who_was_not_told_is_flagged_and_not_to_be_heard(house: Taping) -> None:
    call_id, _ = await house.call(answer=None)
    await put(house)
    (kept,) = await house.kept(call_id)
    assert (kept.state, kept.fault) == (State.APART, Fault.UNANNOUNCED)
    async with way.transaction(house.pools) as db:
        await store.look(db, kept.recording_id, "told by the operator, at 0:04", house.user_id, release=True)
    (kept,) = await house.kept(call_id)
    assert (kept.state, kept.looked_at) == (State.KEPT, True)


@pytest.mark.parametrize(
    ("seconds", "raw", "fault"),
    [(30, sound(8), Fault.SHORT), (20, sound(20, right=0), Fault.SILENT), (20, bytes(20 * 32000), Fault.SILENT)],
)
async def test_what_is_wrong_with_a_file_is_said(house: Taping, seconds: float, raw: bytes, fault: Fault) -> None:
    call_id, _ = await house.call(seconds, raw=raw)
    assert (await put(house)).faulty == 1
    (kept,) = await house.kept(call_id)
    assert (kept.state, kept.fault) == (State.KEPT, fault)
    assert await lines(house, "recording.failed") == [(f"recording {kept.recording_id}", fault.value)]


async def test_a_recording_that_never_came_is_missed(house: Taping) -> None:
    call_id, _ = await house.call(raw=b"")
    async with way.transaction(house.pools) as db:
        await db.execute(text("update recording_notices set at = :at"), {"at": NOON})
    assert (await put(house)).faulty == 1
    assert (await put(house)).faulty == 0, "once"
    (kept,) = await house.kept(call_id)
    assert (kept.state, kept.fault, kept.sealed) == (State.LOST, Fault.MISSING, None)


async def test_strange_files_of_the_spool_go_after_a_day_and_links_are_not_followed(
    house: Taping, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("x")
    strange = house.spool / "..~hello.raw"
    strange.write_bytes(b"x")
    os.utime(strange, (0, 0))
    link = house.spool / "main-1.1~a~op101~1~1.raw"
    link.symlink_to(secret)
    await put(house)
    assert not strange.exists()
    assert secret.read_text() == "x"
    assert house.sealed_files() == []


async def test_the_account_that_an_operator_chose_after_the_call_is_taken_over(house: Taping, base: Base) -> None:
    other = await base.account(await base.customer("Boris"))
    call_id, _ = await house.call()
    await put(house)
    async with way.transaction(house.pools) as db:
        await db.execute(update(interactions).where(interactions.c.call_id == call_id).values(account_id=other))
    await put(house)
    assert [one.account_id for one in await house.kept(call_id)] == [other]


async def test_what_is_over_is_shredded_and_a_legal_hold_keeps_it(house: Taping, base: Base) -> None:
    call_id, _ = await house.call()
    await put(house)
    async with way.transaction(house.pools) as db:
        customer = (
            await db.execute(text("select customer_id from accounts where id = :a"), {"a": house.account_id})
        ).scalar_one()
        hold = await retention.place_hold(db, customer, "case 7", house.user_id, NOON)
    over = NOON + timedelta(days=31)
    assert await jobs.expired(house.settings, house.pools, NOON + timedelta(days=29)) == 0
    assert await jobs.expired(house.settings, house.pools, over) == 0, "held"
    async with way.transaction(house.pools) as db:
        await retention.lift_hold(db, hold, "over", house.user_id, over)
    assert await jobs.expired(house.settings, house.pools, over) == 1
    assert await house.kept(call_id) == []
    assert house.sealed_files() == []
    async with way.reading(house.pools) as db:
        row = (await db.execute(recordings.select())).one()
    assert (row.state, row.sealed_key, row.peaks, row.sha256) == ("shredded", None, None, "")
    assert len(await lines(house, "recording.shredded")) == 1


async def test_a_file_that_outlived_its_key_is_swept(house: Taping) -> None:
    """Shredded in the base, and the worker died before it removed the file."""
    await house.call()
    await put(house)
    async with way.transaction(house.pools) as db:
        ids = await recording_ends.over(db, NOON + timedelta(days=31))
        await recording_ends.shred(db, ids, None, "test", LATER)
    (file,) = house.sealed_files()
    os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    await jobs.collected(house.settings, house.pools, LATER + timedelta(hours=2))
    assert house.sealed_files() == []


async def test_without_a_secret_files_wait_and_nothing_is_lost(house: Taping) -> None:
    _, path = await house.call()
    bare = house.settings.model_copy(update={"recording_secret": ""})
    assert (await jobs.collected(bare, house.pools, LATER)).faulty == 1
    assert path.exists()
    assert (await put(house)).kept == 1


async def test_a_rule_that_tells_nobody_keeps_what_it_records(db: way.Database, home: Settings) -> None:
    taping = Taping(db, home)
    await taping.ready(Rule(mode=Mode.ALWAYS, announced=False))
    call_id, _ = await taping.call(answer=Answer.SILENT)
    await put(taping)
    assert [one.state for one in await taping.kept(call_id)] == [State.KEPT]


async def test_the_parts_of_a_call_that_was_passed_on_are_kept_each_and_none_is_too_short(
    house: Taping, db: way.Database
) -> None:
    call_id, first = await house.call(40, raw=sound(10))
    moved = NOON + timedelta(seconds=10)
    async with way.transaction(db) as writing:
        lines = [(moved, "passed-on"), (moved + timedelta(seconds=5), "answered")]
        lines += [(moved + timedelta(seconds=15), "consults"), (moved + timedelta(seconds=20), "consult-over")]
        await writing.execute(insert(call_events), [{"call_id": call_id, "at": at, "what": what} for at, what in lines])
    for leg, begins, seconds in (("offer-2", 15, 10), ("offer-2.2", 30, 10)):
        at = int((NOON + timedelta(seconds=begins)).timestamp())
        path = first.with_name(f"{call_id}~{leg}~op101~{at}~{house.rule_id}.raw")
        path.write_bytes(sound(seconds))
        os.utime(path, (at, at))
    await put(house)
    kept = await house.kept(call_id)
    assert sorted((one.seconds, one.fault) for one in kept) == [(10, Fault.NONE)] * 3
    assert len({one.interaction_id for one in kept}) == 1, "found from the one contact"


async def test_a_list_is_filtered_and_paged(house: Taping) -> None:
    calls = [
        (await house.call(seconds, at=NOON + timedelta(minutes=place)))[0] for place, seconds in enumerate((5, 8, 12))
    ]
    async with way.transaction(house.pools) as db:
        await db.execute(update(interactions).where(interactions.c.call_id == calls[0]).values(disposition="DEBT"))
        await db.execute(insert(interactions).values(call_id="x", channel="phone", direction="in", began_at=NOON))
    await put(house)
    async with way.reading(house.pools) as db:

        async def found(**wanted: object) -> list[str]:
            return [one.call_id for one in await store.listing(db, store.Filter(**wanted))]  # type: ignore[arg-type]

        assert await found() == calls[::-1]
        assert await found(disposition="DEBT") == calls[:1]
        assert await found(least_seconds=8) == [calls[2], calls[1]]
        assert await found(most_seconds=8) == [calls[1], calls[0]]
        assert await found(since=NOON + timedelta(minutes=1)) == [calls[2], calls[1]]
        assert await found(until=NOON + timedelta(minutes=1)) == calls[:1]
        assert await found(operator_id=house.user_id + 1) == []
        assert await found(queue="debts") == []
        first = await store.listing(db, store.Filter(), limit=2)
        rest = await store.listing(db, store.Filter(), before=first[-1].recording_id, limit=2)
        assert [one.call_id for one in [*first, *rest]] == calls[::-1]


async def test_an_erasure_takes_his_voice_and_his_messages(house: Taping, db: way.Database, base: Base) -> None:
    other = await base.account(await base.customer("Boris"))
    call_id, _ = await house.call()
    theirs = Taping(house.pools, house.settings, other)
    theirs.user_id, theirs.rule_id = house.user_id, house.rule_id
    kept, _ = await theirs.call()
    await put(house)
    folder = house.settings.run_dir / "messages"
    folder.mkdir()
    names = [f"{at:032x}.wav" for at in range(3)]
    async with way.transaction(db) as writing:
        for name, account in zip(names, (house.account_id, other), strict=False):
            row = {"call_id": name, "account_id": account, "number": "+79161230000", "file": name, "seconds": 5}
            await writing.execute(insert(voice_messages).values(row))
        customer = (
            await writing.execute(text("select customer_id from accounts where id = :a"), {"a": house.account_id})
        ).scalar_one()
        who = await erasures.known(writing, customer)
        assert who is not None
        for table in ("interaction_entries", "work_history"):
            await writing.execute(text(f"alter table {table} disable trigger append_only"))
        await erasures.erase(writing, who)
    for name in (*names, "tone.wav"):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (NOON.timestamp(), NOON.timestamp()))
    for file in house.sealed_files():
        os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    await jobs.collected(house.settings, house.pools, LATER + timedelta(hours=2))
    assert await house.kept(call_id) == []
    assert [one.call_id for one in await theirs.kept(kept)] == [kept]
    assert len(house.sealed_files()) == 1
    assert sorted(path.name for path in folder.iterdir()) == sorted([names[1], "tone.wav"])


async def test_messages_and_ways_through_menus_are_kept_for_their_time(house: Taping, db: way.Database) -> None:
    later = NOON + timedelta(days=400)
    async with way.transaction(db) as writing:
        row = {
            "call_id": "a",
            "account_id": house.account_id,
            "number": "+7",
            "file": "a.wav",
            "seconds": 5,
            "at": NOON,
        }
        await writing.execute(insert(voice_messages).values(row))
        await writing.execute(
            insert(flow_walks).values(call_id="a", began_at=NOON, ended_at=NOON, ending="gone", path=[])
        )
        for kind in ("messages", "flow_walks"):
            assert await retention.sweep(writing, kind, later - timedelta(days=366), later) == 1, kind
            assert await retention.sweep(writing, kind, later - timedelta(days=366), later) == 0, kind
        message = (await writing.execute(voice_messages.select())).one()
        assert (message.erased, message.number) == (True, "")
