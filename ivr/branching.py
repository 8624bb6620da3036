"""Branches: where a caller goes by what is known of him, of the hour, and of the world; never heard (pure)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import time

from ivr.answers import HoursRead, StandingRead
from ivr.effects import FetchHours, FetchStanding
from ivr.flow import SPAN, BranchStep
from ivr.levels import Level
from ivr.talk import Steps, Talk, are_digits


def branch(talk: Talk, step: BranchStep) -> Steps[str]:
    """Go on by what is known; never heard. What the base does not say is no case."""
    facts = yield from _facts(talk, step)
    return next((target for case, target in step.cases.items() if case in facts), step.otherwise)


def _facts(talk: Talk, step: BranchStep) -> Steps[Collection[str]]:  # noqa: PLR0911 - one line a kind
    """Every case that is true of this caller now."""
    match step.branch:
        case "identity":
            return (talk.identity, "verified") if talk.level is Level.CONFIRMED else (talk.identity,)
        case "language":
            return (talk.language,)
        case "time":
            now = talk.now.astimezone(talk.rules.zone).time()
            return [case for case in step.cases if within(case, now)]
        case "hours":
            hours = yield from talk.wish(FetchHours())
            return (hours.word,) if isinstance(hours, HoursRead) else ()
        case "mass_event" | "flags" | "segment":
            asked = tuple(int(case) for case in step.cases if are_digits(case)) if step.branch == "segment" else ()
            account_id = talk.account.account_id if talk.account else None
            answer = yield from talk.wish(FetchStanding(account_id, asked))
            if not isinstance(answer, StandingRead):
                return ()
            if step.branch == "mass_event":
                return ("yes",) if answer.events else ("no",)
            return answer.flags if step.branch == "flags" else {str(one) for one in answer.segments}


def within(case: str, now: time) -> bool:
    """Whether a time of day lies in `HH:MM-HH:MM`, the end not included; a span may cross midnight."""
    found = SPAN.fullmatch(case)
    if found is None:
        return False
    since, until = (time(int(hour), int(minute)) for hour, minute in (found.group(1, 2), found.group(3, 4)))
    return since <= now < until if since < until else now >= since or now < until
