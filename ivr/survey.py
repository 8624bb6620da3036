"""The survey: what a caller is asked after the talk, a small flow of its own (pure but for reading the file).

It is a session like any other, so that every promise of sessions holds: it ends after a bounded number of answers
whatever is pressed, a mark is kept the moment it is given, hanging up keeps what was pressed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from ivr import flow as flows
from ivr import inspection
from ivr.answers import Answer
from ivr.effects import Effect, SetVariables
from ivr.flow import Flow, FlowError, HangUpStep, SayStep
from ivr.library import SHIPPED
from ivr.services import SurveyStep
from ivr.session import Session
from ivr.talk import Rules
from ivr.wording import Wording

log = structlog.get_logger(__name__)

NAME = "survey"
"""Of the flow's file, of the dialplan's context, of the path that Asterisk asks for."""
MOST_QUESTIONS = 5
MOST_TIME = timedelta(seconds=100)
"""The dialplan ends it after 120 s."""
KINDS = (SayStep, SurveyStep, HangUpStep)


def check(flow: Flow, wordings: Mapping[str, Wording]) -> str:
    """Return what speaks against asking this, "" when nothing does."""
    questions = sum(isinstance(step, SurveyStep) for step in flow.steps.values())
    if not 1 <= questions <= MOST_QUESTIONS:
        return f"a survey has one to {MOST_QUESTIONS} questions, this one has {questions}"
    for name, step in flow.steps.items():
        if not isinstance(step, KINDS) and name != flow.operator:
            return f"step {name}: a survey says, asks for marks and hangs up, nothing else"
    problems = inspection.check(flow, wordings)
    return "; ".join(f"{problem.where}: {problem.sentence}" for problem in problems[:3])


def load(own: Path, wordings: Mapping[str, Wording]) -> Flow:
    """Return the house's survey, `survey.yaml` in its folder, if it can be asked; else the one we ship."""
    file = own / f"{NAME}.yaml"
    if file.is_file():
        try:
            found = flows.parse(file.read_text("utf-8"))
            reason = check(found, wordings)
        except (FlowError, OSError, UnicodeDecodeError) as error:
            reason = str(error)
        if not reason:
            return found
        log.warning("survey_refused", file=str(file), reason=reason[:300])
    return flows.parse((SHIPPED / "flows" / f"{NAME}.yaml").read_text("utf-8"))


class Survey(Session):
    """One caller after his talk. His call's variables are told already and stay as they are."""

    def __init__(self, flow: Flow, rules: Rules, *, language: str, number: str, now: datetime) -> None:
        """Ask in `language`, in the first of the house when callers cannot choose it."""
        known = language if language in rules.languages else rules.languages[0]
        asked = replace(rules, languages=(known,), most_time=MOST_TIME)
        super().__init__(flow, asked, number=number, now=now)

    def receive(self, answer: Answer, now: datetime) -> list[Effect]:
        """Take an answer and return what is to be done next, as a session does."""
        return [effect for effect in super().receive(answer, now) if not isinstance(effect, SetVariables)]
