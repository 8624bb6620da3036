"""A document from the card to the vault: read, rendered, printed, kept, noted (shell)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.documents import fonts, page, pdf
from crm_core.documents.blocks import Block
from crm_core.documents.content import Content, Wish, content_of, owed_of, sample_wish
from crm_core.documents.placeholders import Fault
from crm_core.documents.render import render
from crm_core.documents.vault import Vault
from crm_core.documents.wording import Wording
from crm_core.errors import NoSuchAccount, NoSuchTemplate, NothingOwed
from crm_core.store import cards, templates
from crm_core.store import documents as store
from crm_core.store.templates import Template

MEDIA = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Who makes documents, and when."""

    user_id: int | None
    name: str
    utility: str
    today: date
    """At the utility."""
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for."""

    template_id: int
    account_id: int
    wish: Wish | None = None
    """Terms of an arrangement; None for the usual ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What documents are printed with and kept in."""

    vault: Vault
    fonts: fonts.Fonts | None
    """None: documents are HTML."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A document before it is printed."""

    blocks: tuple[Block, ...]
    content: Content


async def draw(
    db: AsyncConnection, template: Template, order: Order, maker: Maker, *, sample: bool = False
) -> Drawn | list[Fault]:
    """Return what a template says of an account: the card is read in one round trip.

    Args:
        db: a connection.
        template: whose body is rendered.
        order: of whom, on which terms.
        maker: who, when.
        sample: for a preview of the template: an arrangement is shown even where nothing is owed.

    Raises:
        NoSuchAccount: there is none of this key.
        NothingOwed: a notice or an arrangement, and nothing is owed.

    """
    card = await cards.load_card(db, order.account_id, maker.today)
    if card is None:
        raise NoSuchAccount(f"there is no account {order.account_id}")
    needs_debt = template.kind in {"notice", "arrangement"}
    if needs_debt and not sample and owed_of(card) <= 0:
        raise NothingOwed("this account owes nothing")
    terms = (order.wish or sample_wish(maker.today)) if template.kind == "arrangement" else None
    content = content_of(card, utility=maker.utility, made_by=maker.name, today=maker.today, wish=terms)
    blocks = render(template.body, content, Wording(template.language, card.currency))
    return blocks if isinstance(blocks, list) else Drawn(blocks=blocks, content=content)


def printed(drawn: Drawn, template: Template, maker: Maker, found: fonts.Fonts | None) -> tuple[bytes, str, int]:
    """Return a document's bytes, its format and its pages: PDF, or HTML where no font is there."""
    wording = Wording(template.language, drawn.content.account.currency)
    account = wording.frame("account", number=drawn.content.account.number)
    if found is None:
        made = wording.frame("made", day=wording.day(maker.today), who=maker.name)
        head = f"{maker.utility} · {account}"
        html = page.whole(drawn.blocks, title=template.title, language=template.language, head=head, foot=made)
        return html.encode(), "html", 1
    frame = pdf.Frame(
        utility=maker.utility,
        title=template.title,
        account=account,
        page=wording.frame("page", page="{page}", pages="{pages}"),
        language=template.language,
        made_at=maker.now,
    )
    made_pdf = pdf.to_pdf(drawn.blocks, frame, found)
    return made_pdf.data, "pdf", made_pdf.pages


async def make(db: Writing, press: Press, order: Order, maker: Maker) -> store.Document | list[Fault]:
    """Make a document and put it on the account.

    The bytes are kept before the row is written: a transaction that fails leaves a file that nobody refers to, never a
    row without its file.

    Returns:
        The document, or why the template cannot be rendered for this account.

    Raises:
        NoSuchTemplate: there is none of this key, or it is retired.
        NoSuchAccount: there is none of this key.
        NothingOwed: a notice or an arrangement, and nothing is owed.

    """
    template = await templates.one(db, order.template_id)
    if template.retired:
        raise NoSuchTemplate(f"template {template.code} is retired")
    drawn = await draw(db, template, order, maker)
    if isinstance(drawn, list):
        return drawn
    data, kind, pages = await asyncio.to_thread(printed, drawn, template, maker, press.fonts)
    made = store.Made(
        account_id=order.account_id,
        template_id=order.template_id,
        version=template.version,
        title=template.title,
        language=template.language,
        format=kind,
        sha256=await asyncio.to_thread(press.vault.keep, data),
        size=len(data),
        pages=pages,
    )
    return await store.one(db, order.account_id, await store.add(db, made, maker.user_id))
