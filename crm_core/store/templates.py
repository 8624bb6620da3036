"""Templates of documents in PostgreSQL: every version is kept, none is ever changed (shell)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.db import Writing
from crm_core.documents.placeholders import Fault
from crm_core.documents.render import judge
from crm_core.documents.wording import is_language
from crm_core.errors import NoSuchTemplate, TemplateChanged
from crm_core.store import access_log
from crm_core.tables import template_versions, templates, users
from crm_core.text import one_line

CODE = re.compile(r"[a-z][a-z0-9_]{0,29}")
KINDS = ("statement", "notice", "arrangement", "certificate")
"""What a template is for: a notice and an arrangement need something owed, an arrangement its terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A template in its newest version, or in the one that was asked for."""

    template_id: int
    code: str
    language: str
    title: str
    kind: str
    version: int
    retired: bool
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a template."""

    version: int
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A template as it was typed."""

    template_id: int = 0
    """What to change; 0 for a new one."""
    code: str
    language: str
    title: str
    kind: str
    body: str
    version: int = 0
    """The one the person saw."""
    retired: bool = False


_joined = templates.join(template_versions, template_versions.c.template_id == templates.c.id)
_columns = (
    templates.c.id, templates.c.code, templates.c.language, templates.c.title, templates.c.kind, templates.c.retired,
    template_versions.c.version, template_versions.c.body,
)  # fmt: skip


def _template(row: Any) -> Template:
    return Template(
        template_id=row.id,
        code=row.code,
        language=row.language,
        title=row.title,
        kind=row.kind,
        version=row.version,
        retired=row.retired,
        body=row.body,
    )


async def everyone(db: AsyncConnection, *, retired: bool = False, limit: int = 500) -> list[Template]:
    """Return templates in their newest versions, by code and language."""
    query = (
        select(*_columns)
        .select_from(_joined)
        .where(template_versions.c.version == templates.c.version)
        .order_by(templates.c.code, templates.c.language)
        .limit(limit)
    )
    if not retired:
        query = query.where(~templates.c.retired)
    return [_template(row) for row in await db.execute(query)]


async def one(db: AsyncConnection, template_id: int, version: int | None = None) -> Template:
    """Return a template, in its newest version when none is named.

    Raises:
        NoSuchTemplate: there is none of this key and version.

    """
    wanted = templates.c.version if version is None else version
    query = (
        select(*_columns)
        .select_from(_joined)
        .where(templates.c.id == template_id, template_versions.c.version == wanted)
    )
    row = (await db.execute(query)).one_or_none()
    if row is None:
        raise NoSuchTemplate(f"there is no template {template_id}")
    return _template(row)


async def versions(db: AsyncConnection, template_id: int, limit: int = 50) -> list[Version]:
    """Return the versions of a template, newest first."""
    query = (
        select(template_versions.c.version, template_versions.c.made_at, users.c.name)
        .outerjoin(users, users.c.id == template_versions.c.made_by)
        .where(template_versions.c.template_id == template_id)
        .order_by(template_versions.c.version.desc())
        .limit(limit)
    )
    return [
        Version(version=row.version, made_by=row.name or "", made_at=row.made_at) for row in await db.execute(query)
    ]


async def save(db: Writing, draft: Draft, by: int | None) -> int | list[Fault]:
    """Store a new template, or a new version of one.

    Args:
        db: a transaction.
        draft: as typed.
        by: who.

    Returns:
        The key, or every fault: then nothing is stored.

    Raises:
        NoSuchTemplate: what should be changed is not there.
        TemplateChanged: somebody else changed it meanwhile.

    """
    body = draft.body.replace("\r\n", "\n").replace("\x00", "")
    title, code = one_line(draft.title, 100), draft.code.strip().lower()
    faults = judge(body)
    faults += [] if title else [Fault(code="template-title")]
    faults += [] if CODE.fullmatch(code) else [Fault(code="template-code")]
    if not is_language(draft.language):
        faults.append(Fault(code="template-language", detail=one_line(draft.language, 10)))
    if faults:
        return faults
    values = {"title": title, "kind": draft.kind, "retired": draft.retired}
    if draft.template_id:
        await one(db, draft.template_id)
        version = draft.version + 1
        changed = (
            update(templates)
            .where(templates.c.id == draft.template_id, templates.c.version == draft.version)
            .values(values | {"version": version})
        )
        if not (await db.execute(changed)).rowcount:
            raise TemplateChanged(f"template {code} was changed by somebody else")
        key = draft.template_id
    else:
        version = 1
        added = insert(templates).values(values | {"code": code, "language": draft.language})
        try:
            async with db.begin_nested():
                key = int((await db.execute(added.returning(templates.c.id))).scalar_one())
        except IntegrityError:
            return [Fault(code="template-code-taken", detail=code)]
    await db.execute(insert(template_versions).values(template_id=key, version=version, body=body, made_by=by))
    told = f"{title}: version {version}{', retired' if draft.retired else ''}"
    await access_log.record(db, by, "templates.managed", f"template {key}", told)
    return key
