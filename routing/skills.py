"""What operators can do: skills with levels, languages spoken, queues served in an order of preference (pure).

An operator's skills are texts on his record: `payment` (level 1), `payment:3`, and `queue/debts:2` for a queue he
serves by second choice. Nobody is shut out by what was not written down: who has no skills has every skill, who has
no languages speaks every one, who has no queues serves each as his first.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

HIGHEST = 9
"""Levels and preferences go from 1 to it."""
QUEUE = "queue/"

Levels = frozenset[tuple[str, int]]
"""Skills, each once, with a level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What one operator can do; two who can do the same are equal."""

    everything: bool = True
    """No skills are set: he has them all."""
    skills: Levels = frozenset()
    languages: frozenset[str] = frozenset()
    """Empty: all."""
    queues: Levels = frozenset()
    """With 1 for the queue he likes best; empty: all, alike."""

    def can(self, needs: Levels) -> bool:
        """Whether he has every skill needed, at the level needed or above."""
        if self.everything or not needs:
            return True
        mine = dict(self.skills)
        return all(mine.get(skill, 0) >= level for skill, level in needs)

    def speaks(self, language: str) -> bool:
        """Whether he speaks a language; "" is spoken by everyone."""
        return not language or not self.languages or language in self.languages

    def choice(self, queues: frozenset[str]) -> int | None:
        """Return which choice of his the best of these queues is, from 1; None when he serves none of them."""
        if not self.queues:
            return 1
        return min((rank for queue, rank in self.queues if queue in queues), default=None)

    def spare(self, needs: Levels) -> int:
        """Return how many levels of his skills a caller with these needs would not use; 0 for who has everything."""
        if self.everything:
            return 0
        return sum(level for _, level in self.skills) - sum(level for _, level in needs)

    def asked(self, highest: Mapping[str, int]) -> Profile:
        """Return as much of the profile as anybody asks for.

        Args:
            highest: each skill that is asked for, with the highest level asked.

        """
        kept = frozenset((skill, min(level, highest[skill])) for skill, level in self.skills if skill in highest)
        return Profile(everything=self.everything, skills=kept, languages=self.languages, queues=self.queues)


ANYBODY = Profile()
"""Nothing is written down: serves everything."""


def profile(skills: Iterable[str], languages: Iterable[str] = ()) -> Profile:
    """Read an operator's record.

    A text that is no skill is one nobody asks for: a slip of the pen must not make him serve everything.
    """
    best: dict[str, int] = {}
    queues: dict[str, int] = {}
    for text in skills:
        name, level = _read(text)
        if name.startswith(QUEUE):
            queue = name.removeprefix(QUEUE)
            queues[queue] = min(level, queues.get(queue, HIGHEST))
        else:
            best[name] = max(level, best.get(name, 0))
    return Profile(
        everything=not best,
        skills=frozenset(best.items()),
        languages=frozenset(languages),
        queues=frozenset(queues.items()),
    )


def _read(text: str) -> tuple[str, int]:
    name, colon, level = text.strip().rpartition(":")
    if colon and len(level) == 1 and level in "123456789":
        return name, int(level)
    return text.strip(), 1
