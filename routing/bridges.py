"""Who is joined to whom: legs by the bridge that mixes their audio (pure)."""

from __future__ import annotations

from telephony.events import LegId


class Bridges:
    """The bridges of all nodes, as far as they were told."""

    def __init__(self) -> None:
        self.bridges: dict[str, set[LegId]] = {}
        self.bridge_of: dict[LegId, str] = {}

    def enter_bridge(self, leg: LegId, bridge: str) -> None:
        """Note that a leg's audio is joined to the others in the bridge."""
        self.leave_bridge(leg)
        self.bridges.setdefault(bridge, set()).add(leg)
        self.bridge_of[leg] = bridge

    def leave_bridge(self, leg: LegId) -> None:
        """Note that a leg is alone again."""
        bridge = self.bridge_of.pop(leg, None)
        if bridge is not None:
            members = self.bridges[bridge]
            members.discard(leg)
            if not members:
                del self.bridges[bridge]

    def partners(self, leg: LegId) -> set[LegId]:
        """Return who is in a leg's bridge, itself included."""
        bridge = self.bridge_of.get(leg)
        return self.bridges[bridge] if bridge is not None else set()
