"""Trunks, telephones and the queue of last resort as Asterisk shall have them, and how each node took them (shell)."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.errors import BadValue, NoSuchTrunk, TrunkTaken
from crm_core.store import access_log, dispatch
from crm_core.tables import last_resort, nodes, telephones, trunks, users
from crm_core.trunks import CODECS, EXTENSION, LastResort, Telephone, Trunk, Wanted, calls_out, faults, queue_faults

CHANNEL = "busbar_lines"
"""What the database says on it: something that an Asterisk is configured from has changed."""
QUEUE = "busbar"
MOST_TRUNKS, MOST_TELEPHONES = 200, 5_000
_COLUMNS = (
    "name", "host", "port", "login", "secret", "registers", "number", "numbers", "prefixes", "rank", "lines",
    "reserved", "direction", "codecs", "check_number", "node", "enabled",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """How a node stands to what is on record."""

    node: str
    applied_at: datetime | None
    applied: str
    """Digest of what is in effect there."""
    trouble: str
    seen_at: datetime | None


async def wanted(db: AsyncConnection) -> Wanted:
    """Return all that Asterisks are configured from."""
    return Wanted(
        telephones=tuple(await phones(db, limit=MOST_TELEPHONES)),
        trunks=tuple(await everyone(db)),
        queue=await resort(db),
        resorts=await dispatch.resorts(db),
    )


# --- trunks ---------------------------------------------------------------------------------------


def _trunk(row: Row[*tuple[Any, ...]]) -> Trunk:
    values = {name: getattr(row, name) for name in _COLUMNS}
    lists = {name: tuple(values[name]) for name in ("numbers", "prefixes", "codecs")}
    return Trunk(trunk_id=row.id, **(values | lists))


async def everyone(db: AsyncConnection) -> list[Trunk]:
    """Return the trunks by rank and name."""
    query = select(trunks).order_by(trunks.c.rank, trunks.c.name).limit(MOST_TRUNKS)
    return [_trunk(row) for row in await db.execute(query)]


async def trunk(db: AsyncConnection, trunk_id: int) -> Trunk:
    """Return one trunk.

    Raises:
        NoSuchTrunk: there is none of this key.

    """
    row = (await db.execute(select(trunks).where(trunks.c.id == trunk_id))).one_or_none()
    if row is None:
        raise NoSuchTrunk(f"there is no trunk {trunk_id}")
    return _trunk(row)


async def save(db: Writing, wished: Trunk, by: int | None, now: datetime) -> int:
    """Make a trunk, or change the one of its key; returns the key. Asterisks are told by the database.

    Raises:
        BadValue: something of it cannot stand in a configuration; the message names field and rule.
        NoSuchTrunk: there is none of this key.
        TrunkTaken: another trunk has this name.

    """
    for field, code in faults(wished).items():
        raise BadValue(f"{field}: {code}")
    values = {name: value for name, value in asdict(wished).items() if name in _COLUMNS}
    values |= {"numbers": list(wished.numbers), "prefixes": list(wished.prefixes), "changed_by": by, "changed_at": now}
    values["codecs"] = [one for one in CODECS if one in wished.codecs]
    try:
        async with db.begin_nested():
            if wished.trunk_id:
                change = update(trunks).where(trunks.c.id == wished.trunk_id).values(values).returning(trunks.c.id)
            else:
                change = insert(trunks).values(values).returning(trunks.c.id)  # type: ignore[assignment]
            key = (await db.execute(change)).scalar_one_or_none()
    except IntegrityError as error:
        raise TrunkTaken(f"there is a trunk {wished.name} already") from error
    if key is None:
        raise NoSuchTrunk(f"there is no trunk {wished.trunk_id}")
    state = "on" if wished.enabled else "off"
    await access_log.record(db, by, "lines.managed", f"trunk {wished.name}", f"{wished.host}:{wished.port} {state}")
    return int(key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward:
    """The way to the public network, as the record and the settings say."""

    nodes: Mapping[str, tuple[Trunk, ...]]
    """From which numbers there are called, and by which trunks, without passwords; none: by the one of the settings."""
    numbers: frozenset[str]
    """Ours, shown there (E.164); never called themselves."""


async def outward(db: AsyncConnection, nodes_: Collection[str], *, simple: bool, number: str = "") -> Outward:
    """Return from where numbers of the public network are called, and which numbers are ours.

    Args:
        db: a connection, `reading` will do.
        nodes_: names of the house's nodes.
        simple: the settings name a trunk, which serves while none is on record.
        number: ours, as the settings say.

    """
    found = Wanted(telephones=(), trunks=tuple(await everyone(db)))
    mine = {
        node: tuple(replace(one, secret="", registers=False) for one in found.of_node(node).trunks) for node in nodes_
    }
    return Outward(
        nodes={node: there for node, there in mine.items() if calls_out(there, simple=simple)},
        numbers=frozenset({number, *(one.number for one in found.trunks)} - {""}),
    )


# --- operators' telephones ------------------------------------------------------------------------


async def phones(db: AsyncConnection, *, after: str = "", limit: int = 50) -> list[Telephone]:
    """Return the telephones that have an owner, by number: who works here and takes calls."""
    query = (
        select(
            users.c.extension,
            users.c.name,
            func.coalesce(telephones.c.browser, True).label("browser"),
            func.coalesce(telephones.c.desk, True).label("desk"),
        )
        .outerjoin(telephones, telephones.c.extension == users.c.extension)
        .where(users.c.extension > after, users.c.active)
        .order_by(users.c.extension)
        .limit(limit)
    )
    return [
        Telephone(extension=row.extension, browser=row.browser, desk=row.desk, owner=row.name)
        for row in await db.execute(query)
    ]


async def allow(db: Writing, wished: Telephone, by: int | None, now: datetime) -> None:
    """Say which telephones of an extension may register.

    Raises:
        BadValue: nobody has this extension.

    """
    owner = select(users.c.id).where(users.c.extension == wished.extension, users.c.active)
    if not EXTENSION.fullmatch(wished.extension) or (await db.execute(owner)).one_or_none() is None:
        raise BadValue("extension: nobody has this telephone")
    values = {"browser": wished.browser, "desk": wished.desk, "changed_by": by, "changed_at": now}
    new = upsert(telephones).values(extension=wished.extension, **values)
    await db.execute(new.on_conflict_do_update(index_elements=["extension"], set_=values))
    said = f"browser {'on' if wished.browser else 'off'}, desk {'on' if wished.desk else 'off'}"
    await access_log.record(db, by, "lines.managed", f"telephone {wished.extension}", said)


# --- the queue of last resort ---------------------------------------------------------------------


async def resort(db: AsyncConnection) -> LastResort:
    """Return how Asterisk's own queue serves when the floor is silent."""
    row = (await db.execute(select(last_resort).where(last_resort.c.name == QUEUE))).one_or_none()
    if row is None:
        return LastResort()
    return LastResort(
        strategy=row.strategy,
        ring_seconds=row.ring_seconds,
        wrap_up_seconds=row.wrap_up_seconds,
        most_waiting=row.most_waiting,
    )


async def set_resort(db: Writing, wished: LastResort, by: int | None, now: datetime) -> None:
    """Change how Asterisk's own queue serves.

    Raises:
        BadValue: a value is out of its bounds.

    """
    for field, code in queue_faults(wished).items():
        raise BadValue(f"{field}: {code}")
    values = {**asdict(wished), "changed_by": by, "changed_at": now}
    new = upsert(last_resort).values(name=QUEUE, **values)
    await db.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))
    await access_log.record(db, by, "lines.managed", "queue of last resort", wished.strategy)


# --- nodes ----------------------------------------------------------------------------------------


async def applied(db: Writing, node: str, digest: str, trouble: str, now: datetime) -> None:
    """Note that a node has taken, or could not take, what is on record."""
    values: dict[str, Any] = {"trouble": trouble[:500], "seen_at": now}
    if not trouble:
        values |= {"applied": digest, "applied_at": now}
    new = upsert(nodes).values(name=node[:40], **values)
    await db.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))


async def everywhere(db: AsyncConnection) -> list[Applied]:
    """Return every node that ever took something, by name."""
    rows = await db.execute(select(nodes).order_by(nodes.c.name).limit(100))
    return [
        Applied(node=row.name, applied_at=row.applied_at, applied=row.applied, trouble=row.trouble, seen_at=row.seen_at)
        for row in rows
    ]


async def told(db: AsyncConnection) -> AsyncGenerator[None, None]:
    """Yield once at the beginning, and each time that something an Asterisk is configured from has changed."""
    raw: Any = (await db.get_raw_connection()).driver_connection
    await raw.execute(f"listen {CHANNEL}")
    yield None
    async for _ in raw.notifies():
        yield None
