"""The screen pop: when a call brings a card to a desk, and what is laid before the operator (pure).

An account is shown because the IVR or the operator named it, or because the calling number belongs to
exactly one account (and then the card says so). When several fit, the operator chooses: never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from crm_core.card import Candidate
from routing.views import CallPhase, CallView

Recognised = Literal["account", "number", ""]
"""How the account was found: named by the IVR or the operator, by the calling number alone, or not at all."""


@dataclass(frozen=True, slots=True)
class ShowCard:
    """One account: its whole card."""

    account_id: int
    recognised_by: Recognised


@dataclass(frozen=True, slots=True)
class Choose:
    """Several accounts, named by id: the operator says which."""

    account_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ChooseAmong:
    """Several accounts, already read."""

    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class LookUp:
    """The IVR named nobody: ask the customer base whose number this is."""

    number: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody we know: the operator searches."""


Shown = ShowCard | Choose | ChooseAmong | LookUp | Unknown

PopKey = tuple[str, int | None, tuple[int, ...], bool]
"""What decides a pop: the call, its account, its candidates, whether it is guarded. The same key never pops twice."""


def pop_key(call: CallView) -> PopKey:
    """Return what the pop of this call depends on."""
    return call.call_id, call.account_id, () if call.account_id is not None else call.candidates, guarded(call)


def guarded(call: CallView | None) -> bool:
    """Say whether nobody has made sure yet that a called debtor is who answers: nothing about a debt is shown."""
    return call is not None and call.debt is not None and not call.debt.verified


def needs_pop(popped: PopKey | None, call: CallView) -> bool:
    """Say whether the desk needs a card for this call: it is new here, or its account changed."""
    return call.phase is not CallPhase.ENDED and popped != pop_key(call)


def first_look(call: CallView) -> Shown:
    """Decide from the call alone what to show, before the customer base was asked anything."""
    if call.account_id is not None:
        return ShowCard(call.account_id, "account")
    if len(call.candidates) == 1:
        return ShowCard(call.candidates[0], "number")
    if call.candidates:
        return Choose(call.candidates)
    return LookUp(call.number) if call.number else Unknown()


def second_look(found: Sequence[Candidate]) -> ShowCard | ChooseAmong | Unknown:
    """Decide once the accounts that have the calling number are known."""
    if not found:
        return Unknown()
    if len(found) == 1:
        return ShowCard(found[0].account_id, "number")
    return ChooseAmong(tuple(found))
