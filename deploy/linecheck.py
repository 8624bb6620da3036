"""`busbar linecheck`: the check of the line, here and now, told as it goes (shell)."""

from __future__ import annotations

import asyncio

from crm_core import db
from crm_core.settings import Settings
from routing import linecheck


def run(settings: Settings) -> int:
    """Check every node's menu and every trunk; print each leg's time; return the exit code, 1 when one failed."""
    return asyncio.run(_run(settings))


async def _run(settings: Settings) -> int:
    engine = db.engine(settings, name="busbar line check", size=1)
    try:
        done = await linecheck.check_all(settings, engine)
    finally:
        await engine.dispose()
    for one in done:
        legs = ", ".join(f"{name} {took} ms" for name, took in one.legs)
        way = f"{one.node}, trunk {one.trunk}" if one.trunk else f"{one.node}, the menu"
        how = f"failed at {one.failed}: {one.detail}" if one.failed else "ok"
        print(f"{way}: {how}" + (f" ({legs})" if legs else ""))
    return int(any(one.failed for one in done))
