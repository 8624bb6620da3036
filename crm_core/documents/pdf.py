"""A document as PDF: A4, the utility's name on top, page numbers below, numbers aligned (shell: fpdf2, reads the font).

Letters are shaped by HarfBuzz, so that Cyrillic and Arabic join and stand as they should.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.fonts import FontFace

from crm_core.documents.blocks import Block, Cell, Heading, Paragraph, Rule, TableBlock
from crm_core.documents.fonts import Fonts

MARGIN, TOP, BOTTOM = 20.0, 28.0, 20.0
"""Millimetres; the left margin leaves room for a binder."""
FAMILY = "document"
INK, QUIET, LINE = (25, 25, 25), (105, 105, 105), (190, 190, 190)
SIZES = {"": 10.0, "lead": 13.0, "small": 8.5}
HEADINGS = {1: (17.0, 3.0, 3.5), 2: (11.5, 4.0, 1.5)}
"""Size in points, space above and below in millimetres."""
CELL_PADDING = 1.3
ROW_PADDING = 0.85
LINE_HEIGHT = 4.6
PAGES = "{pages}"
"""Stands in the footer for the number of pages until it is known; anywhere else it is what a customer is called."""
FEWEST = 3
"""Rows of a table that stand on its last page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around a document."""

    utility: str
    title: str
    account: str
    """Line that says whose it is, on every page."""
    page: str
    """Pattern of the page number: `{page}` and `{pages}`."""
    language: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A PDF."""

    data: bytes
    pages: int


class _Sheet(FPDF):
    """Pages with the frame around them."""

    def __init__(self, frame: Frame, fonts: Fonts) -> None:
        super().__init__(format="A4")
        self.frame = frame
        self.add_font(FAMILY, "", fonts.plain)
        self.add_font(FAMILY, "B", fonts.bold)
        self.set_text_shaping(True)
        self.set_margins(MARGIN, TOP, MARGIN)
        self.set_auto_page_break(True, BOTTOM + 4)
        self.set_title(frame.title)
        self.set_author(frame.utility)
        self.set_lang(frame.language)
        self.set_creation_date(frame.made_at)

    def header(self) -> None:
        """Write the utility's name and whose document this is."""
        self._count_pages(None)
        self.set_y(12)
        self.set_font(FAMILY, "B", 10)
        self.set_text_color(*INK)
        self.cell(self.epw / 2, 5, self.frame.utility)
        self.set_font(FAMILY, "", 8.5)
        self.set_text_color(*QUIET)
        self.cell(self.epw / 2, 5, self.frame.account, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_draw_color(*LINE)
        self.set_line_width(0.2)
        self.line(MARGIN, 18.5, MARGIN + self.epw, 18.5)
        self.set_y(TOP)

    def footer(self) -> None:
        """Write the title and the page number.

        The number of pages is filled in at the end, so only what stands before it can be aligned; until the next page
        begins, its sign counts.
        """
        self.set_y(-BOTTOM + 4)
        self.set_font(FAMILY, "", 8)
        self.set_text_color(*QUIET)
        self.set_x(MARGIN + self.epw / 3)
        self.cell(self.epw * 2 / 3, 5, self.frame.title, align=Align.R)
        self.set_x(MARGIN)
        self._count_pages(PAGES)
        self.cell(self.epw / 3, 5, self.frame.page.replace("{page}", str(self.page_no())))

    def _count_pages(self, sign: str | None) -> None:
        """Have a text stand for the number of pages from now on, or none."""
        self.str_alias_nb_pages = sign  # type: ignore[assignment]  # fpdf2 takes None too


def to_pdf(blocks: Sequence[Block], frame: Frame, fonts: Fonts) -> Printed:
    """Print blocks; takes a fifth of a second of a core, so a server does it in a thread."""
    sheet = _Sheet(frame, fonts)
    sheet.add_page()
    for block in blocks:
        sheet.set_text_color(*INK)
        match block:
            case Heading():
                _heading(sheet, block)
            case Paragraph():
                _paragraph(sheet, block)
            case Rule():
                _rule(sheet)
            case TableBlock():
                _table(sheet, block)
    written = io.BytesIO(bytes(sheet.output()))
    return Printed(data=written.getvalue(), pages=sheet.pages_count)


def _heading(sheet: FPDF, block: Heading) -> None:
    size, above, below = HEADINGS[block.level]
    sheet.set_font(FAMILY, "B", size)
    # A heading alone at the foot of a page belongs to the next one.
    if sheet.will_page_break(size / 2 + 24):
        sheet.add_page()
    elif sheet.get_y() > TOP:
        sheet.ln(above)
    sheet.multi_cell(0, size * 0.5, block.text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    sheet.ln(below)


def _paragraph(sheet: FPDF, block: Paragraph) -> None:
    size = SIZES.get(block.mark, SIZES[""])
    if block.mark == "small":
        sheet.set_text_color(*QUIET)
    with sheet.text_columns(text_align=Align.L, line_height=1.4) as column:
        for run in block.runs:
            sheet.set_font(FAMILY, "B" if run.bold else "", size)
            column.write(run.text)
    sheet.ln(2.2)


def _rule(sheet: FPDF) -> None:
    sheet.ln(2)
    sheet.set_draw_color(*LINE)
    sheet.set_line_width(0.2)
    sheet.line(MARGIN, sheet.get_y(), MARGIN + sheet.epw, sheet.get_y())
    sheet.ln(3)


def _table(sheet: FPDF, block: TableBlock) -> None:
    sheet.set_font(FAMILY, "", 9)
    sheet.set_draw_color(*LINE)
    sheet.set_line_width(0.2)
    rows = (*block.body, *block.foot)
    row_height = LINE_HEIGHT + 2 * ROW_PADDING
    room = int((sheet.page_break_trigger - sheet.get_y()) / row_height) - len(block.head)
    page = int((sheet.page_break_trigger - TOP) / row_height) - len(block.head)
    for number, size in enumerate(cut(len(rows), room, page)):
        if number:
            sheet.add_page()
        part, rows = rows[:size], rows[size:]
        _part(sheet, block, part)
    sheet.ln(3)


def cut(rows: int, room: int, page: int) -> list[int]:
    """Return how many rows go onto each page, so that no total stands alone on the last one.

    Args:
        rows: how many there are.
        room: for how many the page that is begun has room.
        page: for how many a whole page has.

    """
    sizes: list[int] = []
    while rows > max(room, 1):
        sizes.append(max(room, 1))
        rows, room = rows - max(room, 1), max(page, 1)
    if sizes and rows < FEWEST and sizes[-1] > FEWEST:
        sizes[-1], rows = sizes[-1] - (FEWEST - rows), FEWEST
    return [*sizes, rows]


def _part(sheet: FPDF, block: TableBlock, rows: Sequence[Sequence[Cell]]) -> None:
    """Print rows under the table's head; those whose text wraps may take more room and begin another page."""
    columns, every = block.columns, (*block.head, *block.body, *block.foot)
    with sheet.table(
        col_widths=_widths(sheet, every, columns),
        text_align=tuple(Align.R if _is_number(every, column) else Align.L for column in range(columns)),
        v_align=VAlign.T,
        line_height=LINE_HEIGHT,
        padding=(ROW_PADDING, CELL_PADDING),
        borders_layout=TableBordersLayout.HORIZONTAL_LINES if block.head else TableBordersLayout.NONE,
        headings_style=FontFace(emphasis="BOLD", size_pt=8.5, color=QUIET),
        first_row_as_headings=bool(block.head),
        num_heading_rows=max(1, len(block.head)),
    ) as table:
        for cells in (*block.head, *rows):
            row = table.row()
            for column in range(columns):
                cell = cells[column] if column < len(cells) else Cell(text="")
                row.cell(cell.text, style=FontFace(emphasis="BOLD") if cell.bold and cells not in block.head else None)


def _is_number(rows: Sequence[Sequence[Cell]], column: int) -> bool:
    return any(len(cells) > column and cells[column].number for cells in rows)


def _widths(sheet: FPDF, rows: Sequence[Sequence[Cell]], columns: int) -> tuple[float, ...]:
    """Return each column's share: what its widest text needs, so that no number is broken while there is room."""
    needed = [12.0] * columns
    for cells in rows:
        for column, cell in enumerate(cells[:columns]):
            sheet.set_font(FAMILY, "B" if cell.bold else "", 9)
            lines = cell.text.split("\n")
            wide = max(sheet.get_string_width(line) for line in lines) + 2 * CELL_PADDING + 2.5
            needed[column] = max(needed[column], min(wide, sheet.epw * 0.45))
    sheet.set_font(FAMILY, "", 9)
    spare = sheet.epw - sum(needed)
    if spare <= 0:
        return tuple(needed)
    # Spare room goes to the columns of words: numbers stand near what they belong to.
    worded = [column for column in range(columns) if not _is_number(rows, column)] or list(range(columns))
    return tuple(width + (spare / len(worded) if column in worded else 0) for column, width in enumerate(needed))
