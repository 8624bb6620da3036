"""How well duplicates are told from families, neighbours, homonyms, where it is known who is who (pure).

The blocks and weights are those of the running house; only the table that gathers blocks is a dictionary here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from crm_core import names
from crm_core.duplicates.blocking import LARGEST, keys
from crm_core.duplicates.scoring import weigh
from crm_core.duplicates.traits import Subscriber, Traits, pairs_of, traits
from deploy.bench.twins import Person

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found of what is true."""

    records: int
    true_pairs: int
    compared: int
    found: int
    right: int

    @property
    def precision(self) -> float:
        """Share of true ones among the found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """Share of found ones among the true."""
        return self.right / self.true_pairs if self.true_pairs else 0.0


def measure(people: Sequence[Person]) -> Measured:
    """Look for duplicates among people and count what was found against who is who."""
    apart = [traits(subscriber(number, person)) for number, person in enumerate(people)]
    compared = _compared(apart)
    found = {pair for pair in compared if weigh(apart[pair[0]], apart[pair[1]]).is_candidate}
    true = _in_groups(enumerate(person.who for person in people))
    return Measured(
        records=len(people), true_pairs=len(true), compared=len(compared), found=len(found), right=len(found & true)
    )


def subscriber(number: int, person: Person) -> Subscriber:
    """Return a made-up person as the base would hold it."""
    return Subscriber(
        customer_id=number,
        kind=person.kind,
        name_key=names.key(person.name),
        tax_number=person.tax_number,
        phones=frozenset({person.phone} - {""}),
        emails=frozenset({person.email} - {""}),
        address_keys=frozenset({names.address_key(person.address)}),
    )


def _compared(apart: Sequence[Traits]) -> set[Pair]:
    return _in_groups(((number, key) for number, one in enumerate(apart) for key in keys(one)), LARGEST)


def _in_groups(members: Iterable[tuple[int, object]], largest: int = 1_000) -> set[Pair]:
    """Return every two members of one group; groups that are too large are left out."""
    groups: defaultdict[object, list[int]] = defaultdict(list)
    for member, group in members:
        groups[group].append(member)
    return {pair for group in groups.values() if len(group) <= largest for pair in pairs_of(group)}
