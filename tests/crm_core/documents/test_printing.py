"""Documents: from a card to blocks, to HTML, to PDF."""

from __future__ import annotations

import re
import zlib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_core.card import AdjustmentRow, Card, DebtBucket, InvoiceRow, Meter, PaymentRow, ReadingRow
from crm_core.documents import content, fonts, page, pdf
from crm_core.documents.blocks import Cell, Heading, Paragraph, Run, TableBlock, read
from crm_core.documents.making import Drawn, Maker, printed
from crm_core.documents.render import render
from crm_core.documents.shipped import shipped
from crm_core.documents.vault import DiskVault, FakeVault, Vault
from crm_core.documents.wording import Wording
from crm_core.settings import ROOT
from crm_core.store.templates import Template

pytestmark = pytest.mark.long
TODAY = date(2026, 11, 29)
EVIL = 'Анна <b>x</b> {{7*7}} <script>alert("1")</script>'


def card(**more: object) -> Card:
    months = range(11, 0, -1)
    facts: dict[str, object] = {
        "account_id": 1, "account_number": "400012345678", "customer_id": 1, "customer": EVIL, "kind": "person",
        "language": "ru", "flags": (), "contacts": (), "address": "Тверь, ул. Ленина, 5", "time_zone": "Europe/Moscow",
        "tariff": "Day and night", "tariff_price": "1", "currency": "RUB", "balance": Decimal("3703.68"),
        "overdue": Decimal("3703.68"), "debt": (DebtBucket(label="1-30", amount=Decimal("3703.68")),),
        "next_due_on": None, "other_accounts": (), "promises": (), "adjustments": (), "applications": (),
        "interactions": (),
        "meters": (
            Meter(meter_id=1, serial="M-1", model="Mercury", digits=6, decimals=0, installed_on=date(2020, 1, 1),
                  removed_on=None, verification_due=None, registers=()),
        ),
        "readings": tuple(
            ReadingRow(taken_on=date(2026, month, 20), register_code="day", meter_serial="M-1", value=Decimal(month),
                       consumption=None, source="ivr", quality="actual")
            for month in months
        ),
        "invoices": tuple(
            InvoiceRow(number=f"400012345678-2026{month:02}", period=date(2026, month, 1),
                       issued_on=date(2026, month, 5), due_on=date(2026, month, 25), amount=Decimal("1086.40"),
                       open_amount=Decimal("1234.56") if month > 8 else Decimal(0), status="overdue")
            for month in months
        ),
        "payments": tuple(
            PaymentRow(paid_on=date(2026, month, 20), amount=Decimal("1086.40"), channel="bank", reference="")
            for month in months
        ),
    }  # fmt: skip
    return Card(**(facts | more))  # type: ignore[arg-type]


def drawn(code: str, language: str, of: Card | None = None) -> Drawn:
    template = next(one for one in shipped() if (one.code, one.language) == (code, language))
    facts = content.content_of(
        of or card(), utility="Sample Energy", made_by="Olga", today=TODAY, wish=content.sample_wish(TODAY)
    )
    blocks = render(template.body, facts, Wording(language, "RUB"))
    assert isinstance(blocks, tuple), blocks
    return Drawn(blocks=blocks, content=facts)


def template(code: str, language: str) -> Template:
    one = next(one for one in shipped() if (one.code, one.language) == (code, language))
    return Template(
        template_id=1, code=code, language=language, title=one.title, kind=one.kind, version=1, retired=False,
        body=one.body,
    )  # fmt: skip


MAKER = Maker(
    user_id=1, name="Olga", utility="Sample Energy", today=TODAY, now=datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
)
ALL = [(one.code, one.language) for one in shipped()]


@pytest.mark.parametrize(("code", "language"), ALL)
def test_what_subscribers_are_named_is_shown_and_never_carried_out(code: str, language: str) -> None:
    data, kind, _ = printed(drawn(code, language), template(code, language), MAKER, None)
    html = data.decode()
    assert kind == "html"
    assert "Анна &lt;b&gt;x&lt;/b&gt; {{7*7}} &lt;script&gt;" in html
    assert "<script>" not in html


@pytest.mark.parametrize(("code", "language"), ALL)
def test_an_empty_card_still_makes_a_document(code: str, language: str) -> None:
    bare = card(invoices=(), payments=(), readings=(), meters=(), debt=(), balance=Decimal(1), overdue=Decimal(0))
    assert drawn(code, language, bare).blocks


def test_totals_are_those_of_the_lines() -> None:
    facts = drawn("balance", "en").content
    assert facts.totals.invoiced == Decimal("11950.40") == 11 * Decimal("1086.40")
    assert facts.totals.open == Decimal("3703.68")
    (summed, table, *_) = [block for block in drawn("balance", "en").blocks if isinstance(block, TableBlock)]
    assert [row[0].text for row in summed.body] == ["Owed before", "Billed", "Paid"]
    assert [cell.text for cell in table.foot[0]] == ["Total", "", "", "RUB\u00a011,950.40", "RUB\u00a03,703.68"]
    assert all(cell.bold for cell in table.foot[0])


@given(
    balance=st.decimals(-99_999, 99_999, places=2),
    adjusted=st.lists(st.decimals(-999, 999, places=2), max_size=20),
)
@settings(max_examples=30, deadline=None)
def test_a_statement_says_how_the_balance_came_about(balance: Decimal, adjusted: list[Decimal]) -> None:
    rows = tuple(
        AdjustmentRow(kind="penalty", amount=amount, posted_on=date(2026, 10, 1), reason="secret")
        for amount in adjusted
    )
    made = drawn("balance", "en", card(balance=balance, adjustments=rows))
    totals = made.content.totals
    assert totals.brought + totals.invoiced + totals.adjusted - totals.paid == balance
    assert "secret" not in repr(made.blocks)
    assert ("penalty" in repr(made.blocks)) is bool(adjusted)


def test_amounts_and_days_are_written_as_the_language_does() -> None:
    english, russian = Wording("en", "RUB"), Wording("ru", "RUB")
    assert (english.money(Decimal("1234.5")), russian.money(Decimal("1234.5"))) == (
        "RUB\u00a01,234.50", "1\u00a0234,50\u00a0₽",
    )  # fmt: skip
    assert (english.day(TODAY), russian.day(TODAY)) == ("29 Nov 2026", "29.11.2026")
    assert (english.number(Decimal("12345.500")), russian.number(12345)) == ("12,345.5", "12\u00a0345")
    assert english.money(None) == english.day(None) == english.number(None) == english.month(None) == "—"
    assert english.word("nobody-knows") == "nobody-knows"


@given(
    cents=st.integers(1, 10**9),
    parts=st.integers(1, content.MOST_PARTS),
    first=st.dates(date(2026, 1, 1), date(2030, 1, 1)),
)
@settings(deadline=None)
def test_instalments_add_up_to_what_is_owed_and_fall_due_month_by_month(cents: int, parts: int, first: date) -> None:
    amount = Decimal(cents) / 100
    made = content.instalments_of(amount, parts, first)
    assert sum(one.amount for one in made) == amount
    assert len(made) == min(parts, cents)
    assert all(one.amount > 0 for one in made)
    assert [one.due_on for one in made] == sorted({one.due_on for one in made})
    assert made[0].due_on == first


def test_blocks_are_read_from_the_few_tags_there_are() -> None:
    assert read("<h1> A \n b </h1>tail <b>x</b><br>y<table><tr><th class='number'>1</th><td>t</td></tr></table>") == (
        Heading(level=1, text="A b"),
        Paragraph(runs=(Run(text="tail "), Run(text="x", bold=True), Run(text="\n"), Run(text="y"))),
        TableBlock(head=(), body=((Cell(text="1", number=True, bold=True), Cell(text="t")),), foot=()),
    )
    assert read("<svg onload=1>a</svg>") == (Paragraph(runs=(Run(text="a"),)),)
    assert read("<table></table><p> </p>") == ()


@given(html=st.text(st.sampled_from("<>/pbtrdh12 \"'=&;!-ax\n"), max_size=60))
@settings(deadline=None)
def test_no_text_breaks_the_reader_and_nothing_of_it_becomes_a_tag(html: str) -> None:
    shown = page.fragment(read(html))
    for tag in ("<a", "<x", "<script", "onload"):
        assert tag not in shown


@pytest.fixture(scope="module")
def font() -> fonts.Fonts:
    found = fonts.find(ROOT / ".run")
    assert found is not None, "deploy/run --setup unpacks a font"
    return found


@pytest.mark.parametrize(("code", "language", "most"), [("balance", "ru", 2), ("arrangement", "en", 1)])
def test_a_document_is_printed_as_pdf(font: fonts.Fonts, code: str, language: str, most: int) -> None:
    data, kind, pages = printed(drawn(code, language), template(code, language), MAKER, font)
    assert (kind, pages) == ("pdf", most)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert len(data) < 100_000


def test_a_long_table_goes_on_on_the_next_page_under_its_head(font: fonts.Fonts) -> None:
    rows = tuple((Cell(text=str(number)), Cell(text="1.00", number=True)) for number in range(120))
    table = TableBlock(head=((Cell(text="No."), Cell(text="Amount", number=True)),), body=rows, foot=())
    frame = pdf.Frame(
        utility="Sample Energy", title="T", account="A", page="{page}/{pages}", language="en", made_at=MAKER.now
    )
    made = pdf.to_pdf((Heading(level=1, text="Long"), table), frame, font)
    assert made.pages >= 3
    assert pdf.to_pdf((), frame, font).pages == 1


def streams(data: bytes) -> list[bytes]:
    """What the pages of a PDF say."""
    found = [zlib.decompress(one) for one in re.findall(rb"stream\n(x.*?)\nendstream", data, re.DOTALL)]
    return [one for one in found if b" Tf" in one]


def test_only_the_footer_counts_pages(font: fonts.Fonts) -> None:
    def page_of(text: str) -> int:
        frame = pdf.Frame(
            utility=text, title=text, account=text, page="{page}/{pages}", language="en", made_at=MAKER.now
        )
        blocks = (Paragraph(runs=(Run(text=text),)), Heading(level=1, text=text))
        return sum(map(len, streams(pdf.to_pdf(blocks, frame, font).data)))

    # Brackets of another width move what stands beside them; a sign that was counted would be gone.
    assert abs(page_of("{pages}") - page_of("(pages)")) < 10
    assert abs(page_of("{nb}") - page_of("(nb)")) < 10


def test_the_footer_says_which_page_of_how_many(font: fonts.Fonts) -> None:
    def made(paragraphs: int) -> list[bytes]:
        frame = pdf.Frame(utility="U", title="T", account="A", page="{pages}", language="en", made_at=MAKER.now)
        return streams(pdf.to_pdf([Paragraph(runs=(Run(text="x"),))] * paragraphs, frame, font).data)

    one, three = made(1), made(100)
    assert (len(one), len(three)) == (1, 3)
    # fpdf2 leaves a word of its own where it never came to count.
    assert not any(b"placeholder" in page for page in (*one, *three))
    assert one[0] != three[2]


@given(rows=st.integers(0, 300), room=st.integers(-3, 60), page=st.integers(1, 60))
@settings(deadline=None)
def test_rows_are_cut_into_pages_and_no_total_stands_alone(rows: int, room: int, page: int) -> None:
    sizes = pdf.cut(rows, room, page)
    assert sum(sizes) == rows
    assert all(size <= max(room, page, 1) for size in sizes)
    if len(sizes) > 1 and sizes[-2] > pdf.FEWEST:
        assert sizes[-1] >= pdf.FEWEST


def test_without_a_font_nothing_is_found(tmp_path: Path) -> None:
    assert fonts.find(tmp_path, tmp_path) is None


def test_the_unpacked_font_comes_before_the_machine_s(tmp_path: Path) -> None:
    place = tmp_path / "parts/fonts" / fonts.PLACES[0]
    place.mkdir(parents=True)
    for name in (fonts.PLAIN, fonts.BOLD):
        (place / name).touch()
    assert fonts.find(tmp_path) == fonts.Fonts(place / fonts.PLAIN, place / fonts.BOLD)


@pytest.mark.parametrize("kind", ["disk", "fake"])
def test_a_vault_gives_back_what_it_keeps_and_forgets_it_when_told(tmp_path: Path, kind: str) -> None:
    vault: Vault = DiskVault(tmp_path) if kind == "disk" else FakeVault()
    name = vault.keep(b"document")
    assert vault.keep(b"document") == name
    assert vault.fetch(name) == b"document"
    vault.forget(name)
    assert vault.fetch(name) is None


def test_bytes_that_were_tampered_with_are_not_given_out(tmp_path: Path) -> None:
    vault = DiskVault(tmp_path)
    name = vault.keep(b"document")
    (file,) = (path for path in (tmp_path / "documents").rglob("*") if path.is_file())
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(b"forged")
    assert vault.fetch(name) is None


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "A" * 64, "0" * 63, "0" * 64 + "/.."])
def test_a_name_that_is_no_hash_reaches_no_file(tmp_path: Path, name: str) -> None:
    vault = DiskVault(tmp_path)
    assert vault.fetch(name) is None
    vault.forget(name)
