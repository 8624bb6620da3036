"""Nodes out of our sight: who waited there keeps his place, who talked there is free when it does not come back (pure).

A lost link alone says nothing: Asterisk may be alive and its calls may go on. But when the node stays away while
another one serves, its operators are wanted there, and its callers call again (docs/nodes.md). Should it have been
alive after all, its telephones say so as soon as it is seen again, and nobody who talks is rung.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from routing import talks
from routing.calls import IVR, Call
from routing.hall import Hall
from telephony.commands import SetVariable
from telephony.events import Node

GONE = timedelta(seconds=8)
"""A node that is away so long while another one serves is dead; one that is started again is back by then."""
SINCE = "BUSBAR_SINCE"


def lost(hall: Hall, node: Node, now: datetime) -> None:
    """A node went out of our sight; told again for another reason, it has been away all the same."""
    absent = hall.absent
    if node in absent.since:
        return
    absent.since[node] = now
    absent.prune(now)
    absent.keep(_of(hall, node), node, now + hall.rules.old_place)
    if hall.linked():
        hall.alarm(now + GONE, "node-gone", node)


def came(hall: Hall, node: Node, now: datetime) -> None:
    """A node is linked; those that are still away are missed from now on, for there is somebody to serve."""
    hall.absent.since.pop(node, None)
    for other, since in hall.absent.since.items():
        hall.alarm(max(now, since) + GONE, "node-gone", other)


def known(hall: Hall, node: Node) -> None:
    """All channels of a node are told: whoever still is there needs no place held for him."""
    hall.absent.release(_of(hall, node), node)


def gone(hall: Hall, node: Node, now: datetime) -> None:
    """The node did not come back: its legs are dead, its operators free to write up and to serve elsewhere."""
    since = hall.absent.since.get(node)
    if since is None or now - since < GONE or not hall.linked():
        return
    for leg in [one.leg for one in hall.legs.values() if one.node == node]:
        hall.legs.pop(leg)
        hall.leave_bridge(leg)
    for call in _of(hall, node):
        hall.note(call, "node-lost", now)
        talks.over(hall, call, now)
    for stranger in [leg for leg, one in hall.strangers.items() if one.node == node]:
        hall.strangers.pop(stranger)


def place(hall: Hall, call: Call, now: datetime) -> Call:
    """Return a caller who begins to wait at the place that was held for him, if one was."""
    if call.phase is not IVR or not call.number:
        return call
    since = hall.absent.claim(call.number, now)
    if since is None or since >= (call.waiting_since or now):
        return call
    # On the channel too, for a floor that starts anew and for the dialplan's own way back into the queue.
    hall.order(SetVariable(node=call.node, channel=call.channel, name=SINCE, value=str(int(since.timestamp()))))
    hall.note(call, "old-place", now)
    return replace(call, waiting_since=since)


def _of(hall: Hall, node: Node) -> list[Call]:
    return [call for call in hall.calls.values() if call.node == node]
