"""Reports that come by themselves: made for each reader within what he leads, and a link mailed (shell).

The mail says which report and where to fetch it, once; no figure and no name travels in it. What a schedule may do is
judged each time it runs: an owner who was locked out or may not send reports any more sends none.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from crm_core import clock
from crm_core.access import Action, Role
from crm_core.access import may as role_may
from crm_core.db import engine as open_engine
from crm_core.db import reading, transaction
from crm_core.errors import CrmError, NoSuchReport
from crm_core.reports import sending
from crm_core.settings import Settings
from crm_core.store import access_log, phone_service, report_sendings, users
from crm_core.store.phone_service import NewLetter
from crm_core.store.report_sendings import NewFile, Schedule
from workstation import report_asks, report_files, reporting
from workstation.access import Person
from workstation.formats import Formats
from workstation.report_words import Words
from workstation.sentences import N_
from workstation.words import Language, load_languages

SUBJECT = N_("{utility}: {report}")
BODY = N_("The report is ready. It can be fetched once, until {day}:\n{link}")
ANY = N_("a report")
REASON = "sent by schedule {number}"
MOST_PATIENCE = timedelta(days=2)
"""A run that is later than this is left out: nobody waits for the report of last week any more."""
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A file for one reader, not on record yet."""

    new: NewFile
    letter: NewLetter | None
    path: Path


def send() -> None:
    """Make and send what is due, delete what is over (`crm_core.schedule`)."""
    settings = Settings()  # type: ignore[call-arg]  # the environment brings them
    asyncio.run(_send(settings))


async def _send(settings: Settings) -> None:
    engine = open_engine(settings, name="busbar-reports", size=2)
    try:
        await sent(settings, engine, clock.now())
        await swept(settings, engine, clock.now())
    finally:
        await engine.dispose()


async def sent(settings: Settings, engine: AsyncEngine, now: datetime) -> int:
    """Run every schedule that is due; return how many files were made.

    A run and what it makes are committed together: a worker that dies in the middle leaves files that nobody knows of,
    and the next one makes them anew.
    """
    total = 0
    while True:
        async with transaction(engine) as db:
            due = await report_sendings.due(db, now, limit=1)
            if not due:
                return total
            files, trouble = await _run(settings, engine, due[0], now)
            for made in files:
                if await report_sendings.keep(db, made.new) is not None and made.letter is not None:
                    await phone_service.send_later(db, made.letter)
            one = due[0]
            after = sending.next_at(
                one.every, weekday=one.weekday, day=one.day, at_minute=one.at_minute, zone=settings.time_zone, after=now
            )
            await report_sendings.ran(db, one.schedule_id, after, now, trouble)
            told = trouble or f"{len(files)} files of {one.report}"
            await access_log.record(db, one.owner_id, "report.sent", f"schedule {one.schedule_id}", told)
        total += len(files)


async def _run(settings: Settings, engine: AsyncEngine, one: Schedule, now: datetime) -> tuple[list[Made], str]:
    if now - one.next_at > MOST_PATIENCE:
        return [], "late by more than two days: left out"
    async with reading(engine) as db:
        owner = await _person(db, one.owner_id, Action.SCHEDULE_REPORTS)
        if owner is None:
            return [], "its owner may not send reports any more"
        people = [await _person(db, key, Action.SEE_REPORTS) for key in one.people]
    readers = [(person, "") for person in people if person is not None]
    readers += [(owner, address) for address in one.addresses if sending.goes_to(address, settings.report_domains)]
    made: list[Made] = []
    try:
        async with reading(engine) as db:
            made.extend([await _made(settings, db, one, person, address, now) for person, address in readers])
    except CrmError as error:
        for done in made:
            done.path.unlink(missing_ok=True)
        return [], str(error)
    return made, "" if made else "nobody is left to send it to"


async def _person(db: AsyncConnection, user_id: int, action: Action) -> Person | None:
    """Return somebody as who he is now; None when he may not do this any more."""
    found = await users.by_id(db, user_id)
    if found is None or not found.active or not role_may(found.role, action):
        return None
    return Person(
        user_id=found.user_id, login=found.login, name=found.name, role=Role(found.role),
        extension=found.extension or "", language=found.language, languages=found.languages, skills=found.skills,
        csrf="", token="",
    )  # fmt: skip


async def _made(  # noqa: PLR0913, PLR0917 -- of which schedule, for whom, when
    settings: Settings, db: AsyncConnection, one: Schedule, person: Person, address: str, now: datetime
) -> Made:
    shown = await reporting.found(db, settings, person, one.report)
    if address and report_asks.names_people(shown.query):
        raise NoSuchReport("the report names people who work here: it goes to nobody outside")
    answer = await reporting.answered(db, shown, person)
    if answer is None:
        raise NoSuchReport("the report asks for what is not known any more: open it and mend it")
    language = _language(person.language)
    words = Words(language.words.gettext, Formats(language.code, settings.time_zone, settings.currency))
    mark = report_files.ReportMark(
        export_id=0, user=address or person.name, at=now, utility=settings.utility,
        reason=REASON.format(number=one.schedule_id), report=one.report,
    )  # fmt: skip
    path = await asyncio.to_thread(report_files.write, settings, shown, answer, one.form, mark, words)
    token, expires = secrets.token_urlsafe(32), now + timedelta(hours=settings.export_hours)
    new = NewFile(
        schedule_id=one.schedule_id, due_at=one.next_at, user_id=None if address else person.user_id, address=address,
        title=shown.title, form=one.form, stored=path.name, token=token, rows=len(answer.rows), made_at=now,
        expires_at=expires,
    )  # fmt: skip
    # A title of somebody's own may say anything: the mail names reports of the library only.
    title = words.title(shown.title) if shown.saved is None else words.say(ANY)
    body = words.say(BODY).format(day=words.formats.moment(expires), link=f"{origin(settings)}/report-files/{token}")
    letter = NewLetter(
        channel="email", address=address, subject=words.say(SUBJECT).format(utility=settings.utility, report=title),
        body=body, language=language.code, account_id=None,
        once=f"report-{one.schedule_id}-{one.next_at:%Y%m%d%H%M}-{one.addresses.index(address)}" if address else "",
    )  # fmt: skip
    return Made(new=new, letter=letter if address else None, path=path)


def origin(settings: Settings) -> str:
    """Return the address under which people reach the house."""
    return settings.web_origin or f"http://{settings.web_host}:{settings.web_port}"


def _language(code: str) -> Language:
    languages = load_languages()
    return languages.get(code) or languages["en"]


async def swept(settings: Settings, engine: AsyncEngine, now: datetime) -> int:
    """Delete files whose time is over; return how many."""
    async with transaction(engine) as db:
        over = await report_sendings.over(db, now)
    for one in over:
        (report_files.folder(settings) / one.stored).unlink(missing_ok=True)
    return len(over)
