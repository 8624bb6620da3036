"""What people read about routing: rules, waits and queues in their own language (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from crm_core.store.interactions import Happened
from routing import why, words
from routing.policy import Policy
from routing.terms import Cause, TermsError, Way, to_queue
from workstation.sentences import N_, Translate

UNREADABLE = N_("This cannot be used as routing rules: {detail}")
TOO_LONG = N_("Routing rules can have at most {most} characters.")
EMPTY = N_("There is nothing here yet.")
CAUSES: Mapping[Cause, str] = {
    Cause.CLOSED: N_("When it is closed"),
    Cause.FULL: N_("When so many wait already"),
    Cause.NOBODY: N_("When no operator of this queue is signed in"),
    Cause.LATE: N_("When the caller has waited so long here"),
}
WAYS: Mapping[Way, str] = {
    Way.CALLBACK: N_("A call-back is offered"),
    Way.VOICEMAIL: N_("Leaves a message"),
    Way.CLOSED: N_("Hears that nobody can answer; the call ends"),
}
WAITS = N_("Waits on")
TO_QUEUE = N_("To queue {queue}")
KNOWN = N_("Known of the caller: {flags}.")
LEFT = N_("{cause}: {where}.")
TERMS: Mapping[str, str] = {
    "hours": N_("Hours are written like 09:00-18:00, several of a day with a comma between them."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A rule's name with what it says."""

    name: str
    sentence: str


def rules(policy: Policy, say: Translate) -> tuple[Said, ...]:
    """Return each rule in words."""
    return tuple(Said(name=one.name, sentence=words.rule(one, say)) for one in policy.rules)


def order(policy: Policy, say: Translate) -> tuple[str, ...]:
    """Return how operators are compared, in words."""
    return (say(words.FIRST).format(name=policy.name), *words.weights(policy.weights, say))


def way(exit_: str, say: Translate) -> str:
    """Return where an exit leads."""
    queue = to_queue(exit_)
    if queue is not None:
        return say(TO_QUEUE).format(queue=queue)
    return say(WAYS[Way(exit_)]) if exit_ in set(Way) else say(WAITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One line of why a call went where it went."""

    at: datetime
    operator_id: int | None
    sentence: str


def because(history: Iterable[Happened], say: Translate) -> tuple[Because, ...]:
    """Return why a call was offered to whom, and why it waited or left a queue, in the order in which it happened."""
    found = []
    for one in history:
        sentence = _because(one, say)
        if sentence:
            found.append(Because(at=one.at, operator_id=one.operator_id, sentence=sentence))
    return tuple(found)


def _because(one: Happened, say: Translate) -> str:
    match one.what:
        case "waiting" if one.detail.startswith("flags="):
            return say(KNOWN).format(flags=", ".join(one.detail.removeprefix("flags=").split(",")))
        case "offered":
            known = why.read(one.detail)
            return why.in_words(known, say) if known is not None else ""
        case "overflow":
            cause, _, exit_ = one.detail.partition(" ")
            if cause in set(Cause):
                return say(LEFT).format(cause=say(CAUSES[Cause(cause)]), where=way(exit_, say))
        case _:
            pass
    return ""


def fault(error: TermsError, say: Translate) -> str:
    """Return what is wrong with a queue's field."""
    return say(TERMS[error.field]) if error.field in TERMS else str(error)
