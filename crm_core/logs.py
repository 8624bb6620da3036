"""How processes write their logs: one line an event, nothing personal that nobody chose to write (shell).

What an unforeseen error carries belongs to subscribers: local variables hold cards, a statement's parameters names, a
database's DETAIL line the value itself. So a traceback shows where, and of each error its type and first line, and
`crm_core.db` hides parameters. Callers' names and operators' words are hostile: control characters are spelled out, so
that no value can begin a line of its own or steer a terminal (OWASP Logging Cheat Sheet, "Log injection").
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from types import TracebackType
from typing import IO

import structlog
from structlog.typing import EventDict, Processor

LONGEST = 300
"""Of an error's own words."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 controls, line separators, and what turns the direction of writing."""
DEEPEST = 10
"""Errors shown of a chain of causes."""

Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def tame(text: str) -> str:
    """Return a text that stays on its line: control characters are spelled out."""
    return CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def told(error: BaseException) -> str:
    """Return an error and what caused it over several lines: where, which kind, and its first line; no values."""
    parts: list[str] = []
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen and len(seen) < DEEPEST:
        seen.add(id(one))
        frames = traceback.extract_tb(one.__traceback__)
        words = tame((str(one).strip().splitlines() or [""])[0][:LONGEST])
        parts.append("".join([*frames.format(), f"  {type(one).__module__}.{type(one).__qualname__}: {words}"]))
        if isinstance(one, BaseExceptionGroup):
            parts.extend(told(inner) for inner in one.exceptions[:DEEPEST])
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "\n  after\n".join(parts)


class _Plain(logging.Formatter):
    """One line for each record; a traceback's lines are set in."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        return line.replace("\n", "\n  ")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - its name in the library
        record.message = tame(record.message)
        return super().formatMessage(record)

    def formatException(self, ei: Raised) -> str:  # noqa: N802 - its name in the library
        return told(ei[1]) if ei[1] is not None else ""

    def formatStack(self, stack_info: str) -> str:  # noqa: N802 - its name in the library
        return stack_info


def _with_error(_: object, __: str, event: EventDict) -> EventDict:
    """Hand an error on to the record, where `_Plain` words it."""
    found = event.pop("exc_info", None)
    if found:
        event["_exc_info"] = found
    return event


_key_values = structlog.processors.KeyValueRenderer(sort_keys=False)


def _as_record(logger: object, name: str, event: EventDict) -> tuple[tuple[str], dict[str, object]]:
    what, error = str(event.pop("event", "")), event.pop("_exc_info", None)
    rest = str(_key_values(logger, name, event)) if event else ""
    # `%` in a value is no place for an argument: there are none.
    return (f"{what} {rest}".rstrip(),), {"exc_info": error} if error else {}


PROCESSORS: tuple[Processor, ...] = (
    structlog.stdlib.filter_by_level,
    structlog.contextvars.merge_contextvars,
    _with_error,
    _as_record,
)


def begin(stream: IO[str] | None = None, level: int = logging.INFO) -> None:
    """Let this process log to standard output, or to `stream`; once, before anything else."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(_Plain("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    structlog.configure(
        processors=list(PROCESSORS),
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
