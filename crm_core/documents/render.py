"""A template and the facts of a card become blocks: rendered in a sandbox, read back from a small set of tags (pure).

The sandbox is the second wall: what a template says was judged when it was saved (`placeholders.check`). Facts are
escaped, so a customer named `{{7*7}}` or `<b>` is shown as he is named.
"""

from __future__ import annotations

from dataclasses import fields

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from crm_core.documents import placeholders
from crm_core.documents.blocks import Block, read, tags_fault
from crm_core.documents.content import Content
from crm_core.documents.placeholders import Fault
from crm_core.documents.wording import Wording


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
    environment = ImmutableSandboxedEnvironment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()
    environment.filters = dict(wording.filters)
    environment.tests.clear()
    named = {field.name: getattr(content, field.name) for field in fields(content)}
    try:
        return read(environment.from_string(body).render(named))
    except (TemplateError, AttributeError, TypeError, ValueError) as error:
        # A filter that does not fit its fact, an arrangement where there is none.
        return [Fault(code="template-not-allowed", detail=str(error)[:120])]


def judge(body: str) -> list[Fault]:
    """Return why a template is refused: what it says, then which tags it uses."""
    return placeholders.check(body) or tags_fault(placeholders.spoken(body))
