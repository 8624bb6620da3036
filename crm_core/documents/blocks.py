"""What a rendered template comes to: headings, paragraphs and tables, read from a small set of tags (pure).

Preview and PDF are made from the same blocks, so they say the same; nothing but these tags reaches either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

from crm_core.documents.placeholders import Fault
from crm_core.text import one_line

TAGS: Final = frozenset({"h1", "h2", "p", "b", "br", "table", "thead", "tbody", "tfoot", "tr", "th", "td", "hr"})
VOID: Final = frozenset({"br", "hr"})
CLASSES: Final = frozenset({"number", "small", "lead"})
"""What a cell or paragraph may be marked with: a column of numbers, small print, a figure to be seen first."""
MOST_COLUMNS = 10
MOST_ROWS = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Text in one weight; a line feed begins a new line."""

    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A title (level 1) or a section's (2)."""

    level: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Running text; `mark` is one of `CLASSES` or ""."""

    runs: tuple[Run, ...]
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell; a column with a number in its head or first row is aligned to its end."""

    text: str
    number: bool = False
    bold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TableBlock:
    """A table: head rows are repeated on each page, foot rows hold totals."""

    head: tuple[tuple[Cell, ...], ...]
    body: tuple[tuple[Cell, ...], ...]
    foot: tuple[tuple[Cell, ...], ...]

    @property
    def columns(self) -> int:
        """How many columns the widest row has."""
        return max((len(row) for row in (*self.head, *self.body, *self.foot)), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A line across the page."""


Block = Heading | Paragraph | TableBlock | Rule


def tags_fault(text: str) -> list[Fault]:
    """Return which tags or attributes of a template are not among those it may use."""
    judge = _Tags()
    judge.feed(text)
    judge.close()
    return judge.faults


class _Tags(HTMLParser):
    """Judges tags; placeholders are gone from the text already."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[Fault] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            self._refuse("template-tag", f"<{tag}>")
        for name, value in attrs:
            if name != "class" or (value or "") not in CLASSES:
                self._refuse("template-tag", f"<{tag} {name}>")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self._refuse("template-unclosed", f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        self._refuse("template-tag", f"<!--{data[:20]}-->")

    def handle_decl(self, decl: str) -> None:
        self._refuse("template-tag", f"<!{decl[:20]}>")

    def handle_pi(self, data: str) -> None:
        self._refuse("template-tag", f"<?{data[:20]}>")

    def close(self) -> None:
        super().close()
        if self.open:
            self._refuse("template-unclosed", f"<{self.open[-1]}>")

    def _refuse(self, code: str, detail: str) -> None:
        self.faults.append(Fault(code=code, line=self.getpos()[0], detail=one_line(detail, 60)))


def read(html: str) -> tuple[Block, ...]:
    """Read rendered text into blocks; tags it does not know are as if they were not there."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.finish_paragraph()
    return tuple(reader.blocks)


@dataclass
class _Rows:
    """A table while it is read."""

    head: list[tuple[Cell, ...]] = field(default_factory=list)
    body: list[tuple[Cell, ...]] = field(default_factory=list)
    foot: list[tuple[Cell, ...]] = field(default_factory=list)
    part: str = "body"
    row: list[Cell] = field(default_factory=list)


class _Reader(HTMLParser):
    """Collects blocks; text between them is a paragraph of its own."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.mark = ""
        self.bold = 0
        self.table: _Rows | None = None
        self.cell: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        mark = next((value or "" for name, value in attrs if name == "class"), "")
        match tag:
            case "b":
                self.bold += 1
            case "br":
                self.runs.append(Run(text="\n"))
            case "hr":
                self.finish_paragraph()
                self.blocks.append(Rule())
            case "p" | "h1" | "h2":
                self.finish_paragraph()
                self.mark = mark
            case "table":
                self.finish_paragraph()
                self.table = _Rows()
            case "thead" | "tbody" | "tfoot" if self.table:
                self.table.part = tag.removeprefix("t")
            case "tr" if self.table:
                self.table.row = []
            case "th" | "td" if self.table:
                self.runs = []
                self.cell = (tag, mark)
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        match tag:
            case "b":
                self.bold = max(0, self.bold - 1)
            case "p":
                self.finish_paragraph()
            case "h1" | "h2":
                text, self.runs = _text(self.runs), []
                if text:
                    self.blocks.append(Heading(level=int(tag[1]), text=text))
            case "th" | "td" if self.table and self.cell:
                self._finish_cell(self.table, *self.cell)
            case "tr" if self.table:
                rows: list[tuple[Cell, ...]] = getattr(self.table, self.table.part)
                if self.table.row and len(rows) < MOST_ROWS:
                    rows.append(tuple(self.table.row[:MOST_COLUMNS]))
            case "table" if self.table:
                made = TableBlock(head=tuple(self.table.head), body=tuple(self.table.body), foot=tuple(self.table.foot))
                if made.columns:
                    self.blocks.append(made)
                self.table = None
            case _:
                pass

    def _finish_cell(self, table: _Rows, tag: str, mark: str) -> None:
        bold = tag == "th" or table.part == "foot" or any(run.bold for run in self.runs if run.text.strip())
        table.row.append(Cell(text=_text(self.runs), number=mark == "number", bold=bold))
        self.runs, self.cell = [], None

    def handle_data(self, data: str) -> None:
        if self.table is None or self.cell:
            self.runs.append(Run(text=data, bold=self.bold > 0))

    def finish_paragraph(self) -> None:
        """End the text that is being read as a paragraph, if there is any."""
        runs, mark = _tidy(self.runs), self.mark
        self.runs, self.mark = [], ""
        if runs:
            self.blocks.append(Paragraph(runs=runs, mark=mark))


def _text(runs: Sequence[Run]) -> str:
    return "".join(run.text for run in _tidy(runs))


def _tidy(runs: Sequence[Run]) -> tuple[Run, ...]:
    """Fold white space as a browser does; line breaks that were asked for stay."""
    tidy: list[Run] = []
    ended = True
    for run in runs:
        if run.text == "\n":
            tidy.append(run)
            ended = True
            continue
        # A no-break space keeps an amount and its currency together.
        text = "".join(" " if sign in " \t\r\n\f" else sign for sign in run.text)
        while "  " in text:
            text = text.replace("  ", " ")
        text = text.lstrip(" ") if ended else text
        if text:
            tidy.append(Run(text=text, bold=run.bold))
            ended = text.endswith(" ")
    while tidy and not tidy[-1].text.strip(" \n"):
        tidy.pop()
    while tidy and not tidy[0].text.strip(" \n"):
        tidy.pop(0)
    if tidy:
        tidy[-1] = Run(text=tidy[-1].text.rstrip(" "), bold=tidy[-1].bold)
    return tuple(tidy)
