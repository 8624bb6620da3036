"""How subscribers behave on the telephone: plans of what to do when, drawn by chance (pure)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Doing(StrEnum):
    """What a caller does at one moment."""

    PRESS = "presses"
    TALK = "talks"
    HANG_UP = "hangs up"


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a plan."""

    after: float
    """Seconds since the step before, or since the call was answered."""
    doing: Doing
    what: str = ""
    """Keys to press, or the sentence to say."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One caller's behaviour."""

    name: str
    steps: tuple[Step, ...]
    known: bool = True
    """Calls from a number that the base knows."""


OPERATOR = "0"
"""The key that the voice menu gives to whoever wants to talk to somebody."""
SENTENCES = (
    "Hello. I am calling about my last bill. It seems too high to me.",
    "Good day. I would like to give you the reading of my meter.",
    "Hello. We moved last month. What do I have to do now?",
    "Hello, I paid a week ago, and you still write to me that I owe you money.",
    "Good morning. There was a power cut in our street yesterday. When will it be repaired?",
)
BEHAVIOURS = ("talks", "listens", "keys", "gives up", "stranger", "silent")
WEIGHTS = (45, 15, 15, 10, 10, 5)


def draw(chance: random.Random) -> Plan:
    """Return one caller's plan: most want to talk, some give up, some are unknown, some never press a key."""
    match chance.choices(BEHAVIOURS, WEIGHTS)[0]:
        case "listens":
            return Plan("listens to the menu", (Step(chance.uniform(20, 40), Doing.HANG_UP),))
        case "keys":
            keys = (Step(7, Doing.PRESS, "1"), Step(chance.uniform(12, 25), Doing.HANG_UP))
            return Plan("asks the voice menu", keys)
        case "gives up":
            return Plan("gives up", (Step(6, Doing.PRESS, OPERATOR), Step(chance.uniform(3, 12), Doing.HANG_UP)))
        case "stranger":
            return Plan("is unknown to us", _conversation(chance), known=False)
        case "silent":
            return Plan("never presses a key", (Step(chance.uniform(60, 100), Doing.HANG_UP),))
        case _:
            return Plan("wants to talk", _conversation(chance))


def _conversation(chance: random.Random) -> tuple[Step, ...]:
    """Ask for an operator, then say a few things with pauses, then go."""
    said = [
        Step(chance.uniform(8, 15), Doing.TALK, sentence) for sentence in chance.sample(SENTENCES, chance.randint(2, 4))
    ]
    return (Step(6, Doing.PRESS, OPERATOR), *said, Step(chance.uniform(10, 40), Doing.HANG_UP))


def made_up(chance: random.Random) -> str:
    """Return a telephone number that is nobody's (a range without subscribers)."""
    return f"+7000{chance.randrange(10_000_000):07d}"
