"""Pauses: keeps Python's collector of garbage out of the way of calls (shell)."""

from __future__ import annotations

import gc

YOUNG = 5_000
"""New objects until the collector looks at the young: a card is thousands, and most die without it."""


def shorten() -> None:
    """Leave what the process stands on out of every later collection; call it once, when all is loaded and wired.

    A full collection looks at all objects there are: a quarter of a million of code, templates and models are 25 ms
    in which no telephone rings, and none of them is ever garbage.
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 10, 10)
