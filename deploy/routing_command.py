"""What `busbar routing` prints: the rules in words, and why a call went where it went (shell)."""

from __future__ import annotations

import asyncio
from pathlib import Path

from crm_core import db
from crm_core.errors import NoSuchCall
from crm_core.settings import Settings
from crm_core.store import interactions
from crm_core.text import one_line
from routing import rulebook, why, words
from routing.policy import Policy


def rules(settings: Settings, file: Path | None) -> str:
    """Return the rules of a file, or those in force, as sentences.

    Raises:
        RulebookError: they cannot be used.

    """
    if file is not None:
        return words.policy(rulebook.read(file))
    return words.policy(asyncio.run(_in_force(settings)))


async def _in_force(settings: Settings) -> Policy:
    engine = db.engine(settings)
    try:
        async with db.reading(engine) as connection:
            return await rulebook.in_force(connection, settings.run_dir / "routing")
    finally:
        await engine.dispose()


def explain(settings: Settings, call_id: str) -> list[str]:
    """Return a line for each time the call was offered: when, to whom, and why.

    Raises:
        NoSuchCall: the call has no history.

    """
    return asyncio.run(_explain(settings, call_id))


async def _explain(settings: Settings, call_id: str) -> list[str]:
    engine = db.engine(settings)
    try:
        async with db.reading(engine) as connection:
            history = await interactions.history(connection, call_id)
    finally:
        await engine.dispose()
    if not history:
        raise NoSuchCall(f"there is no call {one_line(call_id, 80)} on record")
    return [_line(one) for one in history if one.what == "offered"] or ["The call was never offered to anybody."]


def _line(offered: interactions.Happened) -> str:
    known = why.read(offered.detail)
    said = why.in_words(known) if known is not None else "Nothing is on record of why."
    return f"{offered.at:%Y-%m-%d %H:%M:%S} UTC, operator {offered.operator_id}: {said}"
