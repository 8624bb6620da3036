"""The dictionary of words that names and addresses hold: beginnings, words one typing error away (shell).

Triggers on `customers` and `premises` add new words; words that nobody uses any more do no harm, `rebuild` drops them
and counts how often each is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, LiteralString

from sqlalchemy import Text, any_, bindparam, column, func, literal, select, text, values
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.lookup import BEYOND
from crm_core.tables import search_words

Kind = Literal["name", "address"]
KINDS: tuple[Kind, ...] = ("name", "address")
BEGINNINGS = 60
"""Most words taken for one beginning; `iva` begins some hundred, of which the most used are asked."""


@dataclass(frozen=True, slots=True)
class Known:
    """A word of the dictionary."""

    word: str
    uses: int
    """Rows that hold it; of words that came after the last rebuild, 1."""


Beginnings = dict[tuple[Kind, str], list[Known]]


async def beginning_with(db: AsyncConnection, asked: Sequence[tuple[Kind, str]]) -> Beginnings:
    """Return for each beginning the words that have it, the word itself first, then by use; one round trip."""
    if not asked:
        return {}
    wanted = values(
        column("kind", Text),
        column("beginning", Text(collation="C")),
        column("beyond", Text(collation="C")),
        name="asked",
    ).data([(kind, one, one + BEYOND) for kind, one in dict.fromkeys(asked)])
    used = func.sum(search_words.c.uses).label("uses")
    itself = (search_words.c.word == wanted.c.beginning).label("itself")
    found = (
        select(search_words.c.word, used)
        .where(
            search_words.c.kind == wanted.c.kind,
            search_words.c.word >= wanted.c.beginning,
            search_words.c.word < wanted.c.beyond,
        )
        .group_by(search_words.c.word, itself)
        .order_by(itself.desc(), used.desc())
        .limit(BEGINNINGS)
        .lateral("found")
    )
    rows = await db.execute(
        select(wanted.c.kind, wanted.c.beginning, found.c.word, found.c.uses).join(found, literal(True))
    )
    known: Beginnings = {}
    for kind, beginning, word, uses in rows:
        known.setdefault((kind, beginning), []).append(Known(word, uses))
    return known


async def among(db: AsyncConnection, keys: Iterable[str]) -> dict[Kind, list[Known]]:
    """Return which of these keys are words of the dictionary, the most used first; one round trip."""
    used = func.sum(search_words.c.uses)
    query = (
        select(search_words.c.kind, search_words.c.word, used)
        .where(
            search_words.c.kind.in_(KINDS),
            search_words.c.word == any_(bindparam(None, sorted(keys), ARRAY(Text(collation="C")))),
        )
        .group_by(search_words.c.kind, search_words.c.word)
        .order_by(used.desc())
    )
    known: dict[Kind, list[Known]] = {kind: [] for kind in KINDS}
    for kind, word, uses in await db.execute(query):
        known[kind].append(Known(word, uses))
    return known


SOURCES: tuple[tuple[Kind, str, str], ...] = (
    ("name", "customers", "name_key"),
    ("name", "contact_names", "name_key"),
    ("address", "premises", "address_key"),
)
"""Where each kind of words comes from: table and column."""
FILL: LiteralString = """
insert into search_words (kind, word, uses)
select '{kind}', word, count(*) from {table}, unnest(string_to_array({column}, ' ')) as word
 where length(word) >= 3 and word !~ '^[0-9]+$'
 group by word order by word collate "C"
"""


async def rebuild(db: Writing) -> int:
    """Make the dictionary anew from every name and address, and return how many words it has.

    Reads both tables once; searches go on with the old words until it is committed.
    """
    # Without this the server's 10 s for a statement of the desk would end it at six million subscribers.
    await db.execute(text("set local statement_timeout = '30min'"))
    await db.execute(search_words.delete())
    for kind, table, key in SOURCES:
        await db.execute(text(FILL.format(kind=kind, table=table, column=key)))
    return int((await db.execute(select(func.count()).select_from(search_words))).scalar_one())
