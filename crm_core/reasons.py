"""When a card may be opened without a word, and when a reason must be given first (pure).

A card is opened because of a contact. Without one the house asks why, and keeps the answer with the row of the access
log (AC13 of docs/SECURITY.md). Cards of colleagues, relatives and key customers tempt most: only a call of that very
account opens them unasked.
"""

from __future__ import annotations

from dataclasses import dataclass

GUARDED = frozenset({"vip", "colleague", "relative"})
"""Flags of customers whose cards need a reason even beside a call of somebody else, or a task."""
SHORTEST_WORDS, LONGEST_WORDS = 5, 300
"""Characters of a reason in own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who wants to open the card."""

    user_id: int
    own_work: bool = False
    """A task or an application of this account is his."""
    own_contact: bool = False
    """He had a contact of this account a short while ago: what was promised then is looked up now."""
    gave_reason: bool = False
    """He said why a short while ago."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The card, or all of a customer, that is to be opened."""

    accounts: frozenset[int]
    """Every account of it: one for a card."""
    flags: frozenset[str] = frozenset()
    """Of them and of their customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """The call on the viewer's desk."""

    call_id: str
    account_id: int | None
    """Whose it is, None while nobody has said so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One of the reasons that can be chosen."""

    code: str
    title: str
    needs_words: bool


def reason_needed(person: Viewer, wanted: Wanted, contact: Contact | None) -> bool:
    """Whether the viewer must say why before he is shown the card.

    With a call on the desk an operator looks for its account by opening cards, so the call is a reason by itself;
    for a guarded card only when it may be the caller's own.
    """
    if person.gave_reason or person.own_contact:
        return False
    if contact is not None and contact.account_id in {None, *wanted.accounts}:
        return False
    if wanted.flags & GUARDED:
        return True
    return contact is None and not person.own_work


def said(text: str) -> tuple[str, str]:
    """Return the code and the words of a reason that a program gives in one line: `complaint letter of May 3`."""
    code, _, words = text.strip().partition(" ")
    return code, words.strip()


def is_enough(reason: Reason, words: str) -> bool:
    """Whether a chosen reason says enough: some of them need a sentence of one's own."""
    said = len(words.strip())
    return said <= LONGEST_WORDS and (not reason.needs_words or said >= SHORTEST_WORDS)
