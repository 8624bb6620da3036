"""What every form that changes a customer does: keys and versions read, faults told, the change logged (shell)."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import Request

from crm_core import clock, parties
from crm_core.access import Action
from crm_core.db import Writing
from crm_core.store import access_log
from crm_core.store.parties import By
from workstation import parties as words
from workstation.access import Person
from workstation.deps import address, number, translate
from workstation.errors import Missing
from workstation.forms import Form


def key_of(text: str) -> int:
    """Return the key that an address names.

    Raises:
        Missing: it is none.

    """
    key = number(text)
    if key is None:
        raise Missing("no-such-page")
    return key


def version_of(sent: Mapping[str, str]) -> int:
    """Return which version the form was shown with; 0, which nothing has, when it does not say."""
    return number(sent.get("version")) or 0


def by(who: Person, form: Form) -> By:
    """Return who changes something, now, and why."""
    return By(user_id=who.user_id, now=clock.now(), reason=form.text("reason", parties.LONGEST_NOTE))


def refuse(form: Form, faults: Mapping[str, parties.Fault], request: Request, who: Person) -> None:
    """Say what is wrong with each field; what the form itself found stays."""
    for field, said in words.sentences(faults, translate(request, who)).items():
        form.errors.setdefault(field, said)


async def note(db: Writing, request: Request, who: Person, object_: str, form: Form) -> None:
    """Write down who changed what, in the transaction of the change."""
    reason = form.text("reason", parties.LONGEST_NOTE)
    await access_log.record(db, who.user_id, Action.CHANGE_CUSTOMER, object_, reason, address(request))
