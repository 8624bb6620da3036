"""What campaigns do just now, as supervisors see it: only what changed is told (pure)."""

from __future__ import annotations

from collections.abc import Sequence

from routing.effects import Tell
from routing.hall import Hall
from routing.news import CampaignChanged, CampaignGone
from routing.views import CampaignView


def show(hall: Hall, running: Sequence[CampaignView]) -> None:
    """Take in what every campaign that runs does; those that are not named run no more."""
    known, now = hall.dials.running, {one.campaign_id: one for one in running}
    for key in sorted(known.keys() - now.keys()):
        hall.tell(Tell(CampaignGone(campaign_id=key)))
    for key, one in sorted(now.items()):
        if known.get(key) != one:
            hall.tell(Tell(CampaignChanged(campaign=one)))
    hall.dials.running = now
