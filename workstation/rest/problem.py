"""How the API says no: RFC 9457 problem details with stable codes and one sentence (shell)."""

from __future__ import annotations

from typing import Any

import structlog
from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from crm_core.errors import CrmError, LinkUsed, NotYours, OwnExport
from workstation.deps import address, parts_of
from workstation.errors import AgainstRule, Forbidden, Refused, TooMany, WebError
from workstation.rest.because import ReasonMissing
from workstation.sentences import SENTENCES, sentence
from workstation.words import accepted, choose

log = structlog.get_logger(__name__)
MEDIA = "application/problem+json"
CODES = {404: "no-such-page", 405: "wrong-method"}
RECORDED = (Forbidden, TooMany, ReasonMissing, NotYours, AgainstRule, OwnExport, LinkUsed)
WITH_MESSAGE = frozenset({"bad-value", "key-reused", "file-refused", "export-too-large"})
"""Codes whose error knows better than the general sentence which field it is and what would be right."""


class Field(BaseModel):
    """One field that is not right."""

    name: str
    """Where it stands: `body.amount`, `query.limit`."""
    sentence: str


class Problem(BaseModel):
    """Why a request was not carried out (RFC 9457)."""

    type: str
    """`/problems/<code>`; docs/errors.md lists them."""
    title: str
    status: int
    code: str
    """Stable: programs may rely on it."""
    detail: str
    """One sentence, in the language of the token's user."""
    fields: list[Field] = []


DOCUMENTED: dict[int | str, dict[str, Any]] = {
    status: {"model": Problem, "content": {MEDIA: {}}, "description": what}
    for status, what in {
        400: "What was sent was not understood",
        401: "There is no living token",
        403: "The token does not allow this",
        404: "There is no such thing, or not for this token",
        409: "It is not as it was any more",
        413: "Too large",
        422: "A field is not right; nothing was changed",
        429: "Too many requests",
        503: "Something behind does not answer now",
    }.items()
}
"""Answers that every route may give, for the OpenAPI document."""


async def refuse(request: Request, error: Exception) -> Response:
    """Answer an error of ours."""
    status, code = _reading(error)
    caller = getattr(request.state, "caller", None)
    if isinstance(error, RECORDED):
        parts_of(request).access.note(
            caller.user_id if caller else None,
            "refused",
            f"{request.method} {request.url.path}",
            reason=code,
            ip=address(request),
        )
    wrong = error.fields.items() if isinstance(error, Refused) else ()
    fields = [Field(name=name, sentence=said) for name, said in wrong]
    detail = str(error) if code in WITH_MESSAGE and str(error) else _said(request, code)
    headers = {"retry-after": "60"} if status == 429 else {}
    if status == 401:
        headers["www-authenticate"] = "Bearer"
    return answer(status, code, detail, fields, headers)


async def misunderstood(request: Request, error: Exception) -> Response:
    """Answer a request whose fields are not of the form that the document asks for."""
    found = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [Field(name=".".join(str(part) for part in one["loc"]), sentence=one["msg"]) for one in found[:20]]
    return answer(422, "bad-fields", _said(request, "bad-fields"), fields)


async def broken(request: Request, error: Exception) -> Response:
    """Answer what nobody foresaw: written down here, one sentence there."""
    await log.aexception("api.broken", path=request.url.path, exc_info=error)
    return answer(500, "internal", _said(request, "internal"))


def answer(
    status: int,
    code: str,
    detail: str,
    fields: list[Field] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    """Return the answer itself."""
    problem = Problem(
        type=f"/problems/{code}",
        title=SENTENCES.get(code, code),
        status=status,
        code=code,
        detail=detail,
        fields=fields or [],
    )
    return JSONResponse(problem.model_dump(), status_code=status, headers=headers, media_type=MEDIA)


def _reading(error: Exception) -> tuple[int, str]:
    if isinstance(error, WebError | CrmError):
        return error.status, error.code
    if isinstance(error, HTTPException):
        return error.status_code, CODES.get(error.status_code, "bad-request")
    return 500, "internal"


def _said(request: Request, code: str) -> str:
    languages = parts_of(request).templates.languages
    caller = getattr(request.state, "caller", None)
    wanted = [caller.language] if caller else accepted(request.headers.get("accept-language", ""))
    return sentence(code, choose(wanted, languages).words.gettext)
