"""The sample sign-ins: made once with generated passwords, kept where only the owner reads (shell)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

from crm_core import access, db, passwords
from crm_core.access import Role
from crm_core.errors import NoFreeExtension
from crm_core.settings import Settings
from crm_core.store import users
from deploy import folders

SAMPLE = (
    ("anna", "Anna Orlova", Role.OPERATOR, ("en", "ru")),
    ("boris", "Boris Lind", Role.OPERATOR, ("en", "ru")),
    ("chen", "Chen Wei", Role.OPERATOR, ("en",)),
    ("dina", "Dina Hart", Role.OPERATOR, ("ru",)),
    ("vera", "Vera Stone", Role.SUPERVISOR, ("en", "ru")),
    ("mark", "Mark Weber", Role.MANAGER, ("en", "ru")),
    ("nina", "Nina Sokol", Role.MANAGER, ("en", "ru")),
    ("otto", "Otto Brandt", Role.AUDITOR, ("en",)),
    ("admin", "Administrator", Role.ADMINISTRATOR, ("en",)),
)
"""Login, name, role and languages spoken; all invented. Two managers: what one asks for the other approves."""


def notes(run_dir: Path) -> Path:
    """Return the file with the sample sign-ins."""
    return run_dir / "sign-ins.txt"


async def create(settings: Settings, new: users.NewUser) -> users.User:
    """Make one user; who uses a telephone is given the lowest free one.

    Raises:
        NoFreeExtension: of an operator; a supervisor without a telephone only watches.

    """
    engine = db.engine(settings)
    try:
        async with db.transaction(engine) as connection:
            if access.has_telephone(new.role) and new.extension is None:
                free = None
                with suppress(*(() if new.role is Role.OPERATOR else (NoFreeExtension,))):
                    free = await users.free_extension(connection, settings.first_extension, settings.lines)
                new = users.NewUser(
                    login=new.login,
                    name=new.name,
                    role=new.role,
                    password=new.password,
                    extension=free,
                    language=new.language,
                    languages=new.languages,
                    skills=new.skills,
                )
            return await users.create(connection, new)
    finally:
        await engine.dispose()


async def _anybody(settings: Settings) -> bool:
    engine = db.engine(settings)
    try:
        async with db.reading(engine) as connection:
            return bool(await users.everyone(connection))
    finally:
        await engine.dispose()


def provide(settings: Settings) -> bool:
    """Make the sample sign-ins when the house has no users at all; return whether it had none."""
    return asyncio.run(_provide(settings))


async def _provide(settings: Settings) -> bool:
    if await _anybody(settings):
        return False
    lines = [f"{'sign-in':<10}{'password':<20}{'role':<15}telephone"]
    for login, name, role, languages in SAMPLE:
        password = passwords.generated()
        new = users.NewUser(login=login, name=name, role=role, password=password, languages=languages)
        user = await create(settings, new)
        lines.append(f"{login:<10}{password:<20}{role.value:<15}{user.extension or ''}".rstrip())
    folders.write_private(notes(settings.run_dir), "\n".join(lines) + "\n")
    return True
