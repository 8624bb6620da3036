"""Steps laid out as a drawing: layers from left to right, lines between them, of a flow with callers (pure).

The method is Sugiyama's: every step gets the layer of the longest way to it, long lines get a bend in every layer they
cross, layers are ordered by where their neighbours lie, then each step gets its place. Ways back, and ways to steps
that are led to from many sides (an operator is always the way out) stand as words in the step they begin at: their
lines would cover everything else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol

from crm_core.store.flows import GONE, Passage

WIDTH, HEIGHT = 172, 46
GAP_X, GAP_Y = 76, 18
STUB = 15
"""Height of a line of a step's words for where it leads."""
BEND = 10
"""Room for a line that goes through a layer."""
MANY = 3
"""A step that more steps lead to is named there in words instead of one line from each of them."""
SWEEPS = 6


class Walkable(Protocol):
    """A step that can be drawn."""

    @property
    def verb(self) -> str:
        """What it does, as a code."""
        ...

    def exits(self) -> Sequence[str]:
        """Steps that may come next."""
        ...

    def ways(self) -> Sequence[tuple[str, str]]:
        """Exits with what leads to each."""
        ...


class Drawable(Protocol):
    """What can be drawn: an `ivr.flow.Flow`, a process of applications."""

    @property
    def start(self) -> str:
        """Name of the first step."""
        ...

    @property
    def operator(self) -> str:
        """Name of the step that is a way out from everywhere, "" where there is none."""
        ...

    @property
    def steps(self) -> Mapping[str, Walkable]:
        """The steps by name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """How callers went in some time."""

    between: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Callers from a step to the next one."""
    left: Mapping[str, int] = field(default_factory=dict)
    """Callers who hung up in a step."""
    steps: Mapping[str, int] = field(default_factory=dict)
    """How often each step was taken."""


def counted(passages: Iterable[Passage]) -> Traffic:
    """Add up what was kept of callers' ways."""
    between: dict[tuple[str, str], int] = defaultdict(int)
    left: dict[str, int] = defaultdict(int)
    steps: dict[str, int] = defaultdict(int)
    for one in passages:
        steps[one.step] += one.callers
        if one.after:
            between[one.step, one.after] += one.callers
        elif one.ending == GONE:
            left[one.step] += one.callers
    return Traffic(between=between, left=left, steps=steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stub:
    """A way that is a word: what leads there, where to, how many went."""

    label: str
    target: str
    callers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A step in its place."""

    name: str
    verb: str
    x: int
    y: int
    height: int
    callers: int
    left: int
    stubs: tuple[Stub, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way between two boxes through its bends."""

    points: tuple[tuple[int, int], ...]
    label: str
    callers: int

    @property
    def path(self) -> str:
        """The line as SVG wants it: a curve from point to point."""
        (x, y), *rest = self.points
        said = [f"M{x} {y}"]
        for to_x, to_y in rest:
            middle = (x + to_x) // 2
            said.append(f"C{middle} {y} {middle} {to_y} {to_x} {to_y}")
            x, y = to_x, to_y
        return "".join(said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """The whole drawing."""

    width: int
    height: int
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


Edge = tuple[str, str]


def draw(flow: Drawable, traffic: Traffic | None = None) -> Drawing:
    """Lay a flow out; steps nobody reaches lie in the first layer."""
    traffic = traffic or Traffic()
    edges = _edges(flow)
    words = _words(flow, edges)
    names = [name for name in flow.steps if name in _boxes(flow, edges, words)]
    drawn = {edge: labels for edge, labels in edges.items() if edge not in words}
    layers, chains = _layered(names, list(drawn))
    for _ in range(SWEEPS):
        _order(layers, chains)
    stubs = {name: _stubs(flow, name, {edge: edges[edge] for edge in words}, traffic) for name in names}
    heights = {name: HEIGHT + STUB * len(stubs[name]) for name in names}
    places, width, height = _places(layers, heights)
    boxes = tuple(
        Box(
            name=name,
            verb=flow.steps[name].verb,
            x=places[name][0],
            y=places[name][1],
            height=heights[name],
            callers=traffic.steps.get(name, 0),
            left=traffic.left.get(name, 0),
            stubs=stubs[name],
        )
        for name in names
    )
    lines = tuple(
        Line(
            points=_points(chains[edge], places),
            label=", ".join(labels),
            callers=traffic.between.get(edge, 0),
        )
        for edge, labels in drawn.items()
    )
    return Drawing(width=width, height=height, boxes=boxes, lines=lines)


def _edges(flow: Drawable) -> dict[Edge, list[str]]:
    """Ways between steps that exist, each with its labels."""
    found: dict[Edge, list[str]] = {}
    for name, step in flow.steps.items():
        for label, target in step.ways():
            if target in flow.steps:
                found.setdefault((name, target), []).append("" if label == "next" else label)
    return found


def _words(flow: Drawable, edges: Mapping[Edge, object]) -> frozenset[Edge]:
    """Ways that are told in words: back to where the caller was, and to steps that many others lead to."""
    back = _loops(list(flow.steps), edges, flow.start)
    into: dict[str, list[Edge]] = defaultdict(list)
    for edge in edges:
        if edge not in back:
            into[edge[1]].append(edge)
    said = set(back)
    for target, ways in into.items():
        if target == flow.operator or (len(ways) > MANY and not flow.steps[target].exits()):
            said.update(ways)
        elif len(ways) > MANY:
            said.update(ways[1:])
    return frozenset(said)


def _boxes(flow: Drawable, edges: Iterable[Edge], words: frozenset[Edge]) -> frozenset[str]:
    """Steps with a box: all but ends that are only ever led to in words."""
    joined = {name for edge in edges if edge not in words for name in edge}
    ends = {name for name, step in flow.steps.items() if not step.exits()}
    led_to = {target for _, target in words}
    return frozenset(name for name in flow.steps if name in joined or name not in ends & led_to or name == flow.start)


def _stubs(flow: Drawable, name: str, words: Mapping[Edge, Sequence[str]], traffic: Traffic) -> tuple[Stub, ...]:
    found = [
        Stub(label=", ".join(filter(None, labels)), target=target, callers=traffic.between.get((source, target), 0))
        for (source, target), labels in words.items()
        if source == name
    ]
    asked = traffic.between.get((name, flow.operator), 0)
    if asked and (name, flow.operator) not in words:
        found.append(Stub(label="0", target=flow.operator, callers=asked))
    return tuple(found)


def _loops(names: Sequence[str], edges: Iterable[Edge], start: str) -> frozenset[Edge]:
    """Lines that lead back, as a walk from the start meets them."""
    ahead: dict[str, list[str]] = defaultdict(list)
    for source, target in edges:
        ahead[source].append(target)
    back: set[Edge] = set()
    seen: set[str] = set()
    for root in [start, *names]:
        if root in seen:
            continue
        seen.add(root)
        way, on_it = [(root, iter(ahead[root]))], {root}
        while way:
            name, rest = way[-1]
            target = next(rest, "")
            if not target:
                way.pop()
                on_it.discard(name)
            elif target in on_it:
                back.add((name, target))
            elif target not in seen:
                seen.add(target)
                on_it.add(target)
                way.append((target, iter(ahead[target])))
    return frozenset(back)


Chains = dict[Edge, list[str]]
"""A line's places in the layers it goes through, its two steps included."""


def _layered(names: Sequence[str], edges: Sequence[Edge]) -> tuple[list[list[str]], Chains]:
    """Give every step the layer of the longest way to it, and every long line a place in each layer it crosses."""
    depth = dict.fromkeys(names, 0)
    plain = [edge for edge in edges if edge[0] != edge[1]]
    for _ in names:
        moved = False
        for source, target in plain:
            if depth[target] < depth[source] + 1:
                depth[target], moved = depth[source] + 1, True
        if not moved:
            break
    layers: list[list[str]] = [[] for _ in range(max(depth.values(), default=0) + 1)]
    for name in names:
        layers[depth[name]].append(name)
    chains: Chains = {}
    for source, target in plain:
        if (source, target) in chains:
            continue
        chain = [source]
        for layer in range(depth[source] + 1, depth[target]):
            bend = f"{source}\0{target}\0{layer}"
            layers[layer].append(bend)
            chain.append(bend)
        chains[source, target] = [*chain, target]
    return layers, chains


def _order(layers: list[list[str]], chains: Chains) -> None:
    """Sort each layer by the mean place of its neighbours, once from the left and once from the right."""
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for chain in chains.values():
        for source, target in pairwise(chain):
            before[target].append(source)
            after[source].append(target)
    for neighbours, order in ((before, layers[1:]), (after, layers[-2::-1])):
        place = {name: at / max(1, len(layer)) for layer in layers for at, name in enumerate(layer)}
        for layer in order:
            layer.sort(key=lambda name: _mean([place[one] for one in neighbours[name]], place[name]))
            place.update({name: at / max(1, len(layer)) for at, name in enumerate(layer)})


def _mean(places: Sequence[float], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise


def _places(layers: Sequence[Sequence[str]], heights: Mapping[str, int]) -> tuple[dict[str, tuple[int, int]], int, int]:
    """Stack each layer from the top, where the caller begins; a bend takes less room than a box."""
    places: dict[str, tuple[int, int]] = {}
    lowest = 0
    for at, layer in enumerate(layers):
        y = GAP_Y
        for name in layer:
            tall, gap = (heights[name], GAP_Y) if name in heights else (BEND, BEND)
            places[name] = (GAP_Y + at * (WIDTH + GAP_X), y)
            y += tall + gap
        lowest = max(lowest, y)
    return places, len(layers) * (WIDTH + GAP_X) - GAP_X + 2 * GAP_Y, lowest


def _points(chain: Sequence[str], places: Mapping[str, tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    points: list[tuple[int, int]] = []
    for at, name in enumerate(chain):
        x, y = places[name]
        middle = y + (HEIGHT if "\0" not in name else BEND) // 2
        if at:
            points.append((x, middle))
        if at < len(chain) - 1:
            points.append((x + WIDTH, middle))
    return tuple(points)
