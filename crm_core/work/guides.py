"""What operators say and know: articles, texts for notes, and scripts that branch, written as lines (pure).

A script is a list of steps. A line `[code]` begins one, the first is where it starts; what follows is what to say;
`- answer -> code` is an answer and the step it leads to; `! action` is something of the desk that the step opens. A
step without answers is an end.

    [begin]
    Ask whether the lamps of the neighbours burn.
    - Yes -> inside
    - No -> street
    [inside]
    Ask him to look at the switch by the meter.
    [street]
    The whole street is without power: file it.
    ! application:outage
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crm_core.text import one_line, storable
from crm_core.work.fields import Defect

CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
STEP = re.compile(r"\[([^\]]*)\]")
ANSWER = re.compile(r"-\s+(.+?)\s*->\s*(\S+)")
LONGEST_TITLE, LONGEST_BODY, LONGEST_STEP = 120, 20_000, 2_000
MOST_STEPS, MOST_ANSWERS, MOST_TOPICS, MOST_WALKED = 100, 12, 12, 200
TOPICS = (
    "balance", "payment", "reading", "reading_held", "debt", "application", "outage", "tariff", "meter", "message",
    "callback",
)  # fmt: skip
"""Of calls, as the shipped menu gives them; a flow may bring others."""
GAPS = ("account", "customer", "address", "balance", "overdue", "today", "operator")
"""What a text for a note or a message may name in braces."""
DOES = frozenset(
    {"reading", "promise", "plan", "application", "task", "contact", "consent", "document", "notice", "transfer"}
)
"""Actions of the desk that a step of a script may open; `application:<kind>` names the form."""


class GuideKind(StrEnum):
    """What a guide is."""

    ARTICLE = "article"
    SCRIPT = "script"
    NOTE = "note"
    MESSAGE = "message"
    """A text that goes out by SMS or e-mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way on from a step."""

    title: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptStep:
    """What is said, and how it may go on."""

    code: str
    text: str
    answers: tuple[Answer, ...] = ()
    action: str = ""
    """What it opens, `promise` or `application:outage`; "" for nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A guide that branches; the first step is where it begins."""

    steps: tuple[ScriptStep, ...]

    def by_code(self) -> Mapping[str, ScriptStep]:
        """Return its steps by their codes."""
        return {one.code: one for one in self.steps}


def judge(kind: GuideKind, body: str) -> tuple[Defect, ...]:
    """Say what is wrong with a body as it was typed; nothing when it can be shown."""
    if not body.strip():
        return (Defect(code="guide-empty", place=""),)
    if len(body) > LONGEST_BODY:
        return (Defect(code="guide-too-long", place=""),)
    if kind in {GuideKind.NOTE, GuideKind.MESSAGE}:
        strange = [one for one in re.findall(r"\{(\w*)\}", body) if one not in GAPS]
        return tuple(Defect(code="guide-gap", place=one_line(one, 30)) for one in strange)
    return script(body)[1] if kind is GuideKind.SCRIPT else ()


def script(body: str) -> tuple[Script, tuple[Defect, ...]]:
    """Read a script from its lines: what of it makes sense, and what does not."""
    steps: list[ScriptStep] = []
    defects: list[Defect] = []
    for code, lines in _blocks(body, defects):
        if not CODE.fullmatch(code):
            defects.append(Defect(code="form-bad-code", place=one_line(code, 30)))
        elif code in {one.code for one in steps}:
            defects.append(Defect(code="script-code-twice", place=code))
        else:
            steps.append(_step(code, lines, defects))
    if not steps:
        defects.append(Defect(code="script-no-steps", place=""))
    if len(steps) > MOST_STEPS:
        defects.append(Defect(code="guide-too-long", place=""))
    found = Script(steps=tuple(steps))
    return found, (*defects, *_astray(found))


def _blocks(body: str, defects: list[Defect]) -> list[tuple[str, list[str]]]:
    blocks: list[tuple[str, list[str]]] = []
    for line in body.replace("\r\n", "\n").split("\n"):
        begun = STEP.fullmatch(line.strip())
        if begun:
            blocks.append((begun[1].strip(), []))
        elif blocks:
            blocks[-1][1].append(line)
        elif line.strip():
            defects.append(Defect(code="script-before-step", place=one_line(line, 30)))
    return blocks


def _step(code: str, lines: Sequence[str], defects: list[Defect]) -> ScriptStep:
    text: list[str] = []
    answers: list[Answer] = []
    action = ""
    for line in lines:
        plain = line.strip()
        way = ANSWER.fullmatch(plain)
        if way:
            answers.append(Answer(title=one_line(way[1], LONGEST_TITLE), to=way[2]))
        elif plain.startswith("! "):
            action = plain.removeprefix("! ").strip()
            if action.partition(":")[0] not in DOES:
                defects.append(Defect(code="script-strange-action", place=code))
        elif plain.startswith("- "):
            defects.append(Defect(code="script-answer", place=code))
        else:
            text.append(line.rstrip())
    said = storable("\n".join(text).strip(), LONGEST_STEP)
    if not said:
        defects.append(Defect(code="script-silent", place=code))
    if len(answers) > MOST_ANSWERS:
        defects.append(Defect(code="script-answers", place=code))
    return ScriptStep(code=code, text=said, answers=tuple(answers[:MOST_ANSWERS]), action=action)


def _astray(found: Script) -> tuple[Defect, ...]:
    """Return answers that lead nowhere, steps that nothing leads to, and steps from which no end is reached."""
    steps = found.by_code()
    lost = [
        Defect(code="script-nowhere", place=f"{one.code}: {one_line(way.to, 30)}")
        for one in found.steps
        for way in one.answers
        if way.to not in steps
    ]
    if lost or not found.steps:
        return tuple(lost)
    reached = _closure({found.steps[0].code}, {one.code: {way.to for way in one.answers} for one in found.steps})
    back: dict[str, set[str]] = {one.code: set() for one in found.steps}
    for one in found.steps:
        for way in one.answers:
            back[way.to].add(one.code)
    ending = _closure({one.code for one in found.steps if not one.answers}, back)
    return (
        *(Defect(code="script-unreached", place=one.code) for one in found.steps if one.code not in reached),
        *(Defect(code="script-endless", place=one.code) for one in found.steps if one.code not in ending),
    )


def _closure(begin: set[str], ways: Mapping[str, set[str]]) -> set[str]:
    seen, waiting = set(begin), list(begin)
    while waiting:
        for one in ways[waiting.pop()] - seen:
            seen.add(one)
            waiting.append(one)
    return seen


def walked(found: Script, answers: Sequence[tuple[str, int]]) -> tuple[list[tuple[str, str]], str] | None:
    """Follow the answers that were given.

    Args:
        found: the script.
        answers: step and place of the answer in it, in their order.

    Returns:
        Step and answer in words, and the step where it stands now; None when nobody could have gone so.

    """
    steps, at = found.by_code(), found.steps[0].code
    way: list[tuple[str, str]] = []
    if len(answers) > MOST_WALKED:
        return None
    for code, place in answers:
        if code != at or not 0 <= place < len(steps[at].answers):
            return None
        chosen = steps[at].answers[place]
        way.append((at, chosen.title))
        at = chosen.to
    return way, at


def filled(body: str, values: Mapping[str, str]) -> str:
    """Put what is known into a text for a note; what is not known stays a gap (`…`) to be typed."""
    return re.sub(r"\{(\w+)\}", lambda gap: values.get(gap[1]) or "…", body)
