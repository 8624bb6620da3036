"""Pages: what operators can do: skills with levels, languages, queues in order of preference (shell)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core.db import reading, transaction
from crm_core.store import dispatch as store
from crm_core.store.dispatch import Able
from routing.skills import HIGHEST, QUEUE
from workstation.deps import PartsDep, Sent, Who
from workstation.forms import Form
from workstation.office.base import cut, done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office")
PAGE = 50
MOST = 40
"""Skills or queues of one operator."""
SKILL = re.compile(r"([a-z0-9][a-z0-9_-]{0,39})(?::([1-9]))?")
LANGUAGE = re.compile(r"[a-z]{2,3}")
BAD_SKILL = N_("{text} is no skill: small Latin letters, digits, _ and -, then a level as in payments:3.")
BAD_QUEUE = N_("{text} is no queue: its name, then which choice it is, as in debts:2.")
BAD_LANGUAGE = N_("{text} is no language: two letters, as in ru.")
TWICE = N_("{text} stands there twice.")
TOO_MANY = N_("At most {most}.")
done_sentences({"skills-saved": N_("Saved: it counts from now on, for who is at work too.")})


@router.get("/skills")
async def table(request: Request, parts: PartsDep, who: Who) -> Response:
    """Show a table of operators to be edited."""
    async with reading(parts.engine) as db:
        people = await store.operators(db, after=request.query_params.get("after", "")[:20], limit=PAGE + 1)
    shown, more = cut(people, PAGE, _extension)
    values: dict[str, str] = {}
    for one in shown:
        values |= typed(one)
    return show(request, who, "skills.html", form=form_of(request, who, values), rows=shown, more=more,
                highest=HIGHEST)  # fmt: skip


def _extension(one: Able) -> str:
    return one.extension


@router.post("/skills")
async def save(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Save what changed of the operators in the table; one slip and nothing is changed, and all typed stays."""
    form = form_of(request, who, sent)
    keys = [int(name.removeprefix("skills_")) for name in sent if re.fullmatch(r"skills_\d{1,9}", name)][:PAGE]
    async with reading(parts.engine) as db:
        people = {one.operator_id: one for one in await store.operators(db)}
    able = {key: read(form, key) for key in keys}
    if not form.fine:
        rows = [people[key] for key in keys if key in people]
        return show(request, who, "skills.html", status=422, form=form, rows=rows, more=None, highest=HIGHEST)
    changed = {key: wanted for key, wanted in able.items() if key not in people or wanted != _written(people[key])}
    async with transaction(parts.engine) as db:
        await once(db, who, sent)
        await store.set_able(db, changed, who.user_id)
    return go("/office/skills", "skills-saved")


def typed(one: Able) -> Mapping[str, str]:
    """Return an operator's fields as they are typed."""
    return fields(one.operator_id, one.skills, one.languages)


def fields(key: int, skills: Iterable[str], languages: Iterable[str]) -> dict[str, str]:
    """Return the fields of an operator, his queues apart from his skills."""
    texts = list(skills)
    return {
        f"skills_{key}": ", ".join(text for text in texts if not text.startswith(QUEUE)),
        f"queues_{key}": ", ".join(text.removeprefix(QUEUE) for text in texts if text.startswith(QUEUE)),
        f"languages_{key}": ", ".join(languages),
    }


def read(form: Form, key: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read skills and languages of an operator from what was typed."""
    skills = listed(form, f"skills_{key}", SKILL, BAD_SKILL)
    queues = listed(form, f"queues_{key}", SKILL, BAD_QUEUE)
    languages = listed(form, f"languages_{key}", LANGUAGE, BAD_LANGUAGE)
    return (*skills, *(f"{QUEUE}{one}" for one in queues)), tuple(languages)


def listed(form: Form, name: str, pattern: re.Pattern[str], sentence: str) -> list[str]:
    """Read what stands in a field with commas between it; `sentence` says what is wrong with a text that is none."""
    texts = form.text(name, 1000).replace(";", ",").split(",")
    found: list[str] = []
    for one in filter(None, (text.strip().lower() for text in texts)):
        if not pattern.fullmatch(one):
            form.refuse(name, sentence, text=one[:40])
        elif one.partition(":")[0] in {text.partition(":")[0] for text in found}:
            form.refuse(name, TWICE, text=one[:40])
        found.append(one)
    if len(found) > MOST:
        form.refuse(name, TOO_MANY, most=MOST)
    return found


def _written(one: Able) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return one.skills, one.languages
