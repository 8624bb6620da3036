"""How a screen takes news in: `apply(snapshot(before), news) == snapshot(after)` is a property test (pure).

The browser does the same in TypeScript; `routing.bus.read_floor` does it to bring a snapshot up to date.
"""

from __future__ import annotations

from typing import overload

from routing.news import (
    AlertGone,
    AlertRaised,
    CallChanged,
    CallGone,
    CampaignChanged,
    CampaignGone,
    HelpChanged,
    HelpGone,
    News,
    NodeChanged,
    OperatorChanged,
    QueueChanged,
    Said,
    TrunkChanged,
    Unsaid,
)
from routing.views import (
    AlertView,
    CallView,
    CampaignView,
    DeskView,
    FloorView,
    HelpView,
    OperatorView,
    QueueView,
    TrunkView,
)

MOST_SAID = 5
"""Words of supervisors that a desk keeps; older ones make room."""


@overload
def apply(view: DeskView, news: News) -> DeskView: ...
@overload
def apply(view: FloorView, news: News) -> FloorView: ...
def apply(view: DeskView | FloorView, news: News) -> DeskView | FloorView:
    """Return the view after the news; news that does not concern it changes nothing.

    A desk is given only news that is for it (`Envelope.desks` or `everyone`); a floor is given all.
    """
    if isinstance(view, DeskView):
        return apply_desk(view, news)
    return apply_floor(view, news)


def apply_desk(desk: DeskView, news: News) -> DeskView:  # noqa: PLR0911 - one for each kind of news
    """Return the desk after one piece of news that was meant for it."""
    match news:
        case OperatorChanged(operator=operator) if operator.operator_id == desk.operator.operator_id:
            return desk.model_copy(update={"operator": operator})
        case CallChanged(call=call):
            return desk.model_copy(update={"call": call})
        case CallGone(call_id=gone) if desk.call is not None and desk.call.call_id == gone:
            return desk.model_copy(update={"call": None})
        case QueueChanged(queue=queue):
            return desk.model_copy(update={"queues": with_queue(desk.queues, queue)})
        case HelpChanged(help=one):
            return desk.model_copy(update={"helped": with_help(desk.helped, one)})
        case HelpGone(help_id=gone):
            return desk.model_copy(update={"helped": without_help(desk.helped, gone)})
        case Said(said=said):
            return desk.model_copy(update={"said": (*desk.said, said)[-MOST_SAID:]})
        case Unsaid(said_id=gone):
            return desk.model_copy(update={"said": tuple(one for one in desk.said if one.said_id != gone)})
        case _:
            return desk


def apply_floor(floor: FloorView, news: News) -> FloorView:  # noqa: C901, PLR0911, PLR0912 - one for each kind of news
    """Return the floor after one piece of news."""
    match news:
        case OperatorChanged(operator=operator):
            return floor.model_copy(update={"operators": with_operator(floor.operators, operator)})
        case CallChanged(call=call, beside=False):
            return floor.model_copy(update={"calls": with_call(floor.calls, call)})
        case CallGone(call_id=gone, beside=False):
            return floor.model_copy(update={"calls": tuple(call for call in floor.calls if call.call_id != gone)})
        case QueueChanged(queue=queue):
            return floor.model_copy(update={"queues": with_queue(floor.queues, queue)})
        case NodeChanged(node=node, up=up):
            return floor.model_copy(update={"nodes": {**floor.nodes, node: up}})
        case HelpChanged(help=one):
            return floor.model_copy(update={"helps": with_help(floor.helps, one)})
        case HelpGone(help_id=gone):
            return floor.model_copy(update={"helps": without_help(floor.helps, gone)})
        case TrunkChanged(trunk=one):
            return floor.model_copy(update={"trunks": with_trunk(floor.trunks, one)})
        case AlertRaised(alert=one):
            return floor.model_copy(update={"alerts": with_alert(floor.alerts, one)})
        case AlertGone(kind=kind, subject=subject):
            left = (one for one in floor.alerts if (one.kind, one.subject) != (kind, subject))
            return floor.model_copy(update={"alerts": tuple(left)})
        case CampaignChanged(campaign=one):
            return floor.model_copy(update={"campaigns": with_campaign(floor.campaigns, one)})
        case CampaignGone(campaign_id=gone):
            return floor.model_copy(update={"campaigns": without_campaign(floor.campaigns, gone)})
        case _:
            return floor


def with_operator(operators: tuple[OperatorView, ...], changed: OperatorView) -> tuple[OperatorView, ...]:
    """Return the operators, by id, with one of them changed or added."""
    others = [one for one in operators if one.operator_id != changed.operator_id]
    return tuple(sorted([*others, changed], key=lambda one: one.operator_id))


def with_call(calls: tuple[CallView, ...], changed: CallView) -> tuple[CallView, ...]:
    """Return the calls, by arrival, with one of them changed or added."""
    others = [one for one in calls if one.call_id != changed.call_id]
    return tuple(sorted([*others, changed], key=lambda one: (one.arrived_at, one.call_id)))


def with_queue(queues: tuple[QueueView, ...], changed: QueueView) -> tuple[QueueView, ...]:
    """Return the queues, by name, with one of them changed or added."""
    others = [one for one in queues if one.queue != changed.queue]
    return tuple(sorted([*others, changed], key=lambda one: one.queue))


def with_help(helps: tuple[HelpView, ...], changed: HelpView) -> tuple[HelpView, ...]:
    """Return the helps, by id, with one of them changed or added."""
    others = [one for one in helps if one.help_id != changed.help_id]
    return tuple(sorted([*others, changed], key=lambda one: one.help_id))


def with_alert(alerts: tuple[AlertView, ...], raised: AlertView) -> tuple[AlertView, ...]:
    """Return the alerts, by kind and subject, with one of them raised."""
    others = [one for one in alerts if (one.kind, one.subject) != (raised.kind, raised.subject)]
    return tuple(sorted([*others, raised], key=lambda one: (one.kind, one.subject)))


def with_trunk(trunks: tuple[TrunkView, ...], changed: TrunkView) -> tuple[TrunkView, ...]:
    """Return the trunks, by node and name, with one of them changed or added."""
    others = [one for one in trunks if (one.node, one.trunk) != (changed.node, changed.trunk)]
    return tuple(sorted([*others, changed], key=lambda one: (one.node, one.trunk)))


def with_campaign(campaigns: tuple[CampaignView, ...], changed: CampaignView) -> tuple[CampaignView, ...]:
    """Return the campaigns, by key, with one of them changed or added."""
    others = [one for one in campaigns if one.campaign_id != changed.campaign_id]
    return tuple(sorted([*others, changed], key=lambda one: one.campaign_id))


def without_help(helps: tuple[HelpView, ...], gone: str) -> tuple[HelpView, ...]:
    """Return the helps without one of them."""
    return tuple(one for one in helps if one.help_id != gone)


def without_campaign(campaigns: tuple[CampaignView, ...], gone: int) -> tuple[CampaignView, ...]:
    """Return the campaigns without one of them."""
    return tuple(one for one in campaigns if one.campaign_id != gone)
