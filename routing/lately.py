"""Who spoke to whom last: bounded, the longest unspoken-to is forgotten first (pure)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from routing.views import OperatorId

REMEMBERED = 40_000
"""Accounts and numbers; a day and a half of a busy centre, in some ten megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """An operator spoke to a caller."""

    operator_id: OperatorId
    number: str = ""
    account_id: int | None = None


class Lately:
    """The last operator of each account and of each telephone number."""

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._last: OrderedDict[str | int, OperatorId] = OrderedDict()

    def note(self, spoken: Spoken) -> None:
        """Remember the newest."""
        for key in (spoken.account_id, spoken.number):
            if key:
                self._last[key] = spoken.operator_id
                self._last.move_to_end(key)
        while len(self._last) > self._remembered:
            self._last.popitem(last=False)

    def whom(self, number: str, account_id: int | None) -> OperatorId | None:
        """Return who spoke last about the account, else to the number; None when nobody did, or long ago."""
        return self._last.get(account_id or "") or self._last.get(number)
