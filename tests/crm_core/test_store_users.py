"""Users, their sessions, states and what they looked at, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, update

from crm_core import db as way
from crm_core import tables
from crm_core.access import Role
from crm_core.errors import BadValue, LoginTaken, NoFreeExtension, NoSuchUser
from crm_core.store import access_log, dispositions, operators, users
from crm_core.store.users import NewUser, User

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
OLGA = NewUser(login="Olga ", name="Olga Ivanova", role=Role.OPERATOR, password="correct horse", extension="101")


async def make(db: way.Database, new: NewUser = OLGA) -> User:
    async with way.transaction(db) as connection:
        return await users.create(connection, new)


async def signs_in(db: way.Database, login: str, password: str) -> User | None:
    async with way.transaction(db) as connection:
        return await users.verify_password(connection, login, password)


async def opened(db: way.Database, user: User) -> str:
    async with way.transaction(db) as connection:
        return (await users.open_session(connection, user.user_id, NOW, "127.0.0.1")).token


async def lives(db: way.Database, token: str, now: datetime = NOW) -> bool:
    async with way.reading(db) as connection:
        return await users.session(connection, token, now) is not None


async def test_a_user_signs_in_with_login_and_password_only(db: way.Database) -> None:
    olga = await make(db)
    assert (olga.login, olga.role, olga.extension) == ("olga", Role.OPERATOR, "101")
    assert await signs_in(db, " OLGA", "correct horse") == olga
    assert await signs_in(db, "olga", "Correct horse") is None
    assert await signs_in(db, "nobody", "correct horse") is None
    assert await signs_in(db, "' or 1=1 --", "\x00") is None
    async with way.reading(db) as connection:
        assert await users.by_login(connection, "olga") == await users.by_id(connection, olga.user_id) == olga
        assert await users.by_login(connection, "nobody") is None
        stored = (await connection.execute(select(tables.users.c.password))).scalar_one()
    assert stored.startswith("$argon2id$")


async def test_time_does_not_tell_whether_a_login_exists(db: way.Database) -> None:
    await make(db)
    times: dict[str, list[float]] = {"olga": [], "nobody": []}
    await signs_in(db, "nobody", "wrong password")
    for _ in range(9):
        for login, spent in times.items():
            # Of the processor, not of the wall: other programs must not decide this test.
            began = time.process_time()
            await signs_in(db, login, "wrong password")
            spent.append(time.process_time() - began)
    assert median(times["nobody"]) > median(times["olga"]) / 2
    assert median(times["olga"]) > median(times["nobody"]) / 2


async def test_an_old_hash_is_replaced_in_signing_in(db: way.Database) -> None:
    await make(db)
    weak = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=1024, parallelism=1),)).hash("correct horse")
    async with way.transaction(db) as connection:
        await connection.execute(update(tables.users).values(password=weak))
    assert await signs_in(db, "olga", "correct horse") is not None
    async with way.reading(db) as connection:
        assert (await connection.execute(select(tables.users.c.password))).scalar_one() != weak
    assert await signs_in(db, "olga", "correct horse") is not None


async def test_a_login_and_a_telephone_have_one_owner(db: way.Database) -> None:
    await make(db)
    with pytest.raises(LoginTaken):
        await make(db, replace(OLGA, login="OLGA", extension=None))
    with pytest.raises(NoFreeExtension):
        await make(db, replace(OLGA, login="pavel"))


@pytest.mark.parametrize("new", [replace(OLGA, login=" "), replace(OLGA, name="\x00"), replace(OLGA, password="short")])
async def test_half_a_user_is_refused(db: way.Database, new: NewUser) -> None:
    with pytest.raises(BadValue):
        await make(db, new)


async def test_users_made_at_once_get_telephones_of_their_own(db: way.Database) -> None:
    async def one(login: str) -> str | None:
        async with way.transaction(db) as connection:
            extension = await users.free_extension(connection, 101, 4)
            return (await users.create(connection, replace(OLGA, login=login, extension=extension))).extension

    assert sorted(str(given) for given in await asyncio.gather(*map(one, "abcd"))) == ["101", "102", "103", "104"]
    with pytest.raises(NoFreeExtension, match="BUSBAR_LINES"):
        await one("e")


async def test_a_session_lives_until_it_is_too_old_idle_or_closed(db: way.Database) -> None:
    olga = await make(db)
    token = await opened(db, olga)
    async with way.reading(db) as connection:
        session = await users.session(connection, token, NOW)
    assert session is not None
    assert (session.user, session.unseen) == (olga, False)
    assert not await lives(db, "guessed")
    assert not await lives(db, token, NOW + users.IDLE_SESSION)
    moment = NOW
    while moment < NOW + users.LONGEST_SESSION - timedelta(hours=1):
        moment += timedelta(hours=1)
        assert await lives(db, token, moment)
        async with way.transaction(db) as connection:
            await users.session_seen(connection, token, moment)
    assert not await lives(db, token, NOW + users.LONGEST_SESSION)
    async with way.transaction(db) as connection:
        await users.close_session(connection, token)
    assert not await lives(db, token)


async def test_a_session_says_when_its_sign_of_life_is_due(db: way.Database) -> None:
    token = await opened(db, await make(db))
    async with way.reading(db) as connection:
        session = await users.session(connection, token, NOW + users.SEEN_EVERY)
    assert session is not None
    assert session.unseen
    async with way.transaction(db) as connection:
        await users.session_seen(connection, token, NOW + timedelta(minutes=5))
        await users.session_seen(connection, token, NOW)
    async with way.reading(db) as connection:
        assert (await connection.execute(select(tables.sessions.c.seen_at))).scalar_one() == NOW + timedelta(minutes=5)


async def test_the_token_is_nowhere_in_the_database(db: way.Database) -> None:
    token = await opened(db, await make(db))
    async with way.reading(db) as connection:
        row = (await connection.execute(select(tables.sessions))).one()
    assert token not in map(str, row)


async def test_a_dismissed_user_is_out_at_once(db: way.Database) -> None:
    olga = await make(db)
    token = await opened(db, olga)
    async with way.transaction(db) as connection:
        await users.disable(connection, olga.user_id)
    assert not await lives(db, token)
    assert await signs_in(db, "olga", "correct horse") is None
    await make(db, replace(OLGA, login="pavel"))  # the telephone is free again
    async with way.transaction(db) as connection:
        await users.enable(connection, olga.user_id, "102")
        people = await users.everyone(connection)
    assert {one.login: one.extension for one in users.operators_of(people)} == {"olga": "102", "pavel": "101"}
    assert await signs_in(db, "olga", "correct horse") is not None


async def test_a_new_password_ends_the_sessions_of_the_old_one(db: way.Database) -> None:
    olga = await make(db)
    token = await opened(db, olga)
    async with way.transaction(db) as connection:
        await users.set_password(connection, olga.user_id, "battery staple")
    assert not await lives(db, token)
    assert await signs_in(db, "olga", "correct horse") is None
    assert await signs_in(db, "olga", "battery staple") is not None


async def test_dead_sessions_are_swept(db: way.Database) -> None:
    olga = await make(db)
    token = await opened(db, olga)
    async with way.transaction(db) as connection:
        assert await users.sweep_sessions(connection, NOW) == 0
        assert await users.sweep_sessions(connection, NOW + users.IDLE_SESSION) == 1
    assert not await lives(db, token)


async def test_nobody_cannot_be_changed(db: way.Database) -> None:
    async with way.transaction(db) as connection:
        with pytest.raises(NoSuchUser):
            await users.disable(connection, 4711)
        with pytest.raises(NoSuchUser):
            await users.enable(connection, 4711, None)
        with pytest.raises(NoSuchUser):
            await users.set_password(connection, 4711, "battery staple")


async def test_the_floor_starts_from_the_last_state_of_every_active_operator(db: way.Database) -> None:
    olga = await make(db)
    pavel = await make(db, replace(OLGA, login="pavel", extension="102"))
    boss = await make(db, replace(OLGA, login="boss", extension=None, role=Role.SUPERVISOR))
    async with way.transaction(db) as connection:
        for one in (olga, pavel, boss):
            await operators.state_changed(connection, one.user_id, "ready", "", NOW)
        await operators.state_changed(
            connection, olga.user_id, "not_ready", "no-answer", NOW + timedelta(seconds=1), "c1"
        )
        await operators.state_changed(connection, pavel.user_id, "talking", "", NOW, "c2")
        await users.create(connection, replace(OLGA, login="new", extension="103"))
        last = await operators.latest(connection)
    assert [(one.name, one.extension, one.state, one.reason, one.call_id) for one in last] == [
        ("Olga Ivanova", "101", "not_ready", "no-answer", "c1"),
        ("Olga Ivanova", "102", "talking", "", "c2"),
    ]


async def test_who_looked_at_what_is_told_newest_first(db: way.Database) -> None:
    olga = await make(db)
    async with way.transaction(db) as connection:
        await access_log.record(connection, None, "sign_in.refused", "olga\r\nforged line", ip="::1")
        await access_log.record(connection, olga.user_id, "card.viewed", "account 17", "call c1", "127.0.0.1")
    async with way.reading(db) as connection:
        lines = await access_log.recent(connection)
        assert [(one.user, one.action, one.object) for one in lines] == [
            ("Olga Ivanova", "card.viewed", "account 17"),
            ("", "sign_in.refused", "olga forged line"),
        ]
        assert await access_log.recent(connection, user_id=olga.user_id) == lines[:1]
        assert await access_log.recent(connection, object_="account 17") == lines[:1]
        assert await access_log.recent(connection, object_="account 18") == []


async def test_people_choose_service_results_before_those_of_a_debt(db: way.Database) -> None:
    async with way.transaction(db) as connection:
        await connection.execute(
            update(tables.dispositions).where(tables.dispositions.c.code == "SILENT").values(retired=True)
        )
        choices = await dispositions.choices(connection)
    codes = [one.code for one in choices]
    assert codes[0] == "BALANCE"
    assert "SILENT" not in codes
    assert "UNDISPOSED" not in codes
    categories = [one.category for one in choices]
    assert categories == ["service"] * 21 + ["collections"] * 24
    assert codes[21] == "PTP"


async def test_every_result_has_a_title_whoever_sets_it(db: way.Database) -> None:
    async with way.transaction(db) as connection:
        await connection.execute(
            update(tables.dispositions).where(tables.dispositions.c.code == "SILENT").values(retired=True)
        )
        titles = await dispositions.titles(connection)
    assert (titles["PTP"], titles["UNDISPOSED"], titles["SILENT"]) == (
        "Promised to pay",
        "Not written up",
        "Nobody spoke",
    )
