"""Who sees what: the one place that decides which screen hears which news, and how it is worded (pure)."""

from __future__ import annotations

from crm_core import access
from crm_core.access import Action, Field, Role
from crm_core.masking import masked
from routing.news import (
    AlertGone,
    AlertRaised,
    Beat,
    CallChanged,
    CallGone,
    CampaignChanged,
    CampaignGone,
    Envelope,
    HelpChanged,
    HelpGone,
    NodeChanged,
    OperatorChanged,
    QueueChanged,
    Said,
    TrunkChanged,
    Unsaid,
    WishAnswered,
)
from routing.views import CallView, OperatorId, OperatorView
from workstation.debtor_words import refusal
from workstation.messages import (
    AlertGoneMessage,
    AlertMessage,
    CallGoneMessage,
    CallMessage,
    CampaignGoneMessage,
    CampaignMessage,
    Colleague,
    HelpGoneMessage,
    HelpMessage,
    NodeMessage,
    OperatorMessage,
    QueueMessage,
    SaidMessage,
    ToBrowser,
    TrunkMessage,
    UnsaidMessage,
    WishMessage,
)
from workstation.sentences import Translate

WATCHERS_MISS = frozenset[Field]().union(*(access.hidden(role) for role in Role if access.may(role, Action.SEE_FLOOR)))
"""Fields that somebody who may watch the floor may not see: all watch the same page."""


def desk_sees(operator: OperatorId, envelope: Envelope) -> bool:
    """Say whether an operator's desk hears this: what is addressed to it or to all, and never a beat."""
    if isinstance(envelope.news, Beat):
        return False
    if isinstance(envelope.news, OperatorChanged) and envelope.news.operator.operator_id != operator:
        return False
    return envelope.everyone or operator in envelope.desks


def watched(call: CallView) -> CallView:
    """Return a call as those see it who watch the floor: who calls is masked, as it is for the least of them."""
    who = {"number": (Field.PHONE, call.number), "name": (Field.CONTACT_NAME, call.name)}
    update: dict[str, object] = {
        name: masked(field, value) for name, (field, value) in who.items() if field in WATCHERS_MISS
    }
    # What one operator says to the next about the caller is for that one alone.
    if call.passed is not None:
        update["passed"] = call.passed.model_copy(update={"note": ""})
    if call.consult is not None:
        update["consult"] = call.consult.model_copy(update={"note": ""})
    return call.model_copy(update=update)


def supervisor_sees(envelope: Envelope) -> bool:
    """Say whether supervisors hear this: all but beats, answers to an operator's wishes, and what is a desk's alone."""
    news = envelope.news
    alone = isinstance(news, CallChanged | CallGone) and news.beside
    return not alone and not isinstance(news, Beat | WishAnswered | Said | Unsaid)


def colleague(one: OperatorView) -> Colleague:
    """Return what of an operator his colleagues see."""
    return Colleague(
        operator_id=one.operator_id, name=one.name, extension=one.extension, state=one.state, reason=one.reason,
        since=one.since, phone_ok=one.phone_ok,
    )  # fmt: skip


def message(envelope: Envelope, translate: Translate) -> ToBrowser | None:  # noqa: C901, PLR0911, PLR0912 -- one per kind
    """Word one piece of news for a browser; None for what has no message of its own.

    Args:
        envelope: the news, already judged visible.
        translate: gettext of the reader's language.

    """
    epoch, number = envelope.epoch, envelope.number
    match envelope.news:
        case OperatorChanged(operator=operator):
            return OperatorMessage(epoch=epoch, number=number, operator=operator)
        case CallChanged(call=call):
            return CallMessage(epoch=epoch, number=number, call=call)
        case CallGone(call_id=call_id, reason=reason):
            return CallGoneMessage(epoch=epoch, number=number, call_id=call_id, reason=reason)
        case QueueChanged(queue=queue):
            return QueueMessage(epoch=epoch, number=number, queue=queue)
        case NodeChanged(node=node, up=up):
            return NodeMessage(epoch=epoch, number=number, node=node, up=up)
        case HelpChanged(help=one):
            return HelpMessage(epoch=epoch, number=number, help=one)
        case HelpGone(help_id=help_id, reason=reason):
            return HelpGoneMessage(epoch=epoch, number=number, help_id=help_id, reason=reason)
        case Said(said=words):
            return SaidMessage(epoch=epoch, number=number, said=words)
        case Unsaid(said_id=said_id):
            return UnsaidMessage(epoch=epoch, number=number, said_id=said_id)
        case TrunkChanged(trunk=trunk):
            return TrunkMessage(epoch=epoch, number=number, trunk=trunk)
        case AlertRaised(alert=alert):
            return AlertMessage(epoch=epoch, number=number, alert=alert)
        case AlertGone(kind=kind, subject=subject):
            return AlertGoneMessage(epoch=epoch, number=number, kind=kind, subject=subject)
        case CampaignChanged(campaign=campaign):
            return CampaignMessage(epoch=epoch, number=number, campaign=campaign)
        case CampaignGone(campaign_id=campaign_id):
            return CampaignGoneMessage(epoch=epoch, number=number, campaign_id=campaign_id)
        case WishAnswered(wish_id=wish_id, done=done, reason=reason):
            said = "" if done else refusal(reason, translate)
            return WishMessage(epoch=epoch, number=number, wish_id=wish_id, done=done, reason=reason, sentence=said)
        case Beat():
            return None
