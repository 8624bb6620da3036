"""An answer as a file: a spreadsheet, comma-separated, or on paper; marked with who took it and why (shell)."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from crm_core.documents import fonts, pdf
from crm_core.documents.blocks import Block, Heading, Paragraph, Run, TableBlock
from crm_core.documents.blocks import Cell as Printed
from crm_core.errors import ReportTooLarge
from crm_core.exporting.writers import WRITERS, Cell, Mark
from crm_core.reports.terms import Answer, Column, Row
from crm_core.settings import Settings
from crm_core.store.report_sources import ANSWERED
from crm_core.text import one_line
from workstation.report_words import Words
from workstation.reporting import Shown
from workstation.sentences import N_

FOLDER = "reports"
"""Under the run folder; only we can look into it."""
FORMS = ("xlsx", "csv", "pdf")
TYPES = {
    "csv": "text/csv",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_PRINTED = 10
"""Columns that a sheet of paper has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMark(Mark):
    """The watermark of a report."""

    report: str

    @property
    def line(self) -> str:
        """All of it in one line."""
        return one_line(
            f"{self.utility}: report {self.report}, taken by {self.user} on {self.at:%Y-%m-%d %H:%M} UTC,"
            f" because: {self.reason}",
            400,
        )


def folder(settings: Settings) -> Path:
    """Return the folder of reports on their way, made when it is missing."""
    place = settings.run_dir / FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def forms(settings: Settings) -> tuple[str, ...]:
    """Return the forms that can be had: paper needs a font."""
    return FORMS if fonts.find(settings.run_dir) else FORMS[:2]


def fits(answer: Answer, settings: Settings) -> None:
    """Let nobody take away alone what a second person would have to agree to.

    Raises:
        ReportTooLarge: it has more rows than one person may take.

    """
    if answer.truncated or len(answer.rows) > settings.export_approval_rows:
        raise ReportTooLarge(f"more than {settings.export_approval_rows} rows: choose a shorter period or fewer groups")


def write(  # noqa: PLR0913, PLR0917 -- what, as what, marked how, in which words
    settings: Settings, shown: Shown, answer: Answer, form: str, mark: ReportMark, words: Words
) -> Path:
    """Write the file and return where it is; whoever asked for it deletes it.

    Raises:
        ReportTooLarge: it has more rows than one person may take.

    """
    fits(answer, settings)
    path = folder(settings) / f"{secrets.token_hex(12)}.{form}"
    if form == "pdf":
        return _printed(settings, shown, answer, path, mark, words)
    header, rows = table(shown, answer, words)
    writer = WRITERS[form](path, header, mark)
    for row in rows:
        writer.add(row)
    writer.close()
    return path


def table(shown: Shown, answer: Answer, words: Words) -> tuple[list[str], list[list[Cell]]]:
    """Return header and rows of a spreadsheet: numbers as numbers, a column for what ratios are counted over."""
    subject, query = ANSWERED[shown.query.subject], shown.query
    measures = [column for column in answer.columns if column.kind == "measure"]
    ratios = [answer.totals.cells[place].n is not None for place in range(len(measures))]
    header = [words.title(subject.dimensions[name].title) for name in query.by]
    for column, ratio in zip(measures, ratios, strict=True):
        title = words.column(subject, query, column)
        unit = {"percent": " (%)", "seconds": f" ({words.say(N_('s'))})"}.get(column.unit, "")
        header.append(f"{title}{unit}")
        if ratio:
            header.append(f"{title}: n")
        if answer.compared:
            header.append(f"{title}{unit}: {words.say(N_('before'))}")
    rows = [
        _cells(row, measures, ratios, _labels(row, shown, words), compared=bool(answer.compared)) for row in answer.rows
    ]
    total = [words.say(N_("Total")), *[""] * (len(query.by) - 1)] if query.by else []
    rows.append(_cells(answer.totals, measures, ratios, total, compared=bool(answer.compared)))
    return header, rows


def _labels(row: Row, shown: Shown, words: Words) -> list[str]:
    subject = ANSWERED[shown.query.subject]
    pairs = zip(shown.query.by, row.key, row.labels, strict=True)
    # Days stay as ISO has them: a spreadsheet sorts by them.
    return [
        label if subject.dimensions[name].kind == "time" and name != "weekday"
        else words.label(subject, name, key, label)
        for name, key, label in pairs
    ]  # fmt: skip


def _cells(
    row: Row, columns: Sequence[Column], ratios: Sequence[bool], labels: Sequence[str], *, compared: bool
) -> list[Cell]:
    cells: list[Cell] = list(labels)
    for place, column in enumerate(columns):
        cells.append(_value(row.cells[place].value, column.unit))
        if ratios[place]:
            cells.append(row.cells[place].n)
        if compared:
            cells.append(_value(row.before[place].value, column.unit) if row.before else None)
    return cells


def _value(value: Decimal | int | str | None, unit: str) -> Cell:
    if isinstance(value, Decimal):
        return value.quantize(Decimal("0.01") if unit == "money" else Decimal("0.1"), ROUND_HALF_UP)
    return value


def _printed(  # noqa: PLR0913, PLR0917 -- what, where, marked how, in which words
    settings: Settings, shown: Shown, answer: Answer, path: Path, mark: ReportMark, words: Words
) -> Path:
    found = fonts.find(settings.run_dir)
    if found is None:
        raise ReportTooLarge("there is no font to print with: choose a spreadsheet")
    blocks = _blocks(shown, answer, mark, words)
    frame = pdf.Frame(
        utility=settings.utility, title=mark.report, account="", page=words.say(N_("Page {page} of {pages}")),
        language=words.formats.locale.language, made_at=mark.at,
    )  # fmt: skip
    path.touch(mode=0o600, exist_ok=False)
    path.write_bytes(pdf.to_pdf(blocks, frame, found).data)
    return path


def _blocks(shown: Shown, answer: Answer, mark: ReportMark, words: Words) -> list[Block]:
    subject, query = ANSWERED[shown.query.subject], shown.query
    room = max(1, MOST_PRINTED - len(query.by))
    measures = [column for column in answer.columns if column.kind == "measure"][:room]
    head = [Printed(text=words.title(subject.dimensions[name].title)) for name in query.by]
    head += [Printed(text=words.column(subject, query, column), number=True) for column in measures]
    days = (answer.period.first, answer.period.last)
    period = " \N{EN DASH} ".join(words.formats.day(day) for day in days)
    return [
        Heading(level=1, text=words.title(shown.title) or words.title(subject.title)),
        Paragraph(runs=(Run(text=period),)),
        TableBlock(
            head=(tuple(head),),
            body=tuple(_line(row, len(measures)) for row in words.rows(answer, query)),
            foot=(_line(words.totals(answer, query), len(measures), words.say(N_("Total")), len(query.by)),),
        ),
        Paragraph(runs=(Run(text=mark.line),), mark="small"),
    ]


def _line(row: dict[str, object], room: int, name: str = "", by: int = 0) -> tuple[Printed, ...]:
    labels = [name, *[""] * (by - 1)] if name and by else [] if name else row["labels"]
    cells = row["cells"]
    texts = [Printed(text=str(text), bold=bool(name)) for text in labels]  # type: ignore[attr-defined]
    return (*texts, *(Printed(text=cell["text"], number=True, bold=bool(name)) for cell in cells[:room]))  # type: ignore[index]
