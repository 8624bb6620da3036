"""Asides: flows beside the menu, for who cannot wait in his queue and for those whom we call (shell).

Who leaves a message or hears that nobody is there, the floor decides (`routing.overflow`); a debtor for whom nobody was
free hears who called, one whom a voice calls without operators hears what he owes (docs/dialler.md). The dialplan asks
for the flow by the path of its AGI address. A flow that cannot be served in every language is left out, with a word in
the log: the caller goes back to wait.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from ivr import flow as flows
from ivr import inspection
from ivr.answers import Account, Found
from ivr.flow import Flow
from ivr.library import SHIPPED
from ivr.recognising import Recognising
from ivr.session import Known
from ivr.wording import Wording
from telephony.agi import AgiCall

NOTICE = "notice"
NAMES = ("voicemail", "closed", "abandoned", NOTICE)
LONGEST_KEY = 2**31 - 1
log = structlog.get_logger(__name__)


def load(wordings: Mapping[str, Wording], own: Path) -> Mapping[str, Flow]:
    """Return the flows of this kind by name: the house's own file before the one we ship.

    Args:
        wordings: by language.
        own: the house's folder, may be missing.

    """
    found = {}
    for name in NAMES:
        file = next(one for one in (own / f"{name}.yaml", SHIPPED / "flows" / f"{name}.yaml") if one.is_file())
        try:
            flow = flows.parse(file.read_text("utf-8"))
        except (flows.FlowError, OSError, UnicodeDecodeError) as error:
            log.warning("aside_left_out", name=name, reason=str(error)[:300])
            continue
        problems = inspection.check(flow, wordings)
        if problems:
            said = "; ".join(f"{problem.where}: {problem.sentence}" for problem in problems[:5])
            log.warning("aside_left_out", name=name, reason=said)
        else:
            found[name] = flow
    return found


async def known(call: AgiCall) -> Known:
    """Return what the menus found out of this caller before, as his channel keeps it."""
    account = await call.variable("BUSBAR_ACCOUNT")
    key = int(account) if account.isascii() and account.isdigit() and len(account) <= 10 else 0
    return Known(
        language=await call.variable("BUSBAR_LANGUAGE"),
        account=Account(key, "") if 0 < key <= LONGEST_KEY else None,
        path=tuple(step for step in (await call.variable("BUSBAR_PATH")).split(";") if step)[:100],
    )


async def provable(known: Known, recognising: Recognising, now: datetime) -> Known:
    """Return what is known of whom we call with what it takes to prove that it is he: his account's number, his PIN.

    A base that does not answer leaves nothing to prove it by, and nothing is told.
    """
    if known.account is None:
        return known
    found = await recognising.by_key(known.account.account_id, now)
    accounts = found.accounts if isinstance(found, Found) else ()
    return replace(known, account=accounts[0] if accounts else None)
