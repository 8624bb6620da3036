"""Logs: one line an event, and nothing of subscribers that nobody chose to write."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from crm_core import logs

pytestmark = pytest.mark.unit


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.begin(stream)
    yield stream
    logging.basicConfig(level=level, handlers=handlers, force=True)
    structlog.reset_defaults()


def _fail() -> None:
    card = "Anna Petrova, +74951234567"
    raise LookupError(f"no such place\nDETAIL: Key (phone)=({card[-12:]}) exists")


def _fail_for_another_reason() -> None:
    try:
        _fail()
    except LookupError as error:
        raise RuntimeError("the card was not made") from error


def test_an_unforeseen_error_shows_where_it_was_and_no_values(said: io.StringIO) -> None:
    for tell in (_by_structlog, _by_logging):
        tell("request.broken")
        text = said.getvalue()
        assert "in _fail_for_another_reason" in text
        assert "in _fail\n" in text
        assert "builtins.RuntimeError: the card was not made" in text
        assert "Anna" not in text
        assert "+7495" not in text
        said.truncate(0)


def _by_structlog(what: str) -> None:
    try:
        _fail_for_another_reason()
    except RuntimeError:
        structlog.get_logger("t").exception(what, path="/x")


def _by_logging(what: str) -> None:
    try:
        _fail_for_another_reason()
    except RuntimeError:
        logging.getLogger("t").exception(what)


def test_every_line_of_a_traceback_is_set_in(said: io.StringIO) -> None:
    _by_structlog("request.broken")
    first, *rest = said.getvalue().splitlines()
    assert first.endswith("ERROR t: request.broken path='/x'")
    assert rest
    assert all(line.startswith("  ") for line in rest)


@given(st.text(max_size=80), st.text(max_size=80))
def test_no_value_begins_a_line_of_its_own(name: str, number: str) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs._Plain("%(levelname)s %(message)s"))
    record = logging.LogRecord("t", logging.INFO, "f", 1, "caller %s said %s", (name, number), None)
    handler.emit(record)
    assert len(stream.getvalue().splitlines()) == 1
    assert "\x1b" not in stream.getvalue()


def test_a_value_that_looks_like_a_place_for_one_is_none(said: io.StringIO) -> None:
    structlog.get_logger("t").warning("odd %s name", name="100 %d")
    assert said.getvalue().endswith("WARNING t: odd %s name name='100 %d'\n")


def test_an_error_with_itself_as_cause_ends() -> None:
    one = ValueError("a")
    one.__cause__ = one
    assert logs.told(one).count("ValueError") == 1


def test_groups_tell_what_is_in_them() -> None:
    text = logs.told(ExceptionGroup("two", [ValueError("a"), TypeError("b")]))
    assert "ValueError: a" in text
    assert "TypeError: b" in text


@pytest.mark.usefixtures("said")
def test_it_speaks_to_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    logs.begin()
    logging.getLogger("t").info("here")
    assert "INFO t: here" in capsys.readouterr().out
