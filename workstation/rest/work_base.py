"""What routes of work share: who moves, where we are, and words of a caller's language (shell)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import Depends, Path, Request

from crm_core.work.fields import Defect
from crm_core.work.forms import Fault, Site
from crm_core.work.jobs import site_of
from crm_core.work.lives import Mover
from workstation.deps import Parts, parts_of
from workstation.errors import Refused
from workstation.faults import defects_told, told
from workstation.rest.caller import Caller
from workstation.rest.paging import Ask

KEY = Path(ge=1, lt=2**31)
CODE = Path(pattern=r"^[a-z][a-z0-9_]{0,29}$")
RESULT = Path(pattern=r"^[A-Z][A-Z0-9_]{1,23}$")


def site(request: Request) -> Site:
    """Return where the utility is."""
    return site_of(parts_of(request).settings)


SiteDep = Annotated[Site, Depends(site)]
PartsOf = Annotated[Parts, Depends(parts_of)]


def mover(caller: Caller) -> Mover:
    """Return who moves something."""
    return Mover(user_id=caller.user_id, role=caller.role)


def unfit(parts: Parts, caller: Caller, faults: Mapping[str, Fault]) -> Refused:
    """Return the refusal of a form that is not right, field by field."""
    return Refused(told(faults, parts.templates.translation(caller.language), "values."))


def senseless(parts: Parts, caller: Caller, defects: Sequence[Defect], place: str) -> Refused:
    """Return the refusal of a definition that makes no sense."""
    return Refused({place: defects_told(defects, parts.templates.translation(caller.language))})


def after(ask: Ask) -> int | None:
    """Return the key a page begins after."""
    return None if ask.after is None else int(ask.after[0])
