"""The floor: events and wishes in, effects out; the only writer of live state (pure).

It joins the operator's life, the router, offers and conversations. No I/O, no clock: `now` is an argument, deadlines
are returned by `next_deadline` and met by `tick`. What a crash may not lose is not here but on Asterisk's channels
(`BUSBAR_*`) and in the database; `Past` and `LegSeen` bring it back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from crm_core.store.troubles import Troubles
from routing import (
    absent,
    asking,
    callbacks,
    consults,
    debtors,
    desks,
    helping,
    marks,
    matching,
    offers,
    overflow,
    placing,
    recording,
    resync,
    standing,
    talks,
)
from routing import charter as charters
from routing.backs import is_back
from routing.callbacks import BackNews
from routing.calls import whole
from routing.charter import Charter
from routing.dials import DialWish, is_out
from routing.effects import Effect
from routing.hall import Hall, OperatorLeg, Rules, Stranger
from routing.helps import HELP
from routing.news import LARGEST_KEY, Coming
from routing.outlook import Outlook, outlook
from routing.resync import Past
from routing.views import DeskView, FloorView, OperatorId, OperatorState, QueueView
from routing.waking import ALARMS
from routing.wishes import SignIn, Wish
from telephony.commands import (
    AddQueueMember,
    AnyCommand,
    AskSnapshot,
    MuteRecording,
    Originate,
    PauseQueueMember,
    Redirect,
    SetVariable,
)
from telephony.events import (
    BridgeJoined,
    BridgeLeft,
    CallEvent,
    CallId,
    CallMarked,
    DeviceChanged,
    DeviceState,
    LegCreated,
    LegEnded,
    LegEvent,
    LegHeld,
    LegId,
    LegResumed,
    LegRinging,
    LegSeen,
    LinkLost,
    LinkUp,
    Node,
    OriginateFinished,
    RecordingMuted,
    SnapshotEnded,
)

UNKNOWN = "outcome-unknown"
NOT_CONNECTED = "switch-not-connected"


class Floor:
    """The live floor of one house, over all its Asterisks.

    Args:
        rules: durations and policy.
        new_leg: gives the ids of offers (`offer-<12 hex>`), each once in the life of an Asterisk.
        past: what the database remembers; empty on the first day.

    """

    def __init__(self, rules: Rules, new_leg: Callable[[], LegId], past: Past | None = None) -> None:
        self.hall = Hall(rules, new_leg)
        for queue in ("main", *rules.policy.queues):
            self.hall.queue(queue)
        if past is not None:
            resync.remember(self.hall, past)
        self._born: list[Effect] = self.hall.drain()

    # --- in -----------------------------------------------------------------------------------------------------

    def receive(self, event: CallEvent, now: datetime) -> list[Effect]:
        """Take in what a node reported. Events that tell nothing new change nothing."""
        if isinstance(event, LegEvent):
            self._leg_event(event, now)
        else:
            self.hall.watch.hear(event, now)
            self._node_event(event, now)
        return self._effects(now)

    def obey(self, wish: Wish, now: datetime) -> list[Effect]:
        """Carry out or refuse what a desk wishes; `WishAnswered` is among the effects, once."""
        desks.obey(self.hall, wish, now)
        if isinstance(wish, SignIn) and wish.operator_id in self.hall.operators:
            resync.claim(self.hall, wish.operator_id, now)
        return self._effects(now)

    def take(self, charter: Charter, now: datetime) -> list[Effect]:
        """Go by what managers have set, from now on."""
        charters.take(self.hall, charter, now)
        return self._effects(now)

    def mind(self, troubles: Troubles, now: datetime) -> list[Effect]:
        """Take in what went wrong beside the line."""
        self.hall.watch.troubles = troubles
        return self._effects(now)

    def heed(self, news: BackNews, now: datetime) -> list[Effect]:
        """Take in what the book of call-backs says."""
        callbacks.heed(self.hall, news, now)
        return self._effects(now)

    def dial(self, wish: DialWish, now: datetime) -> list[Effect]:
        """Carry out what the dialler wishes."""
        debtors.obey(self.hall, wish, now)
        return self._effects(now)

    def failed(self, command: AnyCommand, code: str, now: datetime) -> list[Effect]:
        """Take in that an ordered command was refused, or that nobody knows what became of it (`code`).

        Nothing is ever sent again blindly: an Originate that may have left rings until its own end is told.
        """
        hall = self.hall
        match command:
            case SetVariable(name=offers.OWNER, value=value) if not value.startswith(HELP):
                leg = hall.legs.get(LegId(value))
                if leg is not None:
                    offers.hold_back(hall, leg, now)
            case SetVariable(name=overflow.VARIABLE):
                overflow.failed(hall, command, now)
            case SetVariable(name=offers.OWNER) | Redirect():
                helping.not_taken(hall, command, now)
            case Originate(leg=leg_id) if code != UNKNOWN:
                self._not_originated(leg_id, code, now)
            case AddQueueMember(node=node, queue=queue, device=device, paused=paused) if code != NOT_CONNECTED:
                # He is a member already; then it is the pause that must be right.
                hall.order(PauseQueueMember(node=node, queue=queue, device=device, paused=paused))
            case MuteRecording():
                recording.failed(hall, command, now)
            case AskSnapshot(node=node):
                hall.alarm(now + resync.ASK_AGAIN, "snapshot", node)
            case _:
                pass
        return self._effects(now)

    def _not_originated(self, leg_id: LegId, code: str, now: datetime) -> None:
        """No channel came of an order: whoever it was for is told, by what it was for."""
        hall = self.hall
        if is_back(leg_id):
            callbacks.not_made(hall, leg_id)
        elif is_out(leg_id):
            debtors.not_made(hall, leg_id, now)
        elif leg_id in hall.asked:
            consults.left(hall, leg_id, "phone-failed", now)
        elif leg_id in hall.helps.by_leg:
            helping.ended(hall, leg_id, "phone-failed", now)
        elif leg_id in hall.placed:
            placing.ended(hall, leg_id, now)
        else:
            leg = hall.legs.pop(leg_id, None)
            if leg is not None and leg.stands:
                standing.lost(hall, leg, now)
            elif leg is not None:
                self._refused(leg, code, now)

    def wants(self, command: AnyCommand) -> bool:
        """Whether an ordered command is still wanted at the moment it is to leave.

        A floor that stood still for seconds decides on what it knew, and learns only while its order waits that the
        caller talks to somebody already: no telephone shall ring for that.
        """
        match command:
            case Originate(leg=leg_id) if is_back(leg_id):
                return callbacks.wants(self.hall, leg_id)
            case Originate(leg=leg_id) if is_out(leg_id):
                return debtors.wants(self.hall, leg_id)
            case Originate(leg=leg_id):
                leg, hall = self.hall.legs.get(leg_id), self.hall
                apart = leg_id in hall.asked or leg_id in hall.helps.by_leg or leg_id in hall.placed
                return apart or (leg is not None and not leg.cancelled)
            case SetVariable(name=offers.OWNER, value=value) if not value.startswith((asking.ASK, HELP)):
                leg = self.hall.legs.get(LegId(value))
                return leg is not None and not leg.cancelled
            case _:
                return True

    def tick(self, now: datetime) -> list[Effect]:
        """Meet the deadlines that have come."""
        hall = self.hall
        for kind, key in hall.alarms(now):
            ALARMS[kind](hall, key, now)
        for name, queue in hall.queues.items():
            if queue.figures.prune(now):
                hall.touch_queue(name)
        return self._effects(now)

    def next_deadline(self) -> datetime | None:
        """Return when `tick` is wanted; None for not at all."""
        hall = self.hall
        windows = [queue.figures.next_deadline() for queue in hall.queues.values()]
        times = [hall.next_alarm(), hall.lineup.next_step(), hall.watch.next_look(), *windows]
        return min((one for one in times if one is not None), default=None)

    def foretold(self, event: CallEvent) -> Coming | None:
        """Return whose account an event names, when nobody was told of it yet; changes nothing."""
        if not isinstance(event, CallMarked):
            return None
        account = whole(event.fields.get("Account", ""))
        call = self.hall.calls.get(CallId(event.leg))
        if not account or account > LARGEST_KEY or (call is not None and call.account_id == account):
            return None
        return Coming(account_id=account, call_id=event.leg, number=call.number if call is not None else "")

    def places(self) -> tuple[list[Node], int]:
        """Return the nodes where call-backs may stand, and how many do."""
        return sorted(self.hall.lineup.synced), len(self.hall.backs.by_call)

    def outlook(self) -> Outlook:
        """Return what the dialler goes by."""
        return outlook(self.hall)

    # --- looking (what the publisher asks) ----------------------------------------------------------------------

    def desk(self, operator_id: OperatorId) -> DeskView | None:
        """Return a desk, None when nobody ever signed in at it."""
        return self.hall.desk(operator_id)

    def desks(self) -> Iterable[OperatorId]:
        """Return everybody who has a desk."""
        return list(self.hall.operators)

    def queues(self) -> tuple[QueueView, ...]:
        """Return all queues' figures."""
        return self.hall.queue_views()

    def floor(self) -> FloorView:
        """Return everything, for supervisors."""
        return self.hall.told_floor()

    # --- one kind of event each ---------------------------------------------------------------------------------

    def _effects(self, now: datetime) -> list[Effect]:
        callbacks.stand_held(self.hall, now)
        offers.route(self.hall, now)
        matching.match(self.hall, now)
        standing.keep(self.hall, self.hall.changed(), now)
        born, self._born = self._born, []
        out = born + self.hall.drain() if born else self.hall.drain()
        watch = self.hall.watch
        return [*out, *watch.look(self.hall, now)] if watch.due(now) else out

    def _node_event(self, event: CallEvent, now: datetime) -> None:
        match event:
            case LinkUp(node=node):
                resync.link_up(self.hall, node)
                absent.came(self.hall, node, now)
            case LinkLost(node=node):
                resync.link_lost(self.hall, node)
                absent.lost(self.hall, node, now)
            case SnapshotEnded(node=node):
                resync.ended(self.hall, node, now)
                absent.known(self.hall, node)
            case DeviceChanged():
                self._device(event, now)
            case OriginateFinished():
                self._originated(event, now)
            case _:
                pass

    def _originated(self, event: OriginateFinished, now: datetime) -> None:
        hall = self.hall
        if is_out(event.leg):
            debtors.finished(hall, event, now)
        if event.answered or is_out(event.leg):
            return
        leg = hall.legs.get(event.leg)
        if event.leg in hall.asked:
            consults.finished(hall, event.leg, event.reason, now)
        elif leg is not None and leg.offered and not leg.bridged:
            offers.finished(hall, leg, event.reason, now)
        elif leg is not None and leg.stands and leg.channel is None:
            standing.lost(hall, hall.legs.pop(event.leg), now)
        elif is_back(event.leg):
            callbacks.not_made(hall, event.leg)
        else:
            helping.ended(hall, event.leg, "no-answer", now)
            placing.ended(hall, event.leg, now)

    def _leg_event(self, event: LegEvent, now: datetime) -> None:
        hall = self.hall
        if isinstance(event, LegSeen):
            resync.seen(hall, event, now)
            return
        if event.node in hall.seen and not isinstance(event, LegEnded):
            hall.seen[event.node].add(event.leg)
        leg = hall.legs.get(event.leg)
        if leg is not None:
            self._operators_leg(event, leg, now)
        match event:
            case LegCreated() if leg is None:
                self._created(event)
                consults.created(hall, event.leg, event.channel)
                helping.created(hall, event.leg, event.channel)
            case BridgeJoined(bridge=bridge):
                hall.enter_bridge(event.leg, bridge)
                self._know(event)
                helping.joined(hall, event.leg, now)
                consults.joined(hall, event.leg, now)
                recording.joined(hall, event.leg)
                callbacks.far_joined(hall, event.leg, now)
            case BridgeLeft():
                hall.leave_bridge(event.leg)
            case CallMarked():
                marks.marked(hall, event, now)
            case LegEnded():
                self._ended(event, leg, now)
            case _:
                pass  # An answer alone connects nobody: the bridge does.
        debtors.hear(hall, event, now)

    def _operators_leg(self, event: LegEvent, leg: OperatorLeg, now: datetime) -> None:
        match event:
            case LegCreated(channel=channel):
                offers.created(self.hall, leg, channel)
            case LegRinging():
                offers.rang(self.hall, leg, now)
            case LegHeld():
                talks.held(self.hall, leg, now)
                recording.hold_changed(self.hall, leg)
            case LegResumed():
                talks.resumed(self.hall, leg, now)
                recording.hold_changed(self.hall, leg)
            case RecordingMuted():
                recording.muted(self.hall, event, now)
            case _:
                pass

    def _created(self, event: LegCreated) -> None:
        self.hall.strangers[event.leg] = Stranger(
            channel=event.channel, node=event.node, number=event.number, name=event.name
        )
        self._know(event)

    def _know(self, event: LegEvent) -> None:
        """A channel to an operator's telephone that we did not order is his leg all the same (`app_queue`)."""
        hall = self.hall
        if event.leg in hall.legs or CallId(event.leg) in hall.calls:
            return
        operator_id = hall.operator_at(event.channel)
        if operator_id is not None:
            hall.strangers.pop(event.leg, None)
            hall.legs[event.leg] = OperatorLeg(
                leg=event.leg, node=event.node, operator_id=operator_id, channel=event.channel
            )

    def _ended(self, event: LegEnded, leg: OperatorLeg | None, now: datetime) -> None:
        hall = self.hall
        hall.strangers.pop(event.leg, None)
        hall.leave_bridge(event.leg)
        for told_legs in hall.seen_legs.values():
            told_legs.pop(event.leg, None)
        placing.ended(hall, event.leg, now)
        call = hall.calls.get(CallId(event.leg))
        if call is not None:
            callbacks.note_cause(hall, call.call_id, event.cause)
            talks.over(hall, consults.call_over(hall, call, now), now)
        elif event.leg in hall.asked:
            hall.legs.pop(event.leg, None)
            consults.ended(hall, event.leg, event.cause, now)
        elif event.leg in hall.helps.by_leg:
            helping.ended(hall, event.leg, consults.why(event.cause), now)
        elif leg is not None:
            hall.legs.pop(event.leg)
            mine = hall.calls.get(leg.call_id) if leg.call_id is not None else None
            if mine is not None and mine.leg == event.leg:
                consults.asker_left(hall, mine, now)
            if leg.stands:
                standing.ended(hall, leg, now)
            if leg.offered and not leg.bridged:
                offers.ended(hall, leg, event.cause, event.tech_cause, now)

    def _device(self, event: DeviceChanged, now: datetime) -> None:
        hall = self.hall
        hall.devices[event.device, event.node] = event.state
        operator_id = hall.by_device.get(event.device)
        if operator_id is None:
            return
        operator = hall.operators[operator_id]
        hall.put_operator(replace(operator, phones={**operator.phones, (event.device, event.node): event.state}))
        call = hall.calls.get(CallId(operator.call_id or ""))
        # His telephone at another node has no part in this talk: that it is away there ends nothing.
        if operator.state is not OperatorState.TALKING or call is None or call.node != event.node:
            return
        if event.state is DeviceState.UNAVAILABLE:
            talks.telephone_lost(hall, operator_id, event.device)
        elif event.state is DeviceState.NOT_IN_USE:
            offers.rejoin(hall, call.call_id, now)

    def _refused(self, leg: OperatorLeg, code: str, now: datetime) -> None:
        if leg.rejoin:
            offers.again(self.hall, leg, now)
        elif code == NOT_CONNECTED:
            offers.withdraw(self.hall, leg, "moved", now)
        elif not leg.cancelled:
            offers.miss(self.hall, leg, "phone-failed", now)
