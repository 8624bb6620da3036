"""Reports are read in Russian whole: titles, what figures mean, and what codes are called."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from crm_core.reports.library import LIBRARY
from crm_core.reports.terms import Subject
from crm_core.store.report_sources import ANSWERED
from workstation import report_codes
from workstation.words import LOCALE_DIR, read_catalogue

pytestmark = pytest.mark.unit


def of_subject(subject: Subject) -> Iterator[str]:
    yield subject.title
    for measure in subject.measures.values():
        yield from (measure.title, measure.doc)
    for dimension in subject.dimensions.values():
        yield dimension.title
        if dimension.kind == "code":
            for code in dimension.buckets:
                yield report_codes.of(subject.name, dimension.name, code) or code


def test_every_word_of_the_library_and_of_what_can_be_asked_is_in_russian() -> None:
    known = {str(message.id) for message in read_catalogue(LOCALE_DIR, "ru") if message.id and message.string}
    said = [text for report in LIBRARY for text in (report.title, report.doc, report.group)]
    said += [text for subject in ANSWERED.values() for text in of_subject(subject)]
    assert [text for text in dict.fromkeys(said) if text not in known and not text.isdigit()] == []


def test_words_are_given_for_dimensions_that_there_are() -> None:
    there = {one for subject in ANSWERED.values() for one in subject.dimensions}
    for name in report_codes.CODES:
        subject, _, dimension = name.rpartition(".")
        assert dimension in (ANSWERED[subject].dimensions if subject else there), name


def test_the_same_code_means_another_thing_of_another_subject() -> None:
    assert report_codes.of("payments", "channel", "office") == "Office"
    assert report_codes.of("recordings", "state", "kept") != report_codes.of("promises", "state", "kept")
    assert report_codes.of("contacts", "topic", "meter") == ""
