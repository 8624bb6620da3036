"""Search from one box: whatever was typed, along indexes only, in bounded work (shell).

First what is sure (numbers, e-mails, the beginning of a name or an address), then words in any order, then, where that
found too little, words one typing error away. Words are looked up in the dictionary first and asked whole: a GIN index
gathers every row under a beginning before the first is seen, and intersects whole words from the rarest on.
https://www.postgresql.org/docs/current/gin.html#GIN-IMPLEMENTATION
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.errors import QueryCanceled
from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY, distinct_on
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core import names
from crm_core.lookup import Found, Hit, Questions, Word, Words, query, questions
from crm_core.misspelling import one_error_away
from crm_core.store import search_keys, search_words
from crm_core.store.customers_alike import standing_loser
from crm_core.store.search_keys import Ranked
from crm_core.store.search_words import Beginnings, Kind, Known
from crm_core.store.subscribers import BASE, candidate
from crm_core.tables import (
    accounts,
    contact_names,
    customers,
    merges,
    premises,
)

# Spelled as in the index: a bound parameter would keep the planner from using it.
SIMPLE: ColumnElement[str] = literal_column("'simple'::regconfig", REGCONFIG)
FEW = 3
"""With fewer found, typing errors are undone as well, unless every word was typed whole and right."""
RAREST = 3
"""Numbers and words that the index is asked for; the common rest sifts what these found."""
NEIGHBOURS = 12
"""Most words taken that one typing error may have made of one."""
WIDEST = 500_000
"""Rows that the rarest of the words may be in; to gather more takes longer than anybody waits for a search."""
PATIENCE = "1500ms"
"""A search by words is given up after that, and more is asked for."""
NUMBERS = ("account", "phone", "meter", "application", "email", "tax_number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A typed word and the words of the dictionary it may stand for."""

    word: Word
    known: tuple[Known, ...] = ()
    """That begin with it."""
    near: tuple[Known, ...] = ()
    """That are one typing error away."""
    unsaid: bool = False
    """It may be a misspelt `street`: keys of addresses leave such words out, so nothing can be asked of it."""

    @property
    def uses(self) -> int:
        """Rows that hold any of them."""
        return sum(one.uses for one in (*self.known, *self.near))


Choices = dict[Kind, tuple[Choice, ...]]


async def search(db: AsyncConnection, text: str, limit: int = 20, *, region: str = "RU", area: str = "") -> Found:
    """Find accounts by whatever was typed, the surest first; each hit says what matched.

    Understood: account number with or without its check digit, or its beginning; telephone in any spelling; serial
    number of a meter; number of an application; e-mail or its beginning; tax number; words of a name or an address in
    any order, by their beginnings, in Latin or Cyrillic, with one typing error in each word of four letters and more.

    Args:
        db: a connection, `reading` will do.
        text: as typed; fewer than three letters and digits find nothing.
        limit: at most this many.
        region: where telephone numbers without country code are dialled.
        area: area code of telephone numbers without one.
    """
    asked = questions(text, region, area)
    if asked is None:
        return Found()
    found = await _answers(db, search_keys.sure(asked), limit + 1)
    if len(found) > limit or any(hit.candidate.why in NUMBERS for hit in found):
        return _found(found, limit)
    choices = await _known(db, asked)
    try:
        async with _patience(db):
            found += await _answers(db, _worded(asked, choices), limit + 1)
            too_wide = _too_wide(asked, choices)
            if len(_once(found)) < FEW:
                found += await _of_merged(db, asked, choices, limit)
            if len(_once(found)) < (1 if _all_known(choices) else FEW):
                choices = await _with_neighbours(db, choices)
                found += await _guessed(db, asked, choices, limit)
                too_wide |= _too_wide(asked, choices)
    except DBAPIError as error:
        if not isinstance(error.orig, QueryCanceled):
            raise
        too_wide = True
    return _found(found, limit, too_wide=too_wide)


async def _guessed(db: AsyncConnection, asked: Questions, choices: Choices, limit: int) -> list[Hit]:
    """Return what is found when each word may have one typing error."""
    found: list[Hit] = []
    for parts in (_surnames(asked, choices), _misspelt(asked, choices)):
        # A word under which thousands are is gathered only when its beginnings did not fill the page.
        if len(found) <= limit:
            found += _told(choices, await _answers(db, parts, 2 * limit))
    return found


def _found(hits: Sequence[Hit], limit: int, *, too_wide: bool = False) -> Found:
    once = _once(hits)
    return Found(hits=tuple(once[:limit]), more=len(once) > limit, too_wide=too_wide)


def _once(hits: Iterable[Hit]) -> list[Hit]:
    """Return each account once, where it came first."""
    first: dict[int, Hit] = {}
    for hit in hits:
        first.setdefault(hit.candidate.account_id, hit)
    return list(first.values())


@asynccontextmanager
async def _patience(db: AsyncConnection) -> AsyncIterator[None]:
    await db.execute(text(f"set statement_timeout = '{PATIENCE}'"))
    try:
        yield
    finally:
        await db.execute(text("reset statement_timeout"))


async def _answers(db: AsyncConnection, parts: Sequence[Ranked], limit: int) -> list[Hit]:
    if not parts:
        return []
    hits = union_all(*(select(part.limit(limit).subquery()) for part in parts)).subquery("hits")
    # Each account once, under the surest of the reasons.
    surest = distinct_on(hits.c.id)
    best = (
        select(hits.c.id, hits.c.rank, hits.c.why, hits.c.matched)
        .ext(surest)
        .order_by(hits.c.id, hits.c.rank)
        .subquery("best")
    )
    rows = await db.execute(
        BASE.add_columns(best.c.why, best.c.matched)
        .join(best, best.c.id == accounts.c.id)
        .order_by(best.c.rank, accounts.c.closed_on.is_not(None), customers.c.name_key, accounts.c.id)
        .limit(limit)
    )
    return [Hit(candidate=candidate(row, row.why), matched=row.matched) for row in rows]


# --- customers that were merged into others ------------------------------------------------------


async def _of_merged(db: AsyncConnection, asked: Questions, choices: Choices, limit: int) -> list[Hit]:
    """Return the accounts of those into whom a customer was merged: his own words lead to whom he became."""
    lost = [_lost("name", customers.c.name).where(condition) for condition in _named_so(asked, choices)]
    if asked.tax_number is not None:
        lost.append(_lost("tax_number", customers.c.tax_number).where(search_keys.has_tax_number(asked.tax_number)))
    if not lost:
        return []
    first = union_all(*(select(part.limit(limit).subquery()) for part in lost)).cte("lost")
    into = merges.alias("into")
    standing = and_(merges.c.loser_id == first.c.id, merges.c.undone_at.is_(None))
    at_once = select(first.c.why, first.c.matched, merges.c.survivor_id).join(merges, standing)
    became = at_once.cte("became", recursive=True)
    became = became.union(
        select(became.c.why, became.c.matched, into.c.survivor_id).join(
            into, and_(into.c.loser_id == became.c.survivor_id, into.c.undone_at.is_(None))
        )
    )
    rows = await db.execute(
        BASE.add_columns(became.c.why, became.c.matched)
        .join(became, became.c.survivor_id == accounts.c.customer_id)
        .order_by(accounts.c.closed_on.is_not(None), customers.c.name_key, accounts.c.id)
        .limit(limit + 1)
    )
    return [Hit(candidate=candidate(row, row.why), matched=row.matched) for row in rows]


def _lost(why: str, matched: ColumnElement[str]) -> Select[tuple[int, str, str]]:
    shown = cast(matched, Text).label("matched")
    return select(customers.c.id, literal(why, Text).label("why"), shown).where(standing_loser(customers.c.id))


def _named_so(asked: Questions, choices: Choices) -> list[ColumnElement[bool]]:
    """Return the conditions under which a customer bears the typed name."""
    if asked.name is None:
        return []
    known = [one.known for one in choices.get("name", ())]
    conditions = [search_keys.begins(customers.c.name_key, asked.name)]
    if known and all(known) and not _is_wide(asked.name, known):
        conditions.append(and_(*_holds(customers.c.name_key, asked.name, known)))
    return conditions


# --- words ---------------------------------------------------------------------------------------


def _asked_words(asked: Questions) -> dict[Kind, Words]:
    both: dict[Kind, Words | None] = {"name": asked.name, "address": asked.address}
    return {kind: words for kind, words in both.items() if words is not None}


async def _known(db: AsyncConnection, asked: Questions) -> Choices:
    wanted = [(kind, word.key) for kind, words in _asked_words(asked).items() for word in words.words]
    known: Beginnings = await search_words.beginning_with(db, wanted)
    return {
        kind: tuple(Choice(word=word, known=tuple(known.get((kind, word.key), ()))) for word in words.words)
        for kind, words in _asked_words(asked).items()
    }


async def _with_neighbours(db: AsyncConnection, choices: Choices) -> Choices:
    away = {one.word: one_error_away(one.word.typed) for kind in choices for one in choices[kind]}
    keys = frozenset[str]().union(*away.values())
    known = await search_words.among(db, keys) if keys else {}
    return {
        kind: tuple(
            Choice(
                word=one.word,
                known=one.known,
                near=tuple(near for near in known.get(kind, ()) if near.word in away[one.word])[:NEIGHBOURS],
                unsaid=kind == "address" and not one.known and not away[one.word].isdisjoint(names.STREET_WORDS),
            )
            for one in some
        )
        for kind, some in choices.items()
    }


def _worded(asked: Questions, choices: Choices) -> list[Ranked]:
    """Return what is found by words in any order, each by its beginning."""
    return _by_words(asked, {kind: [one.known for one in some] for kind, some in choices.items()}, rank=7)


def _all_known(choices: Choices) -> bool:
    """Whether every typed word is a word of names, or every one a word of addresses."""
    return any(
        some and all(one.known and one.known[0].word == one.word.key for one in some) for some in choices.values()
    )


def _surnames(asked: Questions, choices: Choices) -> list[Ranked]:
    """Return who is found when the one word that was typed, mended, begins a name: a range of the index each."""
    one = asked.name
    some = choices.get("name", ())
    if one is None or len(some) != 1 or one.short or one.numbers:
        return []
    # Each by itself: an index cannot stop early in the middle of an "or".
    return [
        part
        for near in some[0].near
        for part in (
            search_keys.named(9).where(search_keys.between(customers.c.name_key, near.word)),
            search_keys.spoken_for(10).where(search_keys.between(contact_names.c.name_key, near.word)),
        )
    ]


def _misspelt(asked: Questions, choices: Choices) -> list[Ranked]:
    """Return what is found when each word may have one typing error."""
    doubtful = {kind: some for kind, some in choices.items() if any(one.near or one.unsaid for one in some)}
    return _by_words(
        asked,
        {kind: [(*one.known, *one.near) for one in some if not one.unsaid] for kind, some in doubtful.items()},
        rank=9,
    )


def _by_words(asked: Questions, choices: Mapping[Kind, Sequence[Sequence[Known]]], rank: int) -> list[Ranked]:
    parts: list[Ranked] = []
    for kind, words in _asked_words(asked).items():
        known = choices.get(kind, ())
        # A word that nobody has: nothing can be found, and nothing need be asked.
        if not known or not all(known) or _is_wide(words, known):
            continue
        if kind == "name":
            parts.append(search_keys.named(rank).where(*_holds(customers.c.name_key, words, known)))
            parts.append(search_keys.spoken_for(rank + 1).where(*_holds(contact_names.c.name_key, words, known)))
        else:
            parts.append(search_keys.placed(rank + 1).where(*_holds(premises.c.address_key, words, known)))
    return parts


def _is_wide(words: Words, known: Sequence[Sequence[Known]]) -> bool:
    """Whether even the rarest word is in too many rows; a house number beside a street narrows it down."""
    return not words.numbers and min(map(_uses, known)) > WIDEST


def _too_wide(asked: Questions, choices: Choices) -> bool:
    return any(
        some and all(one.uses for one in some) and _is_wide(words, [(*one.known, *one.near) for one in some])
        for words, some in ((words, choices.get(kind, ())) for kind, words in _asked_words(asked).items())
    )


def _holds(column: ColumnElement[str], words: Words, known: Sequence[Sequence[Known]]) -> list[ColumnElement[bool]]:
    """Whether a key holds one word of each choice, the numbers, and the short beginnings."""
    numbers = words.numbers[:RAREST]
    rare = max(1, RAREST - len(numbers))
    choices = [[one.word for one in choice] for choice in sorted(known, key=_uses)]
    lexemes = func.to_tsvector(SIMPLE, column)
    wanted = [_matches(lexemes, query(choices[:rare], numbers))]
    if choices[rare:] or words.numbers[RAREST:]:
        # Joined with nothing, so that it is no expression of the index: the common words only sift.
        sifted = lexemes.op("||")(literal_column("''::tsvector"))
        wanted.append(_matches(sifted, query(choices[rare:], words.numbers[RAREST:])))
    # Short words are letters and digits only (`lookup`), so no sign of LIKE can be among them.
    return [*wanted, *((literal(" ") + column).like(f"% {word}%") for word in words.short)]


def _uses(choice: Sequence[Known]) -> int:
    return sum(one.uses for one in choice)


def _matches(lexemes: ColumnElement[Any], wanted: str) -> ColumnElement[bool]:
    return lexemes.op("@@", is_comparison=True)(cast(func.to_tsquery(SIMPLE, wanted), TSQUERY))


def _told(choices: Choices, hits: Sequence[Hit]) -> list[Hit]:
    """Say which words of a hit differ from the typed ones by a letter; those with fewer such words come first."""
    told = []
    for hit in hits:
        why = hit.candidate.why
        place = {"address": hit.candidate.address, "contact": hit.matched}.get(why, hit.candidate.customer)
        meant = _meant(place, choices.get("address" if why == "address" else "name", ()))
        # A contact is not in sight as the account's name and address are: the whole name is told.
        matched = hit.matched if why == "contact" else ", ".join(meant)
        told.append((len(meant), Hit(candidate=hit.candidate, matched=matched, near=bool(meant))))
    return [hit for _, hit in sorted(told, key=lambda one: one[0])]


def _meant(place: str, choices: Sequence[Choice]) -> list[str]:
    written = {names.key(word): word for word in place.replace(",", " ").split()}
    meant = []
    for choice in choices:
        if any(key.startswith(choice.word.key) for key in written):
            continue
        near = {one.word for one in choice.near}
        meant += [word for key, word in written.items() if key in near][:1]
    return meant
