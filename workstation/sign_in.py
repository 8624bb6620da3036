"""Signing in and out (shell): argon2, one sentence for every refusal, a new session each time."""

from __future__ import annotations

import secrets

from fastapi import APIRouter, Request
from itsdangerous import BadSignature, TimestampSigner
from starlette.responses import HTMLResponse, RedirectResponse, Response

from workstation.deps import Parts, PartsDep, Sent, Who, address
from workstation.errors import Forbidden, TooMany, WebError
from workstation.sentences import sentence
from workstation.throttle import SIGN_IN_BY_ADDRESS, SIGN_IN_BY_LOGIN
from workstation.words import accepted, choose

router = APIRouter()
FORM_SECONDS = 3600
LOGIN_LIMIT = 60
PASSWORD_LIMIT = 200


@router.get("/")
async def first_page(request: Request, parts: PartsDep) -> Response:
    """Send a person to the page they work on, a stranger to the sign-in."""
    person = await parts.sessions.find(request.cookies.get(parts.origins.cookie, ""))
    return RedirectResponse(person.home if person else "/sign-in", status_code=303)


@router.get("/sign-in")
async def show_form(request: Request, parts: PartsDep) -> Response:
    """Show the form; who is signed in already goes on to work."""
    person = await parts.sessions.find(request.cookies.get(parts.origins.cookie, ""))
    if person is not None:
        return RedirectResponse(person.home, status_code=303)
    return _form(request, parts)


@router.post("/sign-in")
async def sign_in(request: Request, parts: PartsDep, sent: Sent) -> Response:
    """Open a session, or show the form again with one sentence."""
    login = sent.get("login", "").strip()[: LOGIN_LIMIT + 1]
    password = sent.get("password", "")
    ip = address(request)
    try:
        _check_form(request, parts, sent.get("csrf", ""))
        await _check_rate(parts, login, ip)
        token = await _open(parts, login, password, ip)
    except (Forbidden, TooMany) as error:
        parts.access.note(None, "sign_in.refused", login, reason=error.code, ip=ip)
        return _form(request, parts, login=login, error=error)
    # A session that was planted in this browser before ends here; nothing of it is carried over.
    await parts.sessions.close(request.cookies.get(parts.origins.cookie, ""))
    await parts.throttle.forget(SIGN_IN_BY_LOGIN, "sign-in", login.casefold())
    person = await parts.sessions.find(token)
    if person is None:
        return _form(request, parts, login=login, error=Forbidden("bad-sign-in"))
    parts.access.note(person.user_id, "sign_in", person.login, ip=ip)
    answer = RedirectResponse(person.home, status_code=303)
    answer.set_cookie(parts.origins.cookie, token, secure=parts.origins.secure, httponly=True, samesite="strict")
    answer.delete_cookie(_form_cookie(parts), secure=parts.origins.secure, httponly=True, samesite="strict")
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, parts: PartsDep, who: Who) -> Response:
    """End the session, every socket of it, and the shift of an operator."""
    await parts.sessions.close(who.token)
    await parts.hub.end_session(who)
    parts.access.note(who.user_id, "sign_out", who.login, ip=address(request))
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(parts.origins.cookie, secure=parts.origins.secure, httponly=True, samesite="strict")
    return answer


async def _open(parts: Parts, login: str, password: str, ip: str) -> str:
    token = None
    if 0 < len(login) <= LOGIN_LIMIT and 0 < len(password) <= PASSWORD_LIMIT:
        token = await parts.sessions.open(login, password, ip)
    if token is None:
        await parts.throttle.allows(SIGN_IN_BY_ADDRESS, "sign-in", ip)
        raise Forbidden("bad-sign-in")
    return token


async def _check_rate(parts: Parts, login: str, ip: str) -> None:
    if not await parts.throttle.has_room(SIGN_IN_BY_ADDRESS, "sign-in", ip):
        raise TooMany("too-many-tries")
    if not await parts.throttle.allows(SIGN_IN_BY_LOGIN, "sign-in", login.casefold()):
        raise TooMany("too-many-tries")


def _check_form(request: Request, parts: Parts, csrf: str) -> None:
    """Hold the form against the browser it was given to, so that nobody is signed in by a foreign page."""
    nonce = request.cookies.get(_form_cookie(parts), "")
    try:
        signed = _signer(parts).unsign(csrf, max_age=FORM_SECONDS).decode()
    except BadSignature as error:
        raise Forbidden("stale-form") from error
    if not nonce or not secrets.compare_digest(signed.encode(), nonce.encode()):
        raise Forbidden("stale-form")


def _form(request: Request, parts: Parts, *, login: str = "", error: WebError | None = None) -> Response:
    language = choose(accepted(request.headers.get("accept-language", "")), parts.templates.languages)
    nonce = secrets.token_urlsafe(24)
    html = parts.templates.render(
        "sign_in.html",
        language.code,
        csrf=_signer(parts).sign(nonce).decode(),
        error=sentence(error.code, language.words.gettext) if error else "",
        login=login,
    )
    answer = HTMLResponse(html, status_code=error.status if error else 200)
    answer.set_cookie(
        _form_cookie(parts), nonce, max_age=FORM_SECONDS, secure=parts.origins.secure, httponly=True, samesite="strict"
    )
    return answer


def _form_cookie(parts: Parts) -> str:
    return f"{parts.origins.cookie}-form"


def _signer(parts: Parts) -> TimestampSigner:
    return TimestampSigner(parts.settings.session_secret, salt="busbar.sign-in")
