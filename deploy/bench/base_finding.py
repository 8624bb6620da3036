"""Bench of search and duplicates on the base that is there: how long each key takes, what is found (shell).

Every search is asked once to warm up and once with the clock, one after the other, over one connection, as a desk does.
Misspelt texts come from a seeded generator that knows nothing of how errors are undone.
"""

from __future__ import annotations

import asyncio
import statistics
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from crm_core import db as database
from crm_core import names
from crm_core.lookup import Found
from crm_core.settings import Settings
from crm_core.store.search import search
from crm_core.store.search_samples import NUMBERS, Sample, numbers, samples
from deploy.bench.duplicates import measure
from deploy.bench.twins import base
from deploy.figures import Figure, at_least, at_most

SEED = 20261129
SEARCHES = 300
"""Texts of each key."""
EXACT_MS, NAME_MS = 50.0, 150.0
PRECISION, RECALL = 0.98, 0.90
PEOPLE = 50_000
HELD_OUT = 71_993
"""Seed of the people among whom duplicates are looked for; no weight was ever looked at with it."""
CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
Typed = tuple[str, Callable[[Found], bool]]
"""What is typed, and whether an answer is the right one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One way to look for somebody."""

    name: str
    typed: Sequence[Typed]
    limit_ms: float
    least_found: float = 1.0


def figures(settings: Settings, subscribers: int) -> list[Figure]:
    """Measure search on the base at `settings.database_url`, and duplicates among made-up people.

    Args:
        settings: where the base is.
        subscribers: how many it has; named in the figures.
    """
    return [*asyncio.run(_searches(settings, subscribers)), *duplicates()]


def run(settings: Settings) -> list[Figure]:
    """Measure on the base that is there, however large it is."""
    return asyncio.run(_counted(settings))


async def _counted(settings: Settings) -> list[Figure]:
    return [*await _searches(settings, 0), *await asyncio.to_thread(duplicates)]


def duplicates() -> list[Figure]:
    """Look for duplicates where it is known who is who."""
    began = time.perf_counter()
    found = measure(base(PEOPLE, HELD_OUT))
    seconds = time.perf_counter() - began
    return [
        Figure(name="duplicates: records", value=found.records, unit=""),
        Figure(name="duplicates: true pairs", value=found.true_pairs, unit=""),
        at_least("duplicates: precision", found.precision, "", PRECISION),
        at_least("duplicates: recall", found.recall, "", RECALL),
        Figure(name="duplicates: records compared", value=found.records / seconds, unit="1/s"),
    ]


async def _searches(settings: Settings, subscribers: int) -> list[Figure]:
    rng = Random(SEED)  # noqa: S311 -- repeatable, not secret
    pools = database.engine(settings, name="busbar-bench", size=1)
    try:
        async with database.reading(pools) as db:
            picked = await samples(db, SEARCHES, rng)
            other = {name: await numbers(db, name, SEARCHES, rng) for name in NUMBERS}
            found: list[Figure] = []
            for key in [*_numbers(picked, other), *_words(picked, rng)]:
                found += await _measured(key, lambda text: search(db, text, region=settings.country), subscribers)
            return found
    finally:
        await pools.dispose()


async def _measured(key: Key, ask: Callable[[str], object], subscribers: int) -> list[Figure]:
    if not key.typed:
        return []
    for text, _ in key.typed:
        await ask(text)  # type: ignore[misc]
    took, right = [], 0
    for text, is_right in key.typed:
        began = time.perf_counter()
        answer = await ask(text)  # type: ignore[misc]
        took.append((time.perf_counter() - began) * 1000)
        right += is_right(answer)
    cuts = statistics.quantiles(took, n=100, method="inclusive") if len(took) > 1 else took * 99
    title = f"search by {key.name}" + (f" of {subscribers:,}" if subscribers else "")
    return [
        Figure(name=f"{title}: p50", value=cuts[49], unit="ms"),
        Figure(name=f"{title}: p95", value=cuts[94], unit="ms"),
        at_most(f"{title}: p99", cuts[98], "ms", key.limit_ms),
        at_least(f"{title}: found", right / len(key.typed), "", key.least_found),
    ]


# --- what is typed -------------------------------------------------------------------------------


def _numbers(picked: Sequence[Sample], other: dict[str, list[str]]) -> list[Key]:
    exact = [
        Key(name="account", typed=[(one.account, _has(one)) for one in picked], limit_ms=EXACT_MS),
        Key(name="account without check digit", typed=[(one.account[:-1], _has(one)) for one in picked],
            limit_ms=EXACT_MS),
        Key(name="beginning of an account", typed=[(one.account[:7], _any) for one in picked], limit_ms=EXACT_MS),
        Key(name="telephone", typed=[(_spelt(one.phone), _has_or_more(one)) for one in picked if one.phone],
            limit_ms=EXACT_MS),
        Key(name="meter", typed=[(one.serial, _has_or_more(one)) for one in picked if one.serial], limit_ms=EXACT_MS),
    ]  # fmt: skip
    return exact + [
        Key(name=name.replace("_", " "), typed=[(text, _by(name)) for text in texts], limit_ms=EXACT_MS)
        for name, texts in other.items()
    ]


def _words(picked: Sequence[Sample], rng: Random) -> list[Key]:
    full = [one for one in picked if len(one.name.split()) > 1]
    turned = [(" ".join(reversed(one.name.split())), _named(one)) for one in full]
    latin = [(names.latin(one.name), _named(one)) for one in full if not one.name.isascii()]
    wrong = [(_misspelt(one.name, rng), _named(one)) for one in full]
    surname = [(_misspelt(one.name.split()[0], rng), _any) for one in full]
    street = [(_misspelt(one.address, rng), _placed(one)) for one in picked]
    return [
        Key(name="name", typed=[(one.name, _named(one)) for one in full], limit_ms=EXACT_MS),
        Key(name="name in another order", typed=turned, limit_ms=EXACT_MS),
        Key(name="name in the other script", typed=latin, limit_ms=EXACT_MS),
        Key(name="name with a typing error", typed=wrong, limit_ms=NAME_MS, least_found=0.97),
        Key(name="one word with a typing error", typed=surname, limit_ms=NAME_MS, least_found=0.97),
        Key(name="address", typed=[(one.address, _placed(one)) for one in picked], limit_ms=EXACT_MS),
        Key(name="address with a typing error", typed=street, limit_ms=NAME_MS, least_found=0.97),
    ]


def _spelt(phone: str) -> str:
    """Write a number as people type it."""
    digits = phone.removeprefix("+7")
    return f"8 ({digits[:3]}) {digits[3:6]}-{digits[6:8]}-{digits[8:]}" if phone.startswith("+7") else phone


def _misspelt(text: str, rng: Random) -> str:
    """Make one typing error in one word of four letters and more."""
    words = text.replace(",", " , ").split()
    long = [at for at, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return text
    at = rng.choice(long)
    word = words[at]
    place = rng.randrange(len(word) - 1)
    letter = rng.choice(string.ascii_lowercase if word.isascii() else CYRILLIC)
    words[at] = rng.choice([
        word[:place] + letter + word[place + 1 :],
        word[:place] + word[place + 1 :],
        word[:place] + letter + word[place:],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    ])  # fmt: skip
    return " ".join(words)


# --- what is right -------------------------------------------------------------------------------


def _any(found: Found) -> bool:
    return bool(found.hits)


def _has(one: Sample) -> Callable[[Found], bool]:
    return lambda found: any(hit.candidate.account_id == one.account_id for hit in found.hits)


def _has_or_more(one: Sample) -> Callable[[Found], bool]:
    return lambda found: found.more or _has(one)(found)


def _by(why: str) -> Callable[[Found], bool]:
    return lambda found: any(hit.candidate.why == why for hit in found.hits)


def _named(one: Sample) -> Callable[[Found], bool]:
    """Many bear one name: somebody of this name must be there."""
    wanted = names.key(one.name)
    return lambda found: any(names.key(hit.candidate.customer) == wanted for hit in found.hits)


def _placed(one: Sample) -> Callable[[Found], bool]:
    wanted = names.address_key(one.address)
    return lambda found: found.more or any(names.address_key(hit.candidate.address) == wanted for hit in found.hits)
