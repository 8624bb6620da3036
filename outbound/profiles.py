"""The contact law in force: what was published here, and what was shipped where nothing was (shell)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from crm_core.store import law_texts
from outbound.law import text
from outbound.law.profile import Profile


async def in_force(db: AsyncConnection) -> Mapping[str, Profile]:
    """Return every profile by its code.

    Raises:
        ProfileError: a published text cannot be read any more.

    """
    ours = {one.code: text.parse(one.body, one.version) for one in await law_texts.published(db)}
    return {code: text.shipped(code) for code in text.texts()} | ours
