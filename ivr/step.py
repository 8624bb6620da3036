"""What a step of a flow is: one verb with its settings, what it says, where it may lead (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from ivr.levels import Level

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
"""Name of a step or a prompt; it travels in `BUSBAR_PATH`, hence the narrow alphabet."""
Key = Annotated[str, StringConstraints(pattern=r"^[0-9*]$"), BeforeValidator(str)]
"""One key of a telephone; YAML may give it as a number. Hash is no choice: it ends what was keyed."""


def _case(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


Case = Annotated[str, StringConstraints(min_length=1, max_length=40), BeforeValidator(_case)]
"""What a branch may find; YAML reads yes and no as truth values, and 12 as a number."""
Tries = Annotated[int, Field(ge=1, le=5)]
Seconds = Annotated[float, Field(ge=1, le=30)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_-]{1,40}$")]
"""A topic, a flag or a queue."""


def _level(value: object) -> object:
    return Level[value.upper()] if isinstance(value, str) and value.upper() in Level.__members__ else value


Rung = Annotated[Level, BeforeValidator(_level)]
"""A rung of the ladder by its name, such as `confirmed`."""


class Step(BaseModel):
    """One step; `prompts` and `exits` are what `check` looks at."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    verb: ClassVar[str] = ""
    waits: ClassVar[bool] = True
    """The caller's time passes here: a loop through it cannot spin."""

    topic: Code | None = None
    """What the call is about from here on (`BUSBAR_TOPIC`)."""

    def prompts(self) -> Mapping[str, frozenset[str]]:
        """Prompts this step says, each with the values it can give them."""
        return {}

    def exits(self) -> tuple[str, ...]:
        """Steps that may come next; none when the call ends here."""
        return ()

    def ways(self) -> tuple[tuple[str, str], ...]:
        """Exits with what leads to each: a setting's name, a key, a case; for drawings."""
        exits, found = set(self.exits()), list[tuple[str, str]]()
        for name in type(self).model_fields:
            value = getattr(self, name)
            if name in {"choices", "cases"}:
                found.extend((str(key), target) for key, target in value.items() if target in exits)
            elif isinstance(value, str) and value in exits and name not in {self.verb, "topic"}:
                found.append((name, value))
        return tuple(found)
