"""What supervisors are shown of a campaign that runs, from what its last turn went by (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from outbound.dialler import Running
from outbound.pace import Lot, Placing
from outbound.terms import Mode
from routing.dials import UNANSWERED, Progress
from routing.outlook import Outlook
from routing.views import CampaignView, OperatorId

EVERY: Final = timedelta(seconds=1)
"""Figures that people read need not move faster."""
STANDING: Final = frozenset({Progress.ANSWERED, Progress.REACHED, Progress.MATCHED})


def view(
    one: Running, floor: Outlook, serves: Mapping[OperatorId, frozenset[int]], lot: Lot, placing: Placing
) -> CampaignView:
    """Return what is shown of a campaign.

    Args:
        one: the campaign.
        floor: as its turn saw it.
        serves: who works for which campaigns.
        lot: what the pacing went by.
        placing: how many calls it wanted, and why no more.

    """
    mine = [going.stage for going in floor.going if going.dial.campaign_id == one.campaign_id]
    grounds = placing.why.get("grounds", {})
    return CampaignView(
        campaign_id=one.campaign_id, name=one.name, mode=one.mode.value,
        operators=sum(one.campaign_id in served for served in serves.values()), idle=lot.idle,
        ringing=sum(stage in UNANSWERED for stage in mine), waiting=sum(stage in STANDING for stage in mine),
        talking=sum(stage in {Progress.TALKING, Progress.NOTICE} for stage in mine),
        answered=grounds.get("answered"), abandoned=grounds.get("abandoned"),
        cap=lot.cap if one.mode is Mode.PREDICTIVE else 0.0, why=str(placing.why.get("code", "")),
    )  # fmt: skip


def is_news(told: Sequence[CampaignView], now_: Sequence[CampaignView], since: datetime | None, now: datetime) -> bool:
    """Whether supervisors are told: at once when a campaign begins or ends, else once a second at most.

    Args:
        told: what they were told last.
        now_: how it is.
        since: when they were told; None: never.
        now: UTC.

    """
    if [one.campaign_id for one in told] != [one.campaign_id for one in now_]:
        return True
    return list(told) != list(now_) and (since is None or now - since >= EVERY)
