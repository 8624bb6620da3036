"""What people read about the exchange: a sentence for each fault of a trunk, names of states, legs, kinds (pure)."""

from __future__ import annotations

from collections.abc import Mapping

from workstation.sentences import N_

FAULTS: Mapping[str, str] = {
    "trunk-name": N_("Small Latin letters and digits, a letter first, at most 20."),
    "trunk-host": N_("A host name or an IPv4 address, like sip.example.com."),
    "trunk-port": N_("A port between 1 and 65535."),
    "trunk-login": N_("Latin letters, digits and . _ + @ -, at most 80."),
    "trunk-secret": N_("Printable Latin characters without blank, ; and \\, not beginning with < or >, at most 128."),
    "trunk-login-missing": N_("A password needs the user it belongs to."),
    "trunk-registers": N_("To register, user and password are needed."),
    "trunk-number": N_("An international number, like +74951234567."),
    "trunk-numbers": N_("Digits, with or without +, separated by commas; at most 50 of them."),
    "trunk-prefixes": N_("Beginnings of international numbers, like +7495, separated by commas; at most 50 of them."),
    "trunk-rank": N_("A number between 1 and 99."),
    "trunk-lines": N_("A number between 1 and 2000."),
    "trunk-reserved": N_("Not more than there are lines."),
    "trunk-direction": N_("Choose one of the list."),
    "trunk-codecs": N_("Choose at least one."),
    "trunk-check-number": N_("Digits, with or without +, at most 15."),
    "trunk-check-unmarked": N_("The line check is known by our own number: give it here."),
    "trunk-node": N_("There is no such node."),
    "queue-strategy": N_("Choose one of the list."),
    "queue-bounds": N_("This is out of bounds."),
}
"""By codes of `crm_core.trunks.faults` and `queue_faults`."""
DIRECTIONS: Mapping[str, str] = {"both": N_("In and out"), "in": N_("Only in"), "out": N_("Only out")}
STRATEGIES: Mapping[str, str] = {
    "leastrecent": N_("Who was called longest ago"),
    "fewestcalls": N_("Who had the fewest calls"),
    "rrmemory": N_("One after the other"),
    "random": N_("Anybody"),
    "ringall": N_("Everybody at once"),
}
STATES: Mapping[str, tuple[str, str, str]] = {
    "up": (N_("Reachable"), "good", "check"),
    "down": (N_("Not reachable"), "bad", "alert"),
    "unknown": (N_("Out of sight"), "warn", "clock"),
}
"""Sentence, mood and symbol of a standing."""
KINDS: Mapping[str, str] = {
    "node": N_("Node"),
    "trunk": N_("Trunk"),
    "registration": N_("Registration"),
    "check": N_("Line check"),
}
LEGS: Mapping[str, str] = {
    "answer": N_("Answered"),
    "prompt": N_("Menu heard"),
    "key": N_("Key pressed"),
    "next": N_("Next words heard"),
    "hang-up": N_("Hung up"),
}
