"""Which subjects can be asked about: those whose facts are on record, with the measures and dimensions known (pure).

A subject that has no source is offered to nobody, nor a measure or a dimension that its source does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crm_core.reports.query import SUBJECTS, Query
from crm_core.reports.terms import Subject
from crm_core.store import report_sources_calls as calls
from crm_core.store import report_sources_menu as menu
from crm_core.store import report_sources_people as people
from crm_core.store import report_sources_work as work
from crm_core.store.report_source import TIMES, Source

SOURCES: Mapping[str, Source] = {
    "visits": calls.VISITS,
    "contacts": calls.CONTACTS,
    "offers": calls.OFFERS,
    "states": people.STATES,
    "walks": menu.WALKS,
    "steps": menu.STEPS,
    "attempts": work.ATTEMPTS,
    "promises": work.PROMISES,
    "readings": work.READINGS,
    "applications": work.APPLICATIONS,
    "payments": work.PAYMENTS,
    "invoices": work.INVOICES,
    "recordings": menu.RECORDINGS,
    "callbacks": menu.CALLBACKS,
    "marks": menu.MARKS,
    "tasks": work.TASKS,
}


def _narrowed(subject: Subject, source: Source) -> Subject:
    dimensions = {name: one for name, one in subject.dimensions.items() if name in TIMES or name in source.dimensions}
    measures = {name: one for name, one in subject.measures.items() if set(one.sums) <= source.sums.keys()}
    return replace(subject, measures=measures, dimensions=dimensions, drill=subject.drill and bool(source.behind))


ANSWERED: Mapping[str, Subject] = {
    name: _narrowed(subject, SOURCES[name]) for name, subject in SUBJECTS.items() if name in SOURCES
}
"""What can be asked: subjects with the measures and dimensions that are on record."""


def can_answer(query: Query) -> bool:
    """Whether every word of a question is on record."""
    subject = ANSWERED.get(query.subject)
    if subject is None:
        return False
    told_apart = {*query.by, *(one.dimension for one in query.filters), *([query.across] if query.across else [])}
    return told_apart <= subject.dimensions.keys() and set(query.measures) <= subject.measures.keys()
