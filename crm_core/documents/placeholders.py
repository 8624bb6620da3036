"""What a template may say: a list of placeholders, and the check that it says nothing else (pure).

A template is Jinja that can name listed facts, loop over listed collections, compare and format. Everything else of the
language (arithmetic, calls, subscripts, attributes that are not listed, imports, macros) is refused when it is saved,
and the sandbox it is rendered in would refuse it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jinja2 import Environment, TemplateSyntaxError, nodes

from crm_core.text import one_line

LONGEST = 20_000
"""Characters of a template."""
SCALARS: Final[Mapping[str, frozenset[str]]] = {
    "customer": frozenset({"name", "kind"}),
    "account": frozenset({"number", "address", "tariff", "currency", "balance", "overdue", "next_due_on"}),
    "totals": frozenset({"brought", "invoiced", "adjusted", "paid", "open"}),
    "arrangement": frozenset({"amount", "parts", "first_on", "last_on"}),
}
"""Things with their facts."""
PLAIN: Final = frozenset({"utility", "today", "made_by"})
"""Facts that stand by themselves."""
COLLECTIONS: Final[Mapping[str, frozenset[str]]] = {
    "invoices": frozenset({"number", "period", "issued_on", "due_on", "amount", "open_amount", "status"}),
    "open_invoices": frozenset({"number", "period", "issued_on", "due_on", "amount", "open_amount", "status"}),
    "payments": frozenset({"paid_on", "amount", "channel"}),
    "adjustments": frozenset({"posted_on", "kind", "amount"}),
    "debts": frozenset({"label", "amount"}),
    "readings": frozenset({"taken_on", "register", "serial", "value", "consumption", "quality"}),
    "meters": frozenset({"serial", "model", "installed_on", "verification_due"}),
    "instalments": frozenset({"number", "due_on", "amount"}),
}
"""What can be looped over, with the facts of each item."""
FILTERS: Final = frozenset({"money", "day", "month", "number", "word"})
_JOINTS = (nodes.Template, nodes.Output, nodes.And, nodes.Or, nodes.Not, nodes.Operand, nodes.Compare)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why a template is refused; `code` is one of `FAULTS`."""

    code: str
    line: int = 0
    detail: str = ""


FAULTS = (
    "template-empty", "template-too-long", "template-syntax", "template-placeholder", "template-attribute",
    "template-filter", "template-loop", "template-not-allowed", "template-tag", "template-unclosed",
)  # fmt: skip


def check(body: str) -> list[Fault]:
    """Return why a template is refused; empty when it says nothing it may not say."""
    if not body.strip():
        return [Fault(code="template-empty")]
    if len(body) > LONGEST:
        return [Fault(code="template-too-long", detail=str(LONGEST))]
    try:
        parsed = Environment(autoescape=True).parse(body)
    except TemplateSyntaxError as error:
        return [Fault(code="template-syntax", line=error.lineno, detail=one_line(error.message or "", 120))]
    except RecursionError:
        return [Fault(code="template-too-long", detail=str(LONGEST))]
    walk = _Walk()
    walk.visit(parsed, {})
    return walk.faults


class _Walk:
    """Goes through a parsed template; what is not allowed by name is refused."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def visit(self, node: nodes.Node, loop: Mapping[str, str]) -> None:
        """Judge a node; `loop` names the variable of the loop around it and its collection."""
        match node:
            case nodes.TemplateData():
                pass
            case nodes.For():
                self._loop(node, loop)
            case nodes.If():
                self._condition(node, loop)
            case nodes.Output():
                for part in node.nodes:
                    self._shown(part, loop)
            case _ if isinstance(node, _JOINTS):
                for child in node.iter_child_nodes():
                    self.visit(child, loop)
            case nodes.Const():
                pass
            case _:
                self._value(node, loop)

    def _refuse(self, code: str, node: nodes.Node, detail: str = "") -> None:
        self.faults.append(Fault(code=code, line=node.lineno, detail=one_line(detail, 60)))

    def _shown(self, node: nodes.Node, loop: Mapping[str, str]) -> None:
        """What stands between double braces: a listed fact, formatted perhaps, and no value made up on the spot."""
        if isinstance(node, nodes.TemplateData):
            return
        if isinstance(node, (nodes.Name, nodes.Getattr, nodes.Filter)):
            self._value(node, loop)
        else:
            self._refuse("template-not-allowed", node, type(node).__name__.lower())

    def _value(self, node: nodes.Node, loop: Mapping[str, str]) -> None:
        match node:
            case nodes.Filter() if node.node is not None:
                plain = not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)
                if node.name not in FILTERS or not plain:
                    self._refuse("template-filter", node, node.name)
                self._value(node.node, loop)
            case nodes.Name():
                if node.name not in PLAIN and node.name not in COLLECTIONS:
                    self._refuse("template-placeholder", node, node.name)
            case nodes.Getattr() if isinstance(node.node, nodes.Name):
                self._attribute(node, node.node.name, loop)
            case _:
                self._refuse("template-not-allowed", node, type(node).__name__.lower())

    def _attribute(self, node: nodes.Getattr, name: str, loop: Mapping[str, str]) -> None:
        listed = COLLECTIONS[loop[name]] if name in loop else SCALARS.get(name)
        if listed is None:
            self._refuse("template-placeholder", node, f"{name}.{node.attr}")
        elif node.attr not in listed:
            self._refuse("template-attribute", node, f"{name}.{node.attr}")

    def _loop(self, node: nodes.For, loop: Mapping[str, str]) -> None:
        known = isinstance(node.iter, nodes.Name) and node.iter.name in COLLECTIONS
        simple = isinstance(node.target, nodes.Name) and not node.recursive and node.test is None
        if loop or not known or not simple:
            self._refuse("template-loop", node)
            return
        collection, variable = str(getattr(node.iter, "name", "")), str(getattr(node.target, "name", ""))
        if variable in SCALARS or variable in PLAIN or variable in COLLECTIONS:
            self._refuse("template-loop", node, variable)
            return
        for child in node.body:
            self.visit(child, {variable: collection})
        for child in node.else_:
            self.visit(child, {})

    def _condition(self, node: nodes.If, loop: Mapping[str, str]) -> None:
        self.visit(node.test, loop)
        for child in (*node.body, *node.elif_, *node.else_):
            self.visit(child, loop)


def spoken(body: str) -> str:
    """Return what a template says by itself, without its placeholders: its tags are judged on that."""
    parsed = Environment(autoescape=True).parse(body)
    return "".join(data.data for data in parsed.find_all(nodes.TemplateData))
