"""A template and the facts of a card become blocks: rendered in a sandbox, read back from a small set of tags (pure).

The sandbox is the second wall: what a template says was judged when it was saved (`placeholders.check`). Facts are
escaped, so a customer named `{{7*7}}` or `<b>` is shown as he is named.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, NoReturn

from jinja2 import StrictUndefined, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crm_core.documents import content as facts
from crm_core.documents import placeholders
from crm_core.documents.blocks import Block, read, tags_fault
from crm_core.documents.content import Content
from crm_core.documents.placeholders import Fault
from crm_core.documents.wording import Wording


class Sandbox(ImmutableSandboxedEnvironment):
    """Knows listed attributes of our own facts, and nothing else: no call, no arithmetic, no global, no test.

    Args:
        wording: brings the filters.

    """

    intercepted_binops = frozenset(ImmutableSandboxedEnvironment.default_binop_table)
    intercepted_unops = frozenset(ImmutableSandboxedEnvironment.default_unop_table)

    def __init__(self, wording: Wording) -> None:
        super().__init__(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
        self.globals.clear()
        self.tests.clear()
        self.filters = dict(wording.filters)

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 -- Jinja's
        """Tell whether a template may read this."""
        return type(obj).__module__ == facts.__name__ and attr in ATTRIBUTES

    def wrap_str_format(self, value: Any) -> None:
        """Texts are shown, never formatted: Jinja would let that attribute through."""

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 -- Jinja's
        """Nothing is called."""
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:  # noqa: ARG002 -- Jinja's
        """Nothing is worked out: a word multiplied is a bomb."""
        raise SecurityError(f"{operator} is not possible in a template")

    def call_unop(self, context: Any, operator: str, arg: Any) -> NoReturn:  # noqa: ARG002 -- Jinja's
        """Nothing is worked out."""
        raise SecurityError(f"{operator} is not possible in a template")


ATTRIBUTES = frozenset().union(*placeholders.SCALARS.values(), *placeholders.COLLECTIONS.values())
"""Names of facts that templates may read."""


def render(body: str, content: Content, wording: Wording) -> tuple[Block, ...] | list[Fault]:
    """Return the blocks of a document.

    Args:
        body: the template; judged again, for what was saved by an older release may say more.
        content: facts of the card.
        wording: of the template's language.

    Returns:
        The blocks, or why the template is refused.

    """
    if faults := judge(body):
        return faults
    named = {field.name: getattr(content, field.name) for field in fields(content)}
    try:
        return read(Sandbox(wording).from_string(body).render(named))
    except (TemplateError, AttributeError, TypeError, ValueError) as error:
        # A filter that does not fit its fact, an arrangement where there is none.
        return [Fault(code="template-not-allowed", detail=str(error)[:120])]


def judge(body: str) -> list[Fault]:
    """Return why a template is refused: what it says, then which tags it uses."""
    return placeholders.check(body) or tags_fault(placeholders.spoken(body))
