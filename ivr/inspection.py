"""Inspection of a flow before any caller meets it: dead ends, steps nobody reaches, loops, missing prompts (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from ivr.flow import CASES, SPAN, BalanceStep, BranchStep, Flow, LastPaymentStep, TransferStep
from ivr.services import FileStep, SendStep, TellStep
from ivr.wording import ALWAYS, REQUIRED, Wording


class Fault(StrEnum):
    """What can be wrong with a flow."""

    NO_SUCH_STEP = "no-such-step"
    UNREACHABLE = "unreachable"
    NO_WAY_OUT = "no-way-out"
    SPINS = "spins"
    ASKS_ITSELF = "asks-itself"
    NO_SUCH_CASE = "no-such-case"
    OPERATOR = "operator"
    MISSING_PROMPT = "missing-prompt"
    UNKNOWN_PLACE = "unknown-place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding; `where` is a step, or a prompt with its language."""

    fault: Fault
    where: str
    sentence: str
    detail: str = ""
    """The step, case, prompt or value that it is about, for a sentence in another language."""
    step: str = ""
    """The step that says a prompt; "" where `where` is the step, or none is."""


def check(flow: Flow, wordings: Mapping[str, Wording] | None = None) -> tuple[Problem, ...]:
    """Find everything that could leave a caller in silence; an empty answer means the flow may be served.

    Args:
        flow: the flow.
        wordings: by language, every language callers may choose; without them prompts are not looked at.
    """
    problems = [*_missing_steps(flow), *_wrong_cases(flow)]
    if not problems:
        problems = [*_unreachable(flow), *_no_way_out(flow), *_spinning(flow), *_operator(flow)]
    for wording in (wordings or {}).values():
        problems.extend(_prompts(flow, wording))
    return tuple(problems)


def _exits(flow: Flow, name: str) -> tuple[str, ...]:
    """Where a step can lead, the operator's key included: any step that listens may go there."""
    step = flow.steps[name]
    if isinstance(step, TransferStep) or not step.exits():
        return ()
    return (*step.exits(), flow.operator)


def _missing_steps(flow: Flow) -> Iterator[Problem]:
    for where, target in [("start", flow.start), ("operator", flow.operator)] + [
        (name, target) for name, step in flow.steps.items() for target in step.exits()
    ]:
        if target not in flow.steps:
            sentence = f"leads to {target}, which does not exist"
            yield Problem(fault=Fault.NO_SUCH_STEP, where=where, sentence=sentence, detail=target)


def _wrong_cases(flow: Flow) -> Iterator[Problem]:
    for name, step in flow.steps.items():
        if not isinstance(step, BranchStep):
            continue
        for case in sorted(step.cases):
            known = CASES.get(step.branch)
            fits = case in known if known else SHAPES[step.branch].fullmatch(case)
            if not fits:
                what = ", ".join(known) if known else WANTED[step.branch]
                sentence = f"{case} is none of {what}"
                yield Problem(fault=Fault.NO_SUCH_CASE, where=name, sentence=sentence, detail=case)


SHAPES: Mapping[str, re.Pattern[str]] = {
    "time": SPAN,
    "segment": re.compile(r"[1-9]\d{0,8}"),
    "flags": re.compile(r"[a-z_]{1,12}"),
    "language": re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,8})?"),
}
WANTED: Mapping[str, str] = {
    "time": "spans such as 09:00-18:00",
    "segment": "numbers of segments",
    "flags": "flags of customers and accounts",
    "language": "codes of languages",
}


def _reached(flow: Flow, start: str) -> AbstractSet[str]:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead.extend(_exits(flow, name))
    return seen


def _unreachable(flow: Flow) -> Iterator[Problem]:
    for name in sorted(set(flow.steps) - _reached(flow, flow.start) - {flow.operator}):
        yield Problem(fault=Fault.UNREACHABLE, where=name, sentence="no caller can get here")


def _no_way_out(flow: Flow) -> Iterator[Problem]:
    """A step from which its own exits (the operator's key aside) never end the call holds a caller for ever."""
    ends = {name for name, step in flow.steps.items() if not step.exits()}
    grew = True
    while grew:
        more = {name for name, step in flow.steps.items() if name not in ends and set(step.exits()) & ends}
        ends |= more
        grew = bool(more)
    for name in sorted(set(flow.steps) - ends):
        yield Problem(fault=Fault.NO_WAY_OUT, where=name, sentence="from here the call never ends")


def _spinning(flow: Flow) -> Iterator[Problem]:
    """A loop in which nobody waits for the caller would talk to itself."""
    quick = {name: list(step.exits()) for name, step in flow.steps.items() if not step.waits}
    for name in sorted(quick):
        ahead, seen = list(quick[name]), set[str]()
        while ahead:
            target = ahead.pop()
            if target in quick and target not in seen:
                seen.add(target)
                ahead.extend(quick[target])
        if name in seen:
            yield Problem(fault=Fault.SPINS, where=name, sentence="comes back to itself without asking the caller")


def _operator(flow: Flow) -> Iterator[Problem]:
    if not isinstance(flow.steps[flow.operator], TransferStep):
        yield Problem(fault=Fault.OPERATOR, where=flow.operator, sentence="the operator's step is not a transfer")
    for name, step in flow.steps.items():
        if isinstance(step, BalanceStep | LastPaymentStep | TellStep | FileStep | SendStep) and step.unverified == name:
            yield Problem(fault=Fault.ASKS_ITSELF, where=name, sentence="asks itself for a proof it does not have")


def _prompts(flow: Flow, wording: Wording) -> Iterator[Problem]:
    for prompt in REQUIRED:
        if prompt not in wording.prompts:
            yield _missing(wording, prompt, "every flow")
    for step, prompt, given in flow.prompts():
        if prompt not in wording.prompts:
            yield _missing(wording, prompt, step)
            continue
        for place in sorted(wording.places(prompt) - given - ALWAYS):
            yield Problem(
                fault=Fault.UNKNOWN_PLACE,
                where=f"{wording.language}: {prompt}",
                sentence=f"step {step} has no value {{{place}}} to say",
                detail=place,
                step=step,
            )


def _missing(wording: Wording, prompt: str, step: str) -> Problem:
    return Problem(
        fault=Fault.MISSING_PROMPT,
        where=f"{wording.language}: {prompt}",
        sentence=f"said by {step}",
        detail=prompt,
        step=step,
    )
