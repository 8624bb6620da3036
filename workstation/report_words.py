"""Answers in words of one language: figures with their unit, days, names of values, what a column is called (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel.dates import get_day_names

from crm_core.reports.terms import Answer, Cell, Column, Query, Row, Subject
from crm_core.store.report_sources import ANSWERED
from workstation import report_asks, report_codes
from workstation.formats import NOTHING, Formats, length
from workstation.reporting import Shown
from workstation.sentences import N_, Translate

PERIODS: Mapping[str, str] = {
    "today": N_("Today"),
    "yesterday": N_("Yesterday"),
    "last_7_days": N_("Last 7 days"),
    "last_week": N_("Last week"),
    "this_month": N_("This month"),
    "last_month": N_("Last month"),
    "last_90_days": N_("Last 90 days"),
    "last_12_months": N_("Last 12 months"),
    "days": N_("From day to day"),
}
COMPARISONS: Mapping[str, str] = {
    "": N_("With nothing"),
    "previous": N_("With the days before"),
    "week_ago": N_("With a week before"),
    "year_ago": N_("With a year before"),
}
OPERATIONS: Mapping[str, str] = {
    "is": N_("is"),
    "is_not": N_("is not"),
    "at_least": N_("at least"),
    "at_most": N_("at most"),
}
CHARTS: Mapping[str, str] = {
    "table": N_("Table alone"),
    "line": N_("Lines"),
    "bars": N_("Bars"),
    "stacked": N_("Stacked bars"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """What a report is told with."""

    say: Translate
    formats: Formats

    def title(self, text: str) -> str:
        """Return a title of the catalogue in the reader's language."""
        return self.say(text) if text else ""

    def figure(self, cell: Cell, unit: str) -> str:
        """Write a figure with its unit; nothing is a dash, never zero."""
        value = cell.value
        if value is None:
            return NOTHING
        if isinstance(value, str):
            return value
        number = Decimal(value)
        written = {
            "percent": lambda: f"{self.formats.number(number, 1)} %",
            "seconds": lambda: length(float(number)),
            "money": lambda: self.formats.money(number),
            "count": lambda: self.formats.number(int(number)),
        }
        return written.get(unit, lambda: self.formats.number(number, 1))()

    def axis(self, mark: Decimal, unit: str) -> str:
        """Write a mark of a chart's axis."""
        return length(float(mark)) if unit == "seconds" else self.formats.number(mark.normalize() + 0)

    def behind(self, shown: Shown, row: Mapping[str, Any], cell: Mapping[str, Any]) -> str:
        """Return the address of the rows behind a figure."""
        told = report_asks.key_fields(shown.query.by, row["key"])
        if shown.query.across and cell["across"] is not None:
            told |= report_asks.key_fields((shown.query.across,), (cell["across"],))
        return report_asks.address(f"/office/reports/{shown.code}/rows", {**shown.fields, **told})

    def change(self, now: Cell, before: Cell, unit: str) -> str:
        """Write how a figure differs from the one before: points of a percentage, per cent of anything else."""
        if isinstance(now.value, str) or isinstance(before.value, str) or now.value is None or before.value is None:
            return ""
        difference = Decimal(now.value) - Decimal(before.value)
        if unit == "percent":
            return f"{_signed(difference, self.formats)} {self.say(N_('points'))}"
        if not before.value:
            return ""
        return f"{_signed(100 * difference / Decimal(before.value), self.formats)} %"

    def label(self, subject: Subject, dimension: str, text: str | None, name: str = "") -> str:
        """Write the value of a dimension: by its name where it has one, else in words for its code."""
        if text is None:
            return self.say(N_("not known"))
        known = subject.dimensions.get(dimension)
        if known is None or not text:
            return text or NOTHING
        if name and name != text:
            # What results of contacts are called is ours in English; what people named stays as it is.
            return self.say(name) if dimension == "disposition" else name
        if dimension == "weekday" and text in {"1", "2", "3", "4", "5", "6", "7"}:
            return str(get_day_names("abbreviated", locale=self.formats.locale)[int(text) - 1])
        if known.kind == "time":
            return self._moment(text)
        said = report_codes.of(subject.name, dimension, text)
        return self.say(said) if said else self.say(text) if text in known.buckets else text

    def _moment(self, text: str) -> str:
        try:
            if len(text) == len("2026-11-22"):
                return self.formats.day(date.fromisoformat(text))
            return self.formats.moment(datetime.fromisoformat(text))
        except ValueError:
            return text

    def column(self, subject: Subject, query: Query, column: Column) -> str:
        """Write what a column is called; in a pivot with the value it stands for."""
        title = self.title(column.title)
        if column.kind == "dimension" or not query.across:
            return title
        whole = self.say(N_("all"))
        part = whole if column.across is None else self.label(subject, query.across, column.across, column.label)
        return part if len(query.measures) == 1 else f"{part}: {title}"

    def rows(self, answer: Answer, query: Query) -> list[dict[str, Any]]:
        """Return an answer's rows as a page shows them."""
        subject = ANSWERED[query.subject]
        columns = [column for column in answer.columns if column.kind == "measure"]
        return [self._row(row, subject, query, columns) for row in answer.rows]

    def totals(self, answer: Answer, query: Query) -> dict[str, Any]:
        """Return the row of totals as a page shows it."""
        columns = [column for column in answer.columns if column.kind == "measure"]
        return self._row(answer.totals, ANSWERED[query.subject], query, columns)

    def _row(self, row: Row, subject: Subject, query: Query, columns: list[Column]) -> dict[str, Any]:
        before = row.before or (Cell(None),) * len(row.cells)
        return {
            "key": row.key,
            "labels": [
                self.label(subject, name, row.key[place], row.labels[place])
                for place, name in enumerate(query.by[: len(row.key)])
            ],
            "cells": [
                {
                    "text": self.figure(cell, column.unit),
                    "n": cell.n if column.unit in {"percent", "number"} or cell.value is None else None,
                    "n_text": "" if cell.n is None else self.formats.number(cell.n),
                    "was": self.figure(was, column.unit) if row.before else "",
                    "change": self.change(cell, was, column.unit) if row.before else "",
                    "across": column.across,
                    "none": cell.value is None,
                }
                for cell, was, column in zip(row.cells, before, columns, strict=False)
            ],
        }


def _signed(value: Decimal, formats: Formats) -> str:
    # A minus of typography: it stands as high and wide as the plus.
    sign = "+" if value > 0 else "\N{MINUS SIGN}" if value < 0 else "±"
    return f"{sign}{formats.number(abs(value), 1)}"
