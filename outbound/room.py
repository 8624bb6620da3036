"""Room on trunks for calls that go out to debtors, as a turn of the dialler goes by it (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from crm_core.trunks import Trunk, routes
from routing.outlook import Outlook
from telephony.events import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A trunk of a node with room for one more call of ours."""

    node: Node
    trunk: Trunk


class Lines:
    """Room on trunks, less what this turn has taken of it already.

    Lines reserved for callers and operators are never touched, and what those use now is counted against us on every
    trunk: the floor does not know which one they went out by.
    """

    def __init__(self, floor: Outlook) -> None:
        self._floor = floor
        self._room: dict[tuple[str, str], int] = {}
        for node, there in (floor.outward or {}).items():
            for trunk in there:
                used = sum(one.dial.trunk == trunk.name and one.dial.node == node for one in floor.going)
                if (node, trunk.name) in floor.away:
                    continue
                self._room[node, trunk.name] = trunk.lines - trunk.reserved - used - floor.outside

    def free(self, campaign_id: int, most: int) -> int:
        """Return how many calls a campaign may still place; it may have `most` at once, 0 is no limit of its own."""
        there = sum(max(0, room) for (node, _), room in self._room.items() if Node(node) in self._floor.nodes)
        if not most:
            return there
        mine = sum(going.dial.campaign_id == campaign_id for going in self._floor.going)
        return max(0, min(there, most - mine))

    def way(self, number: str, only: Node | None = None) -> Way | None:
        """Return the best way to a number that has room, from one node if it is given; None when there is none."""
        best: tuple[int, Way] | None = None
        for node in sorted(self._floor.nodes if only is None else self._floor.nodes & {only}):
            there = (self._floor.outward or {}).get(node, ())
            fitting = [(beginning, ways) for beginning, ways in routes(there) if number.startswith(beginning)]
            for trunk in max(fitting, key=lambda pair: len(pair[0]))[1] if fitting else ():
                room = self._room.get((node, trunk.name), 0)
                if room > 0 and (best is None or room > best[0]):
                    best = (room, Way(node=node, trunk=trunk))
                if room > 0:
                    break
        return None if best is None else best[1]

    def take(self, way: Way) -> None:
        """Count one more call."""
        self._room[way.node, way.trunk.name] -= 1
