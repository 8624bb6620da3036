"""Templates and documents in a real base: versions are kept, documents never change."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError

from crm_core import tables
from crm_core.db import Database, reading, transaction
from crm_core.documents import making
from crm_core.documents.content import Wish
from crm_core.documents.making import Maker, Order, Press
from crm_core.documents.vault import FakeVault
from crm_core.errors import NoSuchAccount, NoSuchDocument, NoSuchTemplate, NothingOwed, TemplateChanged
from crm_core.store import access_log, documents, templates
from crm_core.store.templates import Draft
from tests.crm_core.conftest import TODAY, Base

pytestmark = pytest.mark.integration
MAKER = Maker(
    user_id=None, name="Olga", utility="Sample Energy", today=TODAY, now=datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
)


@pytest.fixture
def press() -> Press:
    """Without a font, so that what was made can be read."""
    return Press(vault=FakeVault(), fonts=None)


async def key_of(db: Database, code: str, language: str = "en") -> int:
    async with reading(db) as seen:
        every = await templates.everyone(seen)
    return next(one.template_id for one in every if (one.code, one.language) == (code, language))


async def made(db: Database, press: Press, template: int, account: int, wish: Wish | None = None) -> documents.Document:
    async with transaction(db) as writing:
        order = Order(template_id=template, account_id=account, wish=wish)
        found = await making.make(writing, press, order, MAKER)
    assert isinstance(found, documents.Document), found
    return found


def text_of(press: Press, document: documents.Document) -> str:
    data = press.vault.fetch(document.sha256)
    assert data is not None
    return data.decode()


async def test_the_house_s_templates_are_there_in_english_and_russian(db: Database) -> None:
    async with reading(db) as seen:
        found = {(one.code, one.language, one.version) for one in await templates.everyone(seen)}
    assert found == {
        (code, language, 1)
        for code in ("balance", "debt_notice", "arrangement", "readings")
        for language in ("en", "ru")
    }


async def test_a_document_is_made_from_the_card_and_stays_as_it_was(db: Database, base: Base, press: Press) -> None:
    account = await base.subscriber("<b>Анна</b> {{7*7}}")
    balance = await key_of(db, "balance", "ru")
    document = await made(db, press, balance, account)
    assert (document.code, document.version, document.format, document.pages) == ("balance", 1, "html", 1)
    assert "&lt;b&gt;Анна&lt;/b&gt; {{7*7}}" in text_of(press, document)
    assert "123,45" in text_of(press, document)
    async with transaction(db) as writing:
        await writing.execute(update(tables.accounts).values(balance=0))
    async with reading(db) as seen:
        assert await documents.listing(seen, account) == [document]
        assert await documents.one(seen, account, document.document_id) == document
        (line,) = await access_log.recent(seen, object_=f"account {account}")
    assert (line.action, line.reason.startswith(f"document {document.document_id}: ")) == ("document.made", True)


async def test_no_one_changes_a_document(db: Database, base: Base, press: Press) -> None:
    account = await base.subscriber()
    await made(db, press, await key_of(db, "balance"), account)
    for table in ("documents", "template_versions"):
        async with transaction(db) as writing:
            with pytest.raises(DBAPIError, match="never change"):
                await writing.execute(text(f"update {table} set version = 2"))  # noqa: S608 -- our own names


async def test_a_document_of_another_account_is_as_good_as_none(db: Database, base: Base, press: Press) -> None:
    one, other = await base.subscriber(), await base.subscriber()
    document = await made(db, press, await key_of(db, "balance"), one)
    async with reading(db) as seen:
        with pytest.raises(NoSuchDocument):
            await documents.one(seen, other, document.document_id)


async def test_a_notice_needs_a_debt(db: Database, base: Base, press: Press) -> None:
    account = await base.account(await base.customer("Anna"), balance=Decimal(-5))
    for code in ("debt_notice", "arrangement"):
        with pytest.raises(NothingOwed):
            await made(db, press, await key_of(db, code), account)
    with pytest.raises(NoSuchAccount):
        await made(db, press, await key_of(db, "balance"), 99)
    with pytest.raises(NoSuchTemplate):
        await made(db, press, 99, account)


async def test_an_arrangement_is_written_down_on_its_terms(db: Database, base: Base, press: Press) -> None:
    account = await base.subscriber()
    wish = Wish(parts=4, first_on=date(2026, 12, 31))
    document = await made(db, press, await key_of(db, "arrangement"), account, wish)
    shown = text_of(press, document)
    assert "in 4 instalments from 31 Dec 2026 to 31 Mar 2027" in shown
    assert "28 Feb 2027" in shown
    assert "RUB\u00a030.86" in shown
    assert "RUB\u00a030.87" in shown


async def test_every_version_of_a_template_is_kept(db: Database, base: Base, press: Press) -> None:
    account = await base.subscriber()
    key = await key_of(db, "balance")
    first = await made(db, press, key, account)
    draft = Draft(template_id=key, code="balance", language="en", title="New", kind="statement",
                  body="<p>{{ account.number }}</p>", version=1)  # fmt: skip
    async with transaction(db) as writing:
        assert await templates.save(writing, draft, None) == key
    second = await made(db, press, key, account)
    assert (first.version, second.version, second.title) == (1, 2, "New")
    async with reading(db) as seen:
        assert "<h1>Balance statement</h1>" in (await templates.one(seen, key, 1)).body
        assert [one.version for one in await templates.versions(seen, key)] == [2, 1]
    async with transaction(db) as writing:
        with pytest.raises(TemplateChanged):
            await templates.save(writing, draft, None)


async def test_a_template_that_says_more_than_it_may_is_not_saved(db: Database) -> None:
    async with transaction(db) as writing:
        draft = Draft(code="x y", language="tlh", title=" ", kind="statement", body="{{7*7}}")
        found = await templates.save(writing, draft, None)
        assert isinstance(found, list)
        assert [one.code for one in found] == [
            "template-not-allowed", "template-title", "template-code", "template-language",
        ]  # fmt: skip
        again = Draft(code="balance", language="en", title="T", kind="statement", body="x")
        found = await templates.save(writing, again, None)
        assert isinstance(found, list)
        assert [one.code for one in found] == ["template-code-taken"]


async def test_a_retired_template_makes_nothing(db: Database, base: Base, press: Press) -> None:
    account = await base.subscriber()
    key = await key_of(db, "balance")
    draft = Draft(template_id=key, code="balance", language="en", title="Old", kind="statement", body="x", version=1,
                  retired=True)  # fmt: skip
    async with transaction(db) as writing:
        assert await templates.save(writing, draft, None) == key
    with pytest.raises(NoSuchTemplate):
        await made(db, press, key, account)


async def test_erasure_takes_documents_away_and_names_the_files_nobody_needs(
    db: Database, base: Base, press: Press
) -> None:
    one, other = await base.subscriber(), await base.subscriber()
    key = await key_of(db, "balance")
    draft = Draft(template_id=key, code="balance", language="en", title="T", kind="statement", body="x", version=1)
    async with transaction(db) as writing:
        await templates.save(writing, draft, None)
    first = await made(db, press, key, one)
    # The account stands in the frame around the text, so the second file is another one.
    second = await made(db, press, key, other)
    async with transaction(db) as writing:
        assert await documents.erase(writing, [one]) == [first.sha256]
    async with reading(db) as seen:
        assert await documents.listing(seen, one) == []
        assert [found.sha256 for found in await documents.listing(seen, other)] == [second.sha256]
    async with transaction(db) as writing:
        await writing.execute(delete(tables.documents))
