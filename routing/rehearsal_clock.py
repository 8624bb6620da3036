"""The clock of a day that is played again: speed, pause, jump; any page that knows it shows the same moment (pure).

Nobody turns the hands: a clock says where it stood when it was last touched, and everybody works out the rest. So a
replay needs no process of its own, loses nothing when one dies, and its pages agree wherever they are served.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pydantic import BaseModel, ConfigDict, Field

SLOWEST, FASTEST = 1, 120
"""Times the speed of the day."""
LASTS = timedelta(hours=12)
"""A clock that nobody touched for so long is thrown away."""


class Replay(BaseModel):
    """A day that is being played, and how its clock stood when it was last touched."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replay_id: str = Field(min_length=1, max_length=24)
    day: date
    since: datetime
    """When the day began (UTC)."""
    until: datetime
    """When it was over."""
    queue: str = Field(default="", max_length=40)
    """Only calls of this queue; "" all."""
    team: str = Field(default="", max_length=40)
    """Only operators of this team, and their calls; "" all."""
    by: int | None = None
    """Who set it up; None: a command line."""
    by_name: str = Field(default="", max_length=80)
    touched_at: datetime
    """When somebody last touched the clock, in real time."""
    stood_at: datetime
    """The moment of the day it showed then."""
    speed: int = Field(ge=SLOWEST, le=FASTEST)
    paused: bool = False

    @property
    def rate(self) -> int:
        """How fast its hands go: 0 while it is paused."""
        return 0 if self.paused else self.speed

    def shows(self, now: datetime) -> datetime:
        """Return the moment of the day it shows; it goes on after the day, for calls that were not over yet."""
        return self.stood_at + max(now - self.touched_at, timedelta()) * self.rate

    def runs_until(self, moment: datetime, now: datetime) -> timedelta | None:
        """Return how long in real time until it shows a moment; None while it is paused."""
        return max(moment - self.shows(now), timedelta()) / self.rate if self.rate else None

    def over(self, now: datetime) -> bool:
        """Whether nobody touched it for so long that it may be thrown away."""
        return now >= self.touched_at + LASTS

    def pause(self, now: datetime) -> Replay:
        """Return it standing still."""
        return self._touched(now, paused=True)

    def go_on(self, now: datetime) -> Replay:
        """Return it going on from where it stood."""
        return self._touched(now, paused=False)

    def at_speed(self, speed: int, now: datetime) -> Replay:
        """Return it going at another speed from here on; out of bounds is the nearest that is allowed."""
        return self._touched(now, speed=min(max(speed, SLOWEST), FASTEST))

    def jump(self, moment: datetime, now: datetime) -> Replay:
        """Return it showing another moment of the day; one outside is the nearest inside."""
        return self._touched(now, stood_at=min(max(moment, self.since), self.until))

    def _touched(self, now: datetime, **changes: object) -> Replay:
        return self.model_copy(update={"touched_at": now, "stood_at": self.shows(now), **changes})


def clock_time(text: str) -> time | None:
    """Read `8:00` or `08:00`; None for anything else."""
    hours, colon, minutes = text.strip().partition(":")
    if not colon or len(minutes) != 2 or not (hours + minutes).isascii() or not (hours + minutes).isdigit():
        return None
    return time(int(hours), int(minutes)) if len(hours) <= 2 and int(hours) < 24 and int(minutes) < 60 else None
