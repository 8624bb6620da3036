"""Calls that are on record, as the floor dials them and as their life goes on (pure)."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm_core.settings import Settings
from crm_core.store.outbound_attempts import OpenAttempt
from outbound.attempt import Attempt, State
from outbound.dialler import Call, Running
from outbound.gate import Campaigning
from outbound.law.profile import Profile
from outbound.terms import Mode
from routing.dials import Dial
from routing.views import OperatorId
from telephony.events import LegId, Node


def manual(profile: Profile, settings: Settings) -> Running:
    """Return what calls by hand go by: no campaign, and nothing to read that the operator has not read."""
    return Running(
        campaign_id=0,
        name="",
        mode=Mode.MANUAL,
        priority=1,
        profile=profile,
        campaigning=Campaigning(running=True),
        language=settings.languages[0],
        ring=timedelta(seconds=settings.outward_ring_seconds),
        read=timedelta(),
    )


def dial_of(key: int, leg: LegId, call: Call, one: Running, now: datetime, *, tell: bool = False) -> Dial:  # noqa: PLR0913 - what is dialled, and how
    """Return what the floor is to dial for a call that is on record.

    Args:
        key: of the attempt.
        leg: its name.
        call: whom, and by which way.
        one: the campaign.
        now: UTC.
        tell: whoever answers is told that the talk is recorded, or asked.

    """
    return Dial(
        attempt_id=key,
        leg=leg,
        node=call.way.node,
        trunk=call.way.trunk.name,
        endpoint=call.way.trunk.endpoint,
        number=call.number,
        shown=call.shown,
        campaign_id=one.campaign_id,
        campaign=one.name,
        account_id=call.debtor.account_id,
        customer_id=call.debtor.customer_id,
        row_id=call.row_id,
        language=call.debtor.language or one.language,
        ring=one.ring,
        grace=one.grace,
        notice=one.mode is Mode.NOTICE,
        detect=one.detect,
        operator_id=call.operator_id,
        placed_at=now,
        tell=tell,
    )


def as_dial(one: OpenAttempt) -> Dial:
    """Return what was dialled, as far as a floor that takes it up needs it."""
    return Dial(
        attempt_id=one.attempt_id,
        leg=LegId(one.call_id),
        node=Node(one.node),
        trunk=one.trunk,
        endpoint="",
        number=one.number,
        shown="",
        campaign_id=one.campaign_id or 0,
        campaign="",
        account_id=one.account_id,
        customer_id=one.customer_id,
        row_id=one.row_id,
        notice=one.mode == Mode.NOTICE,
        operator_id=OperatorId(one.operator_id) if one.operator_id is not None else None,
        placed_at=one.planned_at,
    )


def as_attempt(one: OpenAttempt) -> Attempt:
    """Return how far an attempt is, as it is on record."""
    return Attempt(
        attempt_id=one.attempt_id,
        mode=Mode(one.mode),
        customer_id=one.customer_id,
        account_id=one.account_id,
        number=one.number,
        state=State(one.state),
        planned_at=one.planned_at,
        placed_at=one.placed_at,
        answered_at=one.answered_at,
        talked_at=one.talking_at,
        operator_id=one.operator_id,
    )
