"""Pages of people who work here: made, changed, locked out; links by which they set a password themselves (shell)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from crm_core import access, clock, passwords
from crm_core.access import Action, Role
from crm_core.db import Writing, reading, transaction
from crm_core.errors import LoginTaken, NoFreeExtension
from crm_core.store import access_log, links, users
from crm_core.store.users import NewUser, User
from workstation import guard_words
from workstation.access import Person
from workstation.deps import Parts, PartsDep, Sent, Who, number
from workstation.errors import Forbidden, Missing
from workstation.forms import Form
from workstation.office.base import done_sentences, form_of, go, once, show
from workstation.sentences import N_

router = APIRouter(prefix="/office/people")
LOGIN_TAKEN = N_("Somebody has this login already.")
NO_TELEPHONE = N_("Every telephone has an owner: disable somebody, or raise BUSBAR_LINES.")
LANGUAGE = N_("Two letters for each language, like en, ru.")
done_sentences({"locked": N_("Locked out: sessions, tokens and links of this person are dead."), "back": N_("Let in.")})


@router.get("")
async def everyone(request: Request, parts: PartsDep, who: Who) -> Response:
    """List people, with the form for another one."""
    return await _list(request, parts, who)


@router.post("")
async def make(request: Request, parts: PartsDep, who: Who, sent: Sent) -> Response:
    """Make somebody, and show the link by which he sets his password."""
    form = form_of(request, who, sent)
    login, name = form.text("login", 60, required=True), form.text("name", 200, required=True)
    role, language = _role(form), form.choice("language", parts.templates.languages, required=True)
    speaks = _speaks(form)
    if not form.fine:
        return await _list(request, parts, who, form=form)
    try:
        async with transaction(parts.engine) as db:
            await once(db, who, sent)
            new = NewUser(
                login=login,
                name=name,
                role=role,
                # Nobody ever knows it: the link sets one of the person's own.
                password=passwords.generated(),
                extension=await _extension(db, parts, role, None),
                language=language,
                languages=speaks,
            )
            user = await users.create(db, new)
            token = await links.make(db, user.user_id, who.user_id, clock.now())
            await access_log.record(db, who.user_id, Action.MANAGE_USERS, f"user {user.user_id}", f"made as {role}")
    except LoginTaken:
        form.refuse("login", LOGIN_TAKEN)
        return await _list(request, parts, who, form=form)
    except NoFreeExtension:
        form.refuse("role", NO_TELEPHONE)
        return await _list(request, parts, who, form=form)
    return _one(request, who, user, link=_address(parts, token))


@router.get("/{user_id}")
async def one(request: Request, parts: PartsDep, who: Who, user_id: str) -> Response:
    """Show one person, with the form to change him."""
    return _one(request, who, await _user(parts, user_id))


@router.post("/{user_id}")
async def change(request: Request, parts: PartsDep, who: Who, sent: Sent, user_id: str) -> Response:
    """Change name or role; another role ends the person's sessions."""
    user = await _another(parts, who, user_id)
    form = form_of(request, who, sent)
    name, role = form.text("name", 200, required=True), _role(form)
    if not form.fine:
        return _one(request, who, user, form=form)
    try:
        async with transaction(parts.engine) as db:
            extension = await _extension(db, parts, role, user.extension)
            await users.change(db, user.user_id, name, role, extension)
            said = f"role {user.role} to {role}" if role is not user.role else "name"
            await access_log.record(db, who.user_id, Action.MANAGE_USERS, f"user {user.user_id}", said)
    except NoFreeExtension:
        form.refuse("role", NO_TELEPHONE)
        return _one(request, who, user, form=form)
    return go(f"/office/people/{user.user_id}", "saved")


@router.post("/{user_id}/disable")
async def disable(parts: PartsDep, who: Who, user_id: str) -> Response:
    """Lock somebody out at once."""
    user = await _another(parts, who, user_id)
    async with transaction(parts.engine) as db:
        await users.disable(db, user.user_id)
        await access_log.record(db, who.user_id, Action.MANAGE_USERS, f"user {user.user_id}", "disabled")
    return go(f"/office/people/{user.user_id}", "locked")


@router.post("/{user_id}/enable")
async def enable(request: Request, parts: PartsDep, who: Who, user_id: str) -> Response:
    """Let somebody in again; who needs a telephone gets the lowest free one."""
    user = await _another(parts, who, user_id)
    try:
        async with transaction(parts.engine) as db:
            await users.enable(db, user.user_id, await _extension(db, parts, user.role, None))
            await access_log.record(db, who.user_id, Action.MANAGE_USERS, f"user {user.user_id}", "enabled")
    except NoFreeExtension:
        form = form_of(request, who, {})
        form.refuse("role", NO_TELEPHONE)
        return _one(request, who, user, form=form)
    return go(f"/office/people/{user.user_id}", "back")


@router.post("/{user_id}/link")
async def link(request: Request, parts: PartsDep, who: Who, user_id: str) -> Response:
    """Make a link by which somebody sets a new password; shown once."""
    user = await _another(parts, who, user_id)
    async with transaction(parts.engine) as db:
        token = await links.make(db, user.user_id, who.user_id, clock.now())
        await access_log.record(db, who.user_id, Action.MANAGE_USERS, f"user {user.user_id}", "link for a password")
    return _one(request, who, user, link=_address(parts, token))


def _role(form: Form) -> Role:
    chosen = form.choice("role", set(Role), required=True)
    return Role(chosen) if chosen else Role.OPERATOR


def _speaks(form: Form) -> tuple[str, ...]:
    codes = form.text("speaks", 60).replace(" ", "").lower().split(",")
    spoken = tuple(filter(None, codes))
    if any(len(code) != 2 or not code.isascii() or not code.isalpha() for code in spoken):
        form.refuse("speaks", LANGUAGE)
    return spoken


async def _extension(db: Writing, parts: Parts, role: Role, owned: str | None) -> str | None:
    """Return the telephone of a role: who takes calls or helps in them has one, others give it back."""
    if not access.has_telephone(role):
        return None
    return owned or await users.free_extension(db, parts.settings.first_extension, parts.settings.lines)


async def _user(parts: Parts, user_id: str) -> User:
    key = number(user_id)
    async with reading(parts.engine) as db:
        user = None if key is None else await users.by_id(db, key)
    if user is None:
        raise Missing("no-such-user")
    return user


async def _another(parts: Parts, who: Person, user_id: str) -> User:
    """Return somebody who may be changed: anybody but oneself (AC22).

    Raises:
        Missing: there is no such person.
        Forbidden: it is oneself.

    """
    user = await _user(parts, user_id)
    if user.user_id == who.user_id:
        raise Forbidden("second-person")
    return user


def _address(parts: Parts, token: str) -> str:
    settings = parts.settings
    return f"{settings.web_origin or f'http://{settings.web_host}:{settings.web_port}'}/password/{token}"


async def _list(request: Request, parts: Parts, who: Person, *, form: Form | None = None) -> Response:
    async with reading(parts.engine) as db:
        people = await users.everyone(db)
    return show(
        request,
        who,
        "guard_people.html",
        status=200 if form is None else 422,
        form=form or form_of(request, who, {"language": who.language, "role": Role.OPERATOR}),
        people=people,
        roles=list(Role),
        languages=parts.templates.languages,
        words=guard_words,
    )


def _one(request: Request, who: Person, user: User, *, form: Form | None = None, link: str = "") -> Response:
    return show(
        request,
        who,
        "guard_person.html",
        status=200 if form is None else 422,
        form=form or form_of(request, who, {"name": user.name, "role": user.role}),
        person=user,
        roles=list(Role),
        link=link,
        words=guard_words,
    )
