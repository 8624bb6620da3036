"""Why this operator, why did I wait: the answer to every routed call, in codes and in words (pure)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from routing.skills import Levels


class Choice(StrEnum):
    """What spoke for the operator."""

    LAST_OPERATOR = "last-operator"
    ONLY_ONE = "only-one"
    LONGEST_IDLE = "longest-idle"
    LEAST_LOADED = "least-loaded"
    BEST_FIT = "best-fit"


AT_ONCE = "at-once"
NOBODY_FREE = "nobody-free"
NO_MATCH = "no-match"
KEPT = "kept"

CHOICES = {
    Choice.LAST_OPERATOR: "spoke to this caller last",
    Choice.ONLY_ONE: "was the only one free who could serve",
    Choice.LONGEST_IDLE: "was idle the longest",
    Choice.LEAST_LOADED: "was idle the longest, contacts of the day counted",
    Choice.BEST_FIT: "suited better than others who were idle longer",
}
HELD = {
    AT_ONCE: "Somebody was free when the caller came",
    NOBODY_FREE: "Nobody was free when the caller came",
    NO_MATCH: "Of those free when the caller came nobody had what was needed",
    KEPT: "The caller was kept for the operator of the last contact, who was busy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why an offer was made as it was; `str` gives the codes that a call's history keeps."""

    rules: tuple[str, ...] = ()
    """The caller was under these."""
    choice: Choice = Choice.LONGEST_IDLE
    held: str = AT_ONCE
    """Why he was not served as he came: AT_ONCE (somebody was free), NOBODY_FREE, NO_MATCH or KEPT."""
    waited: int = 0
    """Seconds until this offer."""
    needs: Levels = frozenset()
    """What was needed of the operator in the end."""
    relaxed: int = 0
    """How many times less was asked because he had waited."""

    def __str__(self) -> str:
        needs = ",".join(f"{skill}:{level}" for skill, level in sorted(self.needs))
        codes = {
            "choice": self.choice.value,
            "held": self.held,
            "waited": str(self.waited),
            "relaxed": str(self.relaxed),
            "needs": needs,
            "rules": ",".join(self.rules),
        }
        return " ".join(f"{key}={value}" for key, value in codes.items() if value)


def read(text: str) -> Why | None:
    """Read what a call's history kept; None for anything else."""
    codes = dict(part.split("=", 1) for part in text.split(" ") if "=" in part)
    try:
        needs = [one.rpartition(":") for one in codes.get("needs", "").split(",") if one]
        return Why(
            rules=tuple(one for one in codes.get("rules", "").split(",") if one),
            choice=Choice(codes["choice"]),
            held=codes["held"],
            waited=int(codes["waited"]),
            needs=frozenset((skill, int(level)) for skill, _, level in needs),
            relaxed=int(codes["relaxed"]),
        )
    except (KeyError, ValueError):
        return None


WAITED = "{held}; offered after {seconds} s."
CHOSEN = "The operator {choice}."
NEEDED = "Needed: {skills}."
RELAXED = "Less was asked than at first, because of the wait."
UNDER = "Rules: {rules}."
PHRASES: tuple[str, ...] = (*CHOICES.values(), *HELD.values(), WAITED, CHOSEN, NEEDED, RELAXED, UNDER)
"""Everything that is said through gettext."""


def in_words(why: Why, say: Callable[[str], str] = str) -> str:
    """Return the answer in plain English, or in the language of a gettext."""
    held = say(HELD[why.held]) if why.held in HELD else why.held
    said = [
        say(CHOSEN).format(choice=say(CHOICES[why.choice])),
        say(WAITED).format(held=held, seconds=why.waited),
    ]
    if why.needs:
        needs = ", ".join(f"{skill} {level}" for skill, level in sorted(why.needs))
        said.append(say(NEEDED).format(skills=needs))
    if why.relaxed:
        said.append(say(RELAXED))
    if why.rules:
        said.append(say(UNDER).format(rules=", ".join(why.rules)))
    return " ".join(said)
