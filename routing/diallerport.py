"""Who calls debtors, as the floor knows him: lives in its process, belongs to outbound (port); a fake beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncEngine

from crm_core.settings import Settings
from routing.dials import Answer, ByHand, Dial, DialNews, DialWish
from routing.outlook import Outlook


class Dialler(Protocol):
    """Decides whom to call, keeps the book of attempts."""

    async def past(self) -> tuple[Dial, ...]:
        """Return the attempts that are on record as open: this floor goes on with those the switch still has."""
        ...

    def join(self, wish: Callable[[DialWish], None], look: Callable[[], Outlook]) -> None:
        """Know how to wish, and how to look at the floor; called once, before `run`."""
        ...

    def report(self, news: DialNews | ByHand) -> None:
        """Take in what became of an attempt, or that an operator wishes one; returns at once."""
        ...

    def wake(self) -> None:
        """Look again now: a node is there."""
        ...

    async def run(self) -> None:
        """Call debtors for ever."""
        ...


NO_CAMPAIGNS = "debtor-campaign"
MakeDialler = Callable[[AsyncEngine, Settings], Dialler]


class NobodyDials:
    """A house without campaigns."""

    def __init__(self) -> None:
        self._wish: Callable[[DialWish], None] = lambda _: None

    async def past(self) -> tuple[Dial, ...]:
        """Nothing is open."""
        return ()

    def join(self, wish: Callable[[DialWish], None], look: Callable[[], Outlook]) -> None:  # noqa: ARG002 - nothing to see
        """Know how to say no."""
        self._wish = wish

    def report(self, news: DialNews | ByHand) -> None:
        """Nothing is kept; who wishes to call by hand is told that nobody does here."""
        if isinstance(news, ByHand):
            self._wish(Answer(operator_id=news.operator_id, wish_id=news.wish_id, refusal=NO_CAMPAIGNS))

    def wake(self) -> None:
        """Nothing to look for."""

    async def run(self) -> None:
        """Rest."""
        await asyncio.Event().wait()


def nobody_dials(_engine: AsyncEngine, _settings: Settings) -> Dialler:
    """Return who never calls anybody."""
    return NobodyDials()
