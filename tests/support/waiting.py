"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PAUSE = 0.01


def until(condition: Callable[[], T], seconds: float = 10.0, what: str = "") -> T:
    """Return the first truthy answer of `condition`.

    Raises:
        AssertionError: it stayed falsy for `seconds`; the message says `what` was awaited.

    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what or condition}")
        time.sleep(PAUSE)


async def eventually(condition: Callable[[], T | Awaitable[T]], seconds: float = 10.0, what: str = "") -> T:
    """Return the first truthy answer of `condition`, which may be a coroutine function; the loop goes on meanwhile.

    Raises:
        AssertionError: it stayed falsy for `seconds`.

    """
    deadline = time.monotonic() + seconds
    while True:
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return answer  # type: ignore[return-value]
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what or condition}")
        await asyncio.sleep(PAUSE)
