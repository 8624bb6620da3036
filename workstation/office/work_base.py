"""What pages of work share: who moves, keys from addresses, lists people choose from (shell)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing, transaction
from crm_core.errors import CrmError
from crm_core.store import access_log, subscribers, teams
from crm_core.work.fields import Defect, Field, FieldKind, named
from crm_core.work.forms import Fault, Place, Site, judge
from crm_core.work.jobs import site_of
from crm_core.work.lives import Mover
from workstation.access import Person
from workstation.deps import Parts, address, number, translate
from workstation.errors import Missing
from workstation.faults import defects_told, told
from workstation.forms import Form
from workstation.office.base import once
from workstation.sentences import Translate, sentence

PAGE = 50
TYPED = "f_"
"""Fields of a kind's form are named `f_<code>` on a page."""


def key(text: str) -> int:
    """Return a key of an address.

    Raises:
        Missing: it is none.

    """
    found = number(text)
    if found is None:
        raise Missing("no-such-work")
    return found


def mover(who: Person) -> Mover:
    """Return who moves something."""
    return Mover(user_id=who.user_id, role=who.role)


def site(parts: Parts) -> Site:
    """Return where the utility is."""
    return site_of(parts.settings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What somebody sent to a page, with everything it takes to carry it out."""

    request: Request
    parts: Parts
    who: Person
    sent: dict[str, str]

    @property
    def form(self) -> Form:
        """What was sent, as a form."""
        return Form(self.sent, translate(self.request, self.who))

    async def do(self, work: Callable[[Writing], Awaitable[object]], action: str, what: str, said: str = "") -> Form:
        """Carry something out once, in one transaction, and write it down; return the form with what the base refused.

        Args:
            work: does it.
            action: for the access log.
            what: what it is done to.
            said: the reason, for the access log.

        """
        form = self.form
        try:
            async with transaction(self.parts.engine) as db:
                await once(db, self.who, self.sent)
                await work(db)
                await access_log.record(db, self.who.user_id, action, what, said, address(self.request))
        except CrmError as error:
            if error.status == 404 or error.status >= 500:
                raise
            refused(self.request, self.who, form, error)
        return form


async def people_and_teams(db: AsyncConnection, who: Person) -> dict[str, Any]:
    """Return whom work can be given to, as pairs for a list to choose from, and the teams of who asks."""
    found = await teams.everyone(db)
    return {
        "people": [(one.user_id, one.name) for one in await teams.workers(db)],
        "teams": [(one.code, named(one.titles, who.language)) for one in found],
        "team_titles": {one.code: named(one.titles, who.language) for one in found},
        "my_teams": await teams.of_user(db, who.user_id),
    }


async def account_named(db: AsyncConnection, text: str) -> Any:
    """Return the account that a key or an account number means, None when there is none."""
    plain = "".join(text.split()).replace("-", "")
    if not plain.isascii() or not plain.isdecimal() or len(plain) > 12:
        return None
    by_number = await subscribers.by_account_number(db, plain)
    if by_number is not None:
        return by_number
    wanted = number(plain)
    found = await subscribers.candidates(db, [wanted]) if wanted else []
    return found[0] if found else None


def typed(sent: Mapping[str, str], prefix: str = TYPED) -> dict[str, object]:
    """Return what was typed into the fields of a form, by the field's code."""
    return {name.removeprefix(prefix): value for name, value in sent.items() if name.startswith(prefix)}


def note_faults(request: Request, who: Person, form: Form, faults: Mapping[str, Fault], prefix: str = TYPED) -> None:
    """Put the sentences of a judged form beside its fields; those without a field stand over the form."""
    said = told(faults, translate(request, who), prefix)
    form.errors.update(said)
    stray = [text for name, text in said.items() if name not in form.values]
    if stray and "form" not in form.errors and not set(said) & set(form.values):
        form.errors["form"] = stray[0]


def note_defects(
    form: Form, defects: Iterable[Defect], words: Translate, where: Callable[[Defect], str], lines: str = "form"
) -> None:
    """Put what is wrong with a definition beside the field it was typed into.

    Args:
        form: as it was sent.
        defects: what is wrong.
        words: of the reader.
        where: returns the page's field, "" for a line of `lines`; the line is named before its sentence.
        lines: the field that is typed in lines, or "form" where there is none.

    """
    said: dict[str, list[str]] = {}
    for one in defects:
        name = where(one)
        said.setdefault(name or lines, []).append(sentence(one.code, words) if name else defects_told([one], words))
    for name, sentences in said.items():
        form.errors.setdefault(name, "\n".join(sentences))


def words_missing(form: Form) -> None:
    """Put a refused step's sentence beside its words too, when there were none."""
    if "form" in form.errors and "step" in form.values and not form.values.get("said", "").strip():
        form.errors["said"] = form.errors["form"]


def refused(request: Request, who: Person, form: Form, error: CrmError) -> None:
    """Say over a form why the base did not carry it out."""
    detail = str(error) if error.code == "bad-value" else sentence(error.code, translate(request, who))
    form.errors["form"] = detail


def moment(text: str, parts: Parts, now: datetime) -> datetime | None:
    """Read a day and time of day as typed, at the utility; None when it is none."""
    asked = Field(code="at", kind=FieldKind.MOMENT, titles={})
    place = Place(today=now.date(), time_zone=parts.settings.time_zone)
    value = judge([asked], {"at": text}, place).values.get("at")
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def local(at: datetime, parts: Parts) -> str:
    """Write a moment as a field of day and time takes it."""
    return f"{at.astimezone(ZoneInfo(parts.settings.time_zone)):%Y-%m-%dT%H:%M}"


def pairs(values: Sequence[str], titles: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return codes with what they are called."""
    return [(value, titles.get(value, value)) for value in values]
