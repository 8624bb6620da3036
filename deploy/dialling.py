"""Who calls debtors in the floor's process: outbound's runner, brought together with the floor here (shell)."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.settings import Settings
from outbound.runner import Runner
from routing.diallerport import Dialler


def dialler(engine: AsyncEngine, settings: Settings) -> Dialler:
    """Return the dialler of this house."""
    return Runner(engine, settings)
