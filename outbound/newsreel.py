"""What the floor reports of an attempt, in the words of the attempt's life and of the pacing (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from outbound import attempt as life
from outbound.attempt import Attempt, State
from routing.dials import DialNews, Progress

PLAIN: Final[Mapping[Progress, life.Event]] = {
    Progress.PLACED: life.Placed(),
    Progress.RINGING: life.Rang(),
    Progress.ANSWERED: life.Answered(),
    Progress.MACHINE: life.MachineFound(),
    # Of who waits for an operator for the first time it says nothing new.
    Progress.REACHED: life.MatchLost(),
    Progress.NOTICE: life.NoticeBegan(),
    Progress.TURNED: life.OperatorAsked(),
    Progress.HEARD: life.NoticeHeard(),
    Progress.ABANDONED: life.GraceEnded(),
    Progress.LOST: life.Lost(),
}
TOLD: Final = "answer"
"""Step of the notice's flow that nobody comes to who was not told the amount (ivr/flows/notice.yaml)."""
ANSWERS: Final[Mapping[str, str]] = {"answer=2": "PTP", "answer=3": "ALREADY_PAID"}
"""What he pressed there, by code of the disposition."""
LESSONS: Final[Mapping[tuple[State, State], str]] = {
    (State.ANSWERED, State.ABANDONED): "abandoned",
    (State.MATCHED, State.ABANDONED): "abandoned",
    (State.ANSWERED, State.TALKING): "connected",
    (State.MATCHED, State.TALKING): "connected",
    (State.TALKING, State.ENDED): "talked",
    (State.PLACED, State.ENDED): "unanswered",
    (State.RINGING, State.ENDED): "unanswered",
    # He hung up before anybody knew whether he is a person.
    (State.ANSWERED, State.ENDED): "unanswered",
}
"""What a step of an attempt teaches the pacing."""


def events(news: DialNews) -> Sequence[life.Event]:
    """Return what a report means to the attempt, in order; what is out of turn changes nothing there."""
    who = int(news.operator_id or 0)
    match news.what:
        case Progress.MATCHED:
            return (life.Matched(who),)
        case Progress.TALKING:
            return (life.Joined(who),)
        case Progress.ENDED:
            return _ends(news)
        case Progress.ASKED:
            return ()
        case Progress.HEARD if TOLD not in {step.partition("=")[0] for step in news.path}:
            return ()  # He did not want to hear it, or could not prove that it is for him.
        case _:
            return (PLAIN[news.what],)


def answer(news: DialNews) -> str:
    """Return the disposition of what he answered to a voice notice, "" for nothing."""
    return next((said for step, said in ANSWERS.items() if step in news.path), "")


def _ends(news: DialNews) -> Sequence[life.Event]:
    called_off: tuple[life.Event, ...] = (life.Cancelled(news.cancelled),) if news.cancelled else ()
    if not news.made:
        return (*called_off, life.Refused())
    code = int(news.tech_cause) if news.tech_cause.isascii() and news.tech_cause.isdigit() else 0
    return (*called_off, life.LegOver(cause=news.cause, sip_code=code, timed_out=news.timed_out))


def lesson(news: DialNews, before: Attempt, after: Attempt) -> str:
    """Return what a step teaches the pacing, "" for nothing.

    Answered is a call when it is known that a person is there: at once, or when the switch has told him from a machine.
    """
    if news.what is Progress.REACHED:
        return "answered" if before.state is State.ANSWERED else ""
    if after.state is before.state:
        return "machine" if after.machine and not before.machine else ""
    if after.state is State.ENDED and after.machine:
        return ""
    return LESSONS.get((before.state, after.state), "")
