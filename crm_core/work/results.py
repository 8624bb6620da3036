"""How a contact can end, as data: what a result needs, what follows it, when to try again, what it counts as (pure).

Groups, flags and codes are DOMAIN.md D4; a utility may add results of its own, change theirs and retire any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from crm_core.access import Role
from crm_core.work import fields as forms
from crm_core.work.fields import Defect, Evidence, Field, FieldKind

CODE = re.compile(r"[A-Z][A-Z0-9_]{1,23}")
FLAGS = "HRCFSD"
"""H human answered, R right party, C commitment, F final, S suppress, D needs data."""
T = TypeVar("T", bound=StrEnum)
LAST = 500
"""Place in the list of what has none of its own."""
MOST_TRIES, LONGEST_RETRY_MINUTES = 20, 60 * 24 * 90


class Group(StrEnum):
    """What kind of result it is."""

    SYSTEM = "system"
    RIGHT_PARTY = "right_party"
    OTHER_PARTY = "other_party"
    """Somebody answered, but not whom we wanted."""
    SERVICE = "service"


class Next(StrEnum):
    """What follows."""

    NOTHING = ""
    CALL_BACK = "call_back"
    CHECK_PROMISE = "check_promise"
    CHECK_PAYMENT = "check_payment"
    OPEN_DISPUTE = "open_dispute"
    OPEN_APPLICATION = "open_application"
    FIX_NUMBER = "fix_number"
    CHECK_PERSON = "check_person"
    """The person moved, died, is represented: somebody looks at the card."""
    REVIEW = "review"


class Kpi(StrEnum):
    """What it counts as in figures (DOMAIN.md B5)."""

    NONE = ""
    RESOLVED = "resolved"
    PROMISE = "promise"
    PAID = "paid"
    REFUSAL = "refusal"
    CONTACT = "contact"
    """A right party, nothing agreed."""
    NO_CONTACT = "no_contact"
    COMPLAINT = "complaint"
    TRANSFER = "transfer"
    ABANDONED = "abandoned"
    DROPPED = "dropped"
    """Somebody answered our call, and no operator was free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When an outgoing call is tried again."""

    after_minutes: int
    tries: int
    """At most, the first included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One way a contact can end."""

    code: str
    titles: Mapping[str, str]
    group: Group
    flags: str = ""
    needs: tuple[Field, ...] = ()
    next: Next = Next.NOTHING
    retry: Retry | None = None
    kpi: Kpi = Kpi.NONE
    role: str = ""
    """Who may choose it besides leads; "" is everybody."""
    retired: bool = False
    position: int = 0

    @property
    def category(self) -> str:
        """Which list people choose from it in; see `store.dispositions.CHOSEN`."""
        return {Group.SYSTEM: "system", Group.SERVICE: "service"}.get(self.group, "collections")


def read(code: str, data: Mapping[str, object]) -> tuple[Result | None, tuple[Defect, ...]]:
    """Read a result as it came from a page, a token or the database: the result, or what is wrong with it.

    Args:
        code: what it is known by.
        data: `titles`, `group`, `flags`, `needs`, `next`, `retry`, `kpi`, `role`, `retired`, `position`.

    """
    wrong: list[Defect] = []
    if not CODE.fullmatch(code):
        wrong.append(Defect(code="result-bad-code", place=code[:24]))
    titles = forms.words(data.get("titles"))
    if not titles.get("en"):
        wrong.append(Defect(code="form-no-title", place=code))
    flags = str(data.get("flags", ""))
    if any(sign not in FLAGS for sign in flags) or len(set(flags)) != len(flags):
        wrong.append(Defect(code="result-flags", place=code))
    needs, defects = forms.read(data.get("needs", []))
    wrong += defects
    group = _one_of(Group, data.get("group"), "group", wrong)
    follows = _one_of(Next, data.get("next", ""), "next", wrong)
    kpi = _one_of(Kpi, data.get("kpi", ""), "kpi", wrong)
    role = str(data.get("role", ""))
    if role and role not in list(Role):
        wrong.append(Defect(code="form-bad-kind", place="role"))
    retry = _retry(data.get("retry"), wrong)
    position = data.get("position", LAST)
    if wrong or group is None or follows is None or kpi is None:
        return None, tuple(wrong)
    ordered = "".join(sign for sign in FLAGS if sign in flags and sign != "D") + (
        "D" if any(one.required for one in needs) else ""
    )
    return Result(
        code=code, titles=titles, group=group, flags=ordered, needs=needs, next=follows, retry=retry, kpi=kpi,
        role=role, retired=bool(data.get("retired", False)), position=position if isinstance(position, int) else LAST,
    ), ()  # fmt: skip


def _one_of(kind: type[T], value: object, place: str, wrong: list[Defect]) -> T | None:
    try:
        return kind(str(value))
    except ValueError:
        wrong.append(Defect(code="form-bad-kind", place=place))
        return None


def _retry(data: object, wrong: list[Defect]) -> Retry | None:
    if not data:
        return None
    after, tries = (data.get("after_minutes"), data.get("tries")) if isinstance(data, Mapping) else (None, None)
    if not isinstance(after, int) or not isinstance(tries, int):
        wrong.append(Defect(code="result-retry", place="retry"))
        return None
    if not 0 < after <= LONGEST_RETRY_MINUTES or not 1 < tries <= MOST_TRIES:
        wrong.append(Defect(code="result-retry", place="retry"))
        return None
    return Retry(after_minutes=after, tries=tries)


def next_try(retry: Retry | None, tried: int, last: datetime) -> datetime | None:
    """Return when to try again after `tried` tries, None when no more; who may be called when is not decided here."""
    if retry is None or tried >= retry.tries:
        return None
    return last + timedelta(minutes=retry.after_minutes)


def promised(values: Mapping[str, object], needs: Sequence[Field]) -> tuple[Decimal, date] | None:
    """Return what the data of a result promise: how much, and until which day; None when they promise nothing."""
    said = {one.evidence: values.get(one.code) for one in needs}
    amount, day = said.get(Evidence.PROMISED_AMOUNT), said.get(Evidence.PROMISED_DATE)
    if not isinstance(amount, str) or not isinstance(day, str):
        return None
    return Decimal(amount), date.fromisoformat(day)


def follow_up(values: Mapping[str, object], needs: Sequence[Field]) -> datetime | None:
    """Return the moment the data of a result speak of, for a task that follows it; None when they speak of none."""
    for one in needs:
        if one.kind is FieldKind.MOMENT and isinstance(value := values.get(one.code), str):
            return datetime.fromisoformat(value)
    return None
