"""What people read about routing: rules, waits and queues in their own language (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from routing import words
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


def fault(error: TermsError, say: Translate) -> str:
    """Return what is wrong with a queue's field."""
    return say(TERMS[error.field]) if error.field in TERMS else str(error)
