"""Rules of routing as data: from what is known of a caller to queue, head start and needed skills (pure).

The vocabulary is in docs/routing.md. A caller is under every rule that is true of him; together they make his `Ticket`.
All weighing is in seconds, of waiting for callers and of being idle for operators: what two of them are worth to each
other never changes while time passes, so that both may stand in lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from routing.skills import HIGHEST, Levels

LONGEST_HEAD_START = 86_400
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
"""Of a rule, a queue, a skill, a topic: it travels in dialplan variables and in call histories."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Seconds = Annotated[int, Field(ge=0, le=3600)]
Needs = dict[Name, Annotated[int, Field(ge=1, le=HIGHEST)]]


class PolicyError(ValueError):
    """A policy's text cannot be used; the message says where and why, in one sentence."""


class Tongue(StrEnum):
    """What the caller's language asks of an operator, the least first."""

    ANY = "any"
    PREFERRED = "preferred"
    NEEDED = "needed"


STRICTNESS = tuple(Tongue)


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Condition(_Data):
    """What must be true of a caller: of each list that is given, one entry."""

    topics: tuple[Name, ...] = ()
    languages: tuple[Text, ...] = ()
    flags: tuple[Name, ...] = ()
    """`vip`, `life_support` …: what is known of the customer."""
    dialled: tuple[Text, ...] = ()
    passed: tuple[Text, ...] = ()
    """Steps of the IVR's path, as `node` or `node=answer`."""

    def holds(self, asked: Asked) -> bool:
        """Whether it is true of the caller."""
        return (
            (not self.topics or asked.topic in self.topics)
            and (not self.languages or asked.language in self.languages)
            and (not self.flags or not asked.flags.isdisjoint(self.flags))
            and (not self.dialled or asked.dialled in self.dialled)
            and (not self.passed or not set(asked.path).isdisjoint(self.passed))
        )


class Step(_Data):
    """What a rule asks less of an operator once the caller has waited so long; what is not named stays."""

    after: Annotated[int, Field(ge=1, le=3600)]
    needs: Needs | None = None
    language: Tongue | None = None
    also: tuple[Name, ...] = ()
    """Queues whose operators serve him too from now on."""


class Rule(_Data):
    """One rule."""

    name: Name
    when: Condition = Condition()
    queue: Name | None = None
    head_start: Annotated[int, Field(ge=0, le=LONGEST_HEAD_START)] = 0
    """He stands as if he had waited so much longer."""
    needs: Needs = {}
    language: Tongue = Tongue.ANY
    last_operator: Seconds = 0
    """So long from his coming he is kept for the operator who spoke to him last, if that one is at work."""
    steps: Annotated[tuple[Step, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _asks_less_and_less(self) -> Rule:
        asked, tongue, after = self.needs, self.language, 0
        for step in self.steps:
            if step.after <= after:
                raise ValueError(f"the step after {step.after} s must come later than the one before it")
            needs = asked if step.needs is None else step.needs
            language = tongue if step.language is None else step.language
            more = sorted(skill for skill, level in needs.items() if level > asked.get(skill, 0))
            if more:
                raise ValueError(f"the step after {step.after} s asks more of {more[0]} than before; steps ask less")
            if STRICTNESS.index(language) > STRICTNESS.index(tongue):
                raise ValueError(f"the step after {step.after} s asks more of the language than before; steps ask less")
            asked, tongue, after = needs, language, step.after
        return self

    def at(self, waited: int) -> tuple[Needs, Tongue, frozenset[str]]:
        """Return needs, language and further queues once a caller has waited so many seconds."""
        needs, tongue, also = self.needs, self.language, frozenset[str]()
        for step in self.steps:
            if step.after <= waited:
                needs = needs if step.needs is None else step.needs
                tongue = tongue if step.language is None else step.language
                also |= frozenset(step.also)
        return needs, tongue, also


class Weights(_Data):
    """What makes one operator better than another, in seconds of being idle."""

    each_call_today: Seconds = 0
    """Every contact he had today counts as so much less idle: a high value serves the one with the fewest first."""
    spare_level: Seconds = 0
    """For each level of skill the caller would not use: who can do more is spared for those who need it."""
    other_choice: Seconds = 0
    """For each step down in his queues; also how much longer a caller of the next queue must have waited."""
    lesser_skill: Seconds = 0
    """He lacks what was needed at first; also how much longer than others such a caller must have waited for him."""
    other_language: Seconds = 0
    """He does not speak a language that is preferred."""


class Policy(_Data):
    """How to route. Without rules: everybody can be served by everybody, in order, by the longest idle."""

    name: Name = "longest-idle"
    weights: Weights = Weights()
    rules: Annotated[tuple[Rule, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _names_are_unlike(self) -> Policy:
        names = [rule.name for rule in self.rules]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"there are two rules {twice}")
        return self

    @property
    def queues(self) -> tuple[str, ...]:
        """Queues that a rule leads to: an operator may pass a caller on to them before anybody stands there."""
        named = {rule.queue for rule in self.rules if rule.queue is not None}
        return tuple(sorted(named.union(*(step.also for rule in self.rules for step in rule.steps))))

    @property
    def highest(self) -> dict[str, int]:
        """Each skill that a rule asks for, with the highest level asked."""
        levels: dict[str, int] = {}
        for rule in self.rules:
            for skill, level in rule.needs.items():
                levels[skill] = max(level, levels.get(skill, 0))
        return levels


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is known of a caller when he comes to wait."""

    queue: str = "main"
    sent: str = ""
    """Where he overflowed to; no rule takes him back."""
    topic: str = ""
    language: str = ""
    flags: frozenset[str] = frozenset()
    dialled: str = ""
    path: tuple[str, ...] = ()


class Wanted(NamedTuple):
    """Who may serve: an operator of one of the queues with these skills."""

    needs: Levels = frozenset()
    queues: frozenset[str] = frozenset({"main"})
    language: str = ""
    """"" when any will do."""
    must: bool = False
    """The language is needed; otherwise who speaks it is only preferred."""
    first: Levels = frozenset()
    """What was needed at first: who has it is preferred."""


class Stage(NamedTuple):
    """Who may serve once a caller has waited so long."""

    after: timedelta
    wanted: Wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What the rules make of a caller."""

    rules: tuple[str, ...] = ()
    """Names of those he is under."""
    queue: str = "main"
    head_start: timedelta = timedelta()
    last_operator: timedelta = timedelta()
    stages: tuple[Stage, ...] = (Stage(timedelta(), Wanted()),)
    """The first counts from the start; each asks less than the one before."""


PLAIN = Ticket()


def ticket(policy: Policy, asked: Asked) -> Ticket:
    """Return what the rules make of a caller.

    Every rule that is true of him counts: head starts add up (to a day), the queue is the first one named, of needs
    and languages the stricter holds at every moment, the longest time for the last operator is taken.
    """
    rules = [rule for rule in policy.rules if rule.when.holds(asked)]
    queue = asked.sent or next((rule.queue for rule in rules if rule.queue is not None), asked.queue)
    moments = sorted({0, *(step.after for rule in rules for step in rule.steps)})
    stages: list[Stage] = []
    for moment in moments:
        first = stages[0].wanted.needs if stages else None
        wanted = _wanted(rules, moment, queue, asked.language, first)
        if not stages or stages[-1].wanted != wanted:
            stages.append(Stage(timedelta(seconds=moment), wanted))
    return Ticket(
        rules=tuple(rule.name for rule in rules),
        queue=queue,
        head_start=timedelta(seconds=min(sum(rule.head_start for rule in rules), LONGEST_HEAD_START)),
        last_operator=timedelta(seconds=max((rule.last_operator for rule in rules), default=0)),
        stages=tuple(stages),
    )


def _wanted(rules: Iterable[Rule], moment: int, queue: str, language: str, first: Levels | None) -> Wanted:
    levels: dict[str, int] = {}
    tongue, queues = Tongue.ANY, {queue}
    for rule in rules:
        needs, spoken, also = rule.at(moment)
        for skill, level in needs.items():
            levels[skill] = max(level, levels.get(skill, 0))
        tongue = max(tongue, spoken, key=STRICTNESS.index)
        queues |= also
    spoken_by = language if tongue is not Tongue.ANY else ""
    must = bool(spoken_by) and tongue is Tongue.NEEDED
    asked = frozenset(levels.items())
    return Wanted(asked, frozenset(queues), spoken_by, must, asked if first is None else first)


def parse(text: str) -> Policy:
    """Read a policy from YAML.

    Raises:
        PolicyError: in one sentence, where the text is no policy.

    """
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # A day that no calendar has, brackets that never close.
        raise PolicyError(f"not YAML: {' '.join(str(error).split())[:300]}") from error
    if not isinstance(data, dict):
        raise PolicyError("a policy is a mapping with name, weights and rules")
    try:
        return Policy.model_validate(data)
    except ValidationError as error:
        raise PolicyError(_sentence(data, error.errors(include_url=False)[0])) from None


def _sentence(data: dict[Any, Any], fault: Any) -> str:
    """Name the rule by its name and the field by its place, and say what would be right."""
    place = [str(part) for part in fault["loc"] if part != "[key]"]
    if len(place) > 1 and place[0] == "rules" and place[1].isdigit():
        rule = data["rules"][int(place[1])]
        name = rule.get("name") if isinstance(rule, dict) else None
        place = [f"rule {name}" if isinstance(name, str) else f"rule number {int(place[1]) + 1}", *place[2:]]
    said = str(fault["msg"]).removeprefix("Value error, ")
    return ": ".join([*(one for one in (place[0] if place else "", ".".join(place[1:])) if one), said])
