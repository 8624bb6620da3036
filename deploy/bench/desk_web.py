"""The web process of `bench desk`: the real one, for an operator who does in a minute the work of an hour (shell)."""

from __future__ import annotations

from multiprocessing.connection import Connection

from limits import RateLimitItem, RateLimitItemPerMinute

from crm_core.settings import Settings
from deploy.bench import pop_legs
from workstation.throttle import Throttle

MOST = RateLimitItemPerMinute(1_000_000)
"""More than the bench does. It is counted all the same, for that is part of what every request costs."""


def main(settings: Settings, told: Connection) -> None:
    """Run the web without the limits that a person at work never meets."""
    counted = Throttle.allows

    async def allows(throttle: Throttle, _item: RateLimitItem, *names: str) -> bool:
        return await counted(throttle, MOST, *names)

    setattr(Throttle, counted.__name__, allows)
    pop_legs.web(settings, told)
