"""Trunks, operators' telephones, the queue of last resort: what may stand in Asterisk's configuration (pure).

Everything a person types for Asterisk passes `faults` here first. The patterns leave no place for a line break, `;`,
`[`, `#include`, `=>` or a NUL, so what is let through can only be the value it looks like; `deploy.pbx` refuses the
same signs once more as it writes (ADR 0025).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

NAME: Final = re.compile(r"[a-z][a-z0-9]{0,19}")
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
HOST: Final = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*")
"""A name or an IPv4 address."""
LOGIN: Final = re.compile(r"[A-Za-z0-9._+@-]{1,80}")
SECRET: Final = re.compile(r"[!-:=?-\[\]-~][!-:<-\[\]-~]{0,127}")
r"""Printable ASCII without blank, `;` and `\`; not beginning with `<` or `>`, for a configuration knows `=>`."""
NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
PREFIX: Final = re.compile(r"\+[1-9][0-9]{0,13}")
DIALLED: Final = re.compile(r"\+?[0-9]{1,15}")
EXTENSION: Final = re.compile(r"[A-Za-z0-9]{1,20}")
"""A telephone's number as it may stand in an endpoint's name."""
QUEUE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
"""The name of a queue, as it may stand in the name of one of Asterisk's own."""
CODECS: Final = ("alaw", "ulaw", "g722", "gsm", "opus")
DIRECTIONS: Final = ("both", "in", "out")
STRATEGIES: Final = ("leastrecent", "fewestcalls", "rrmemory", "random", "ringall")
MOST_LINES: Final = 2_000
MOST_NUMBERS: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """A way to the public network."""

    trunk_id: int = 0
    """0: not on record yet."""
    name: str
    host: str
    port: int = 5060
    login: str = ""
    """Empty: the far side knows us by our address."""
    secret: str = ""
    registers: bool = False
    """We register there, for it to know where we are."""
    number: str = ""
    """Ours, shown to whom we call (E.164); a call that comes from it is our own line check."""
    numbers: tuple[str, ...] = ()
    """Dialled by subscribers, as the far side sends them: lead to the menu."""
    prefixes: tuple[str, ...] = ()
    """Beginnings of numbers that go through it; empty: all of them."""
    rank: int = 1
    """Of several trunks for a number the lowest is tried first."""
    lines: int = 30
    """Calls at once that we place through it."""
    reserved: int = 0
    """Of these, kept free for callers and operators: campaigns may not use them."""
    direction: str = "both"
    codecs: tuple[str, ...] = ("alaw", "ulaw")
    check_number: str = ""
    """Dialled through it by the line check; must lead back to our menu."""
    node: str = ""
    """Only on this Asterisk; empty: on all."""
    enabled: bool = True

    @property
    def endpoint(self) -> str:
        """Name of its PJSIP endpoint."""
        return endpoint(self.name)

    @property
    def places_calls(self) -> bool:
        """Whether numbers of the public network are called through it."""
        return self.direction != "in"

    @property
    def brings_calls(self) -> bool:
        """Whether subscribers' calls come through it."""
        return self.direction != "out"


PREFIX_OF_TRUNKS: Final = "trunk-"


def endpoint(name: str) -> str:
    """Name of the PJSIP endpoint of a trunk (`trunk-city`)."""
    return PREFIX_OF_TRUNKS + name


def faults(trunk: Trunk) -> Mapping[str, str]:  # noqa: C901, PLR0912 - one line for each field
    """Return what is wrong with a trunk as it was typed: a code by field, empty when nothing is."""
    wrong: dict[str, str] = {}

    def refuse(field: str, code: str) -> None:
        wrong.setdefault(field, code)

    if not NAME.fullmatch(trunk.name):
        refuse("name", "trunk-name")
    if not HOST.fullmatch(trunk.host):
        refuse("host", "trunk-host")
    if not 1 <= trunk.port <= 65_535:
        refuse("port", "trunk-port")
    if trunk.login and not LOGIN.fullmatch(trunk.login):
        refuse("login", "trunk-login")
    if trunk.secret and not SECRET.fullmatch(trunk.secret):
        refuse("secret", "trunk-secret")
    if trunk.secret and not trunk.login:
        refuse("login", "trunk-login-missing")
    if trunk.registers and not (trunk.login and trunk.secret):
        refuse("registers", "trunk-registers")
    if trunk.number and not NUMBER.fullmatch(trunk.number):
        refuse("number", "trunk-number")
    if not all(DIALLED.fullmatch(one) for one in trunk.numbers) or len(trunk.numbers) > MOST_NUMBERS:
        refuse("numbers", "trunk-numbers")
    if not all(PREFIX.fullmatch(one) for one in trunk.prefixes) or len(trunk.prefixes) > MOST_NUMBERS:
        refuse("prefixes", "trunk-prefixes")
    if not 1 <= trunk.rank <= 99:
        refuse("rank", "trunk-rank")
    if not 1 <= trunk.lines <= MOST_LINES:
        refuse("lines", "trunk-lines")
    if not 0 <= trunk.reserved <= trunk.lines:
        refuse("reserved", "trunk-reserved")
    if trunk.direction not in DIRECTIONS:
        refuse("direction", "trunk-direction")
    if not trunk.codecs or not set(trunk.codecs) <= set(CODECS):
        refuse("codecs", "trunk-codecs")
    if trunk.check_number and not DIALLED.fullmatch(trunk.check_number):
        refuse("check_number", "trunk-check-number")
    if trunk.check_number and not trunk.number:
        refuse("number", "trunk-check-unmarked")
    return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Telephone:
    """An operator's telephone, by its number."""

    extension: str
    browser: bool = True
    """The softphone of the desk's page may register."""
    desk: bool = True
    """A telephone of its own may register, too."""
    owner: str = ""
    """Who sits there, for pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastResort:
    """Asterisk's own queue, which serves when the floor is silent."""

    strategy: str = "leastrecent"
    ring_seconds: int = 15
    wrap_up_seconds: int = 5
    most_waiting: int = 0
    """0: any number."""


def queue_faults(queue: LastResort) -> Mapping[str, str]:
    """Return what is wrong with the queue of last resort: a code by field."""
    wrong = {}
    if queue.strategy not in STRATEGIES:
        wrong["strategy"] = "queue-strategy"
    for name, least, most in (("ring_seconds", 3, 120), ("wrap_up_seconds", 0, 600), ("most_waiting", 0, 10_000)):
        if not least <= getattr(queue, name) <= most:
            wrong[name] = "queue-bounds"
    return wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """All that a node's Asterisk shall know of what is on record."""

    telephones: tuple[Telephone, ...]
    trunks: tuple[Trunk, ...]
    queue: LastResort = LastResort()
    resorts: Mapping[str, str] = field(default_factory=dict)
    """The queue of last resort of each queue that has one."""

    def of_node(self, node: str) -> Wanted:
        """Return what concerns one node; trunks that are turned off or elsewhere are left out, and what is no name."""
        trunks = tuple(one for one in self.trunks if one.enabled and one.node in {"", node} and not faults(one))
        telephones = tuple(one for one in self.telephones if EXTENSION.fullmatch(one.extension))
        resorts = {one: to for one, to in self.resorts.items() if QUEUE.fullmatch(one) and QUEUE.fullmatch(to)}
        return replace(self, telephones=telephones, trunks=trunks, resorts=resorts)


def calls_out(trunks: Collection[Trunk], *, simple: bool) -> bool:
    """Whether numbers of the public network are called through one of these trunks, or the simple one without them.

    Args:
        trunks: those in use at one node.
        simple: the settings name a trunk, which serves while none is on record (`deploy.pbx`).

    """
    return any(one.places_calls for one in trunks) if trunks else simple


def ways(trunks: tuple[Trunk, ...], number: str) -> tuple[Trunk, ...]:
    """Return the trunks that a number (E.164) is tried through, one after the other; none when none is for it."""
    fitting = [(beginning, found) for beginning, found in routes(trunks) if number.startswith(beginning)]
    return max(fitting, key=lambda one: len(one[0]))[1] if fitting else ()


def routes(trunks: tuple[Trunk, ...]) -> list[tuple[str, tuple[Trunk, ...]]]:
    """Return which trunks a number is tried through, by its beginning: those for it by rank, then those for all.

    Args:
        trunks: as of one node.

    """
    outward = sorted((one for one in trunks if one.places_calls), key=lambda one: (one.rank, one.name))
    beginnings = sorted({prefix for one in outward for prefix in one.prefixes})
    everywhere = tuple(one for one in outward if not one.prefixes)
    found = []
    for beginning in beginnings:
        closest: dict[Trunk, int] = {
            one: max(len(prefix) for prefix in one.prefixes if beginning.startswith(prefix))
            for one in outward
            if any(beginning.startswith(prefix) for prefix in one.prefixes)
        }
        ordered = sorted(closest, key=lambda one: (-closest[one], one.rank, one.name))
        found.append((beginning, (*ordered, *everywhere)))
    return [*found, ("+", everywhere)] if everywhere else found
