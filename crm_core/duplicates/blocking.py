"""Blocks: what two records must share to be compared at all (pure).

Six million records make nineteen million million pairs; of those only the ones that share a telephone, an e-mail, a tax
number, a birthday or a place are looked at. Keys are chosen so that an error in one word leaves another key whole:
places go by the first letters of their words beside house and flat, and by the house beside two words of the name.
"""

from __future__ import annotations

from crm_core.duplicates.traits import PERSON, Place, Traits, is_initial, pairs_of

LARGEST = 20
"""Records of a block; what more share (a clerk's own number typed for everybody) tells nothing about any two."""
PLACES = 12
"""Places of one customer that are looked at; who has more is a chain, known by its tax number."""


def keys(one: Traits) -> frozenset[str]:
    """Return the blocks a customer falls into; a person and a firm never fall into the same one."""
    kind = one.subscriber.kind[:1]
    subscriber = one.subscriber
    found = {f"p{phone}" for phone in subscriber.phones} | {f"e{email}" for email in subscriber.emails}
    if subscriber.tax_number:
        found.add(f"t{subscriber.tax_number}")
    if subscriber.born_on is not None:
        found |= {f"b{subscriber.born_on:%Y%m%d}{word}" for word in one.name.words if not is_initial(word)}
    for place in one.places[:PLACES]:
        found |= _at(place, one)
    return frozenset(f"{kind}{key}" for key in found)


def _at(place: Place, one: Traits) -> set[str]:
    if not place.numbers or not place.words:
        return set()
    found = {f"a{place.initials}{'.'.join(place.numbers)}"} if len(place.numbers) > 1 else set()
    house = f"h{place.initials}{place.numbers[0]}"
    if one.subscriber.kind == PERSON:
        words = [word for word in one.name.words if not is_initial(word)]
        return found | {f"{house}{first} {second}" for first, second in pairs_of(words)}
    return found | {f"{house}{word}" for word in one.name.words}
