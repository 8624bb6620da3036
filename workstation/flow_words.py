"""What people read about flows: a sentence for each finding, verbs and settings by name, two texts compared (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from ivr.inspection import Fault, Problem
from workstation.sentences import N_, Translate

PROBLEMS: Mapping[Fault, str] = {
    Fault.NO_SUCH_STEP: N_("{where} leads to {detail}, and there is no such step."),
    Fault.UNREACHABLE: N_("{where}: no caller can get here. Lead a step to it or take it out."),
    Fault.NO_WAY_OUT: N_("{where}: from here the call never ends. Lead it to a transfer or to a goodbye."),
    Fault.SPINS: N_("{where} comes back to itself without asking the caller anything."),
    Fault.ASKS_ITSELF: N_("{where} asks itself for a proof. Lead “unverified” to a step that collects one."),
    Fault.NO_SUCH_CASE: N_("{where}: {detail} is no case of this branch."),
    Fault.OPERATOR: N_("{where} is where key 0 leads, so it must be a transfer."),
    Fault.MISSING_PROMPT: N_("{step} says {where}, and this prompt has no words in that language."),
    Fault.UNKNOWN_PLACE: N_("{where}: {step} has no value {detail} to say."),
}
UNREADABLE = N_("This cannot be read as menus: {detail}")
VERBS: Mapping[str, str] = {
    "say": N_("Says something"),
    "language": N_("Choice of language"),
    "look_up": N_("Knows the caller by number"),
    "menu": N_("Menu"),
    "collect": N_("Asks for digits"),
    "branch": N_("Decides"),
    "balance": N_("Tells the balance"),
    "last_payment": N_("Tells the last payment"),
    "take_reading": N_("Takes a reading"),
    "last_reading": N_("Tells the last reading"),
    "next_due": N_("Tells when to pay"),
    "tariff": N_("Tells the tariff"),
    "debt": N_("Tells the debt"),
    "application_status": N_("Tells of applications"),
    "outage": N_("Tells of outages"),
    "announce": N_("Announces events"),
    "file": N_("Files an application"),
    "record": N_("Records a message"),
    "offer_callback": N_("Offers a call-back"),
    "send": N_("Sends a message"),
    "survey": N_("Asks for a mark"),
    "transfer": N_("To the operators"),
    "hang_up": N_("Ends the call"),
}
AROUND = 3
"""Lines shown before and after a change."""


def sentence(problem: Problem, say: Translate) -> str:
    """Say one finding."""
    step = problem.step or say(N_("every flow"))
    return say(PROBLEMS[problem.fault]).format(where=problem.where, detail=problem.detail, step=step)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a comparison."""

    sign: str
    """`+`, `-`, "" for what stayed, `…` for what is left out."""
    before: int | None
    after: int | None
    text: str


def compared(before: str, after: str) -> tuple[Change, ...]:
    """Compare two texts line by line; what did not change is left out but for a few lines around each change."""
    old, new = before.splitlines(), after.splitlines()
    groups = SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(AROUND)
    return tuple(change for number, group in enumerate(groups) for change in _group(number, group, old, new))


def _group(
    number: int, group: Iterable[tuple[str, int, int, int, int]], old: list[str], new: list[str]
) -> Iterable[Change]:
    if number:
        yield Change(sign="…", before=None, after=None, text="")
    for what, a, b, c, d in group:
        if what == "equal":
            for at in range(b - a):
                yield Change(sign="", before=a + at + 1, after=c + at + 1, text=old[a + at])
            continue
        for at in range(a, b):
            yield Change(sign="-", before=at + 1, after=None, text=old[at])
        for at in range(c, d):
            yield Change(sign="+", before=None, after=at + 1, text=new[at])
