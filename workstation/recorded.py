"""A recording as it is heard: which part a player asks for, what is sent of it, what the access log says (shell).

A sound is told as WAV out of its sealed chunks, part by part; nothing is decrypted that was not asked for, and plain
sound lies nowhere. Who hears what is written down before the first byte leaves.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import structlog
from fastapi import Request
from starlette.responses import Response, StreamingResponse

from crm_core import sounds
from crm_core.db import transaction
from crm_core.errors import CrmError
from crm_core.recording_jobs import vault
from crm_core.recordings import HEARD
from crm_core.store import access_log
from crm_core.store.recordings import Recording
from crm_core.vault import Sealed, Vault
from workstation.deps import Parts
from workstation.errors import WebError

log = structlog.get_logger(__name__)
RANGE = re.compile(r"bytes=([0-9]{1,15})-([0-9]{0,15})")
MOST = 2 * 2**20
"""Bytes one answer holds, about a minute: so the log says to a minute what was heard."""
PLAYERS = frozenset({"audio", "video", "empty", ""})
"""`Sec-Fetch-Dest` of who plays; a link that is opened or a page that embeds us says something else."""


class NotHeard(WebError):
    """Nothing can be heard: lost, kept apart until somebody has looked, or shredded."""

    status = 409

    def __init__(self) -> None:
        super().__init__("recording-not-heard")


class PlayedOnly(WebError):
    """Asked for whole, or from elsewhere than our player."""

    status = 403

    def __init__(self) -> None:
        super().__init__("recording-played-only")


def asked(request: Request, length: int) -> tuple[int, int] | None:
    """Return the bytes `[begin, end)` that a player asks for, None when there are none such.

    Raises:
        PlayedOnly: no part was asked for, several at once, or by something else than a player.

    """
    found = RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or request.headers.get("sec-fetch-dest", "") not in PLAYERS:
        raise PlayedOnly
    begin = int(found[1])
    last = min(int(found[2]) if found[2] else length - 1, length - 1)
    if begin >= length or last < begin:
        return None
    return begin, min(last + 1, begin + MOST)


async def answer(parts: Parts, request: Request, user_id: int, found: Recording) -> Response:
    """Answer a player with the part it asks for, and write down who heard what.

    Raises:
        NotHeard: there is nothing to hear.
        PlayedOnly: as `asked`.
        RecordingSpoiled: what is sealed is not what it was.

    """
    sealed = found.sealed
    if sealed is None or found.state not in HEARD:
        raise NotHeard
    length = sounds.length(sealed.size)
    part = asked(request, length)
    if part is None:
        return Response(status_code=416, headers={"content-range": f"bytes */{length}"})
    begin, end = part
    pieces = told(vault(parts.settings), sealed, begin, end)
    # The header is ours; with the first of the sound it is known whether it opens at all, before anything is promised.
    first = next(pieces) + (next(pieces, b"") if begin < sounds.HEADER else b"")
    object_ = f"account {found.account_id}" if found.account_id is not None else f"recording {found.recording_id}"
    said = f"recording {found.recording_id}: {sounds.seconds(begin):.0f} to {sounds.seconds(end):.0f} s"
    async with transaction(parts.engine) as db:
        await access_log.record(db, user_id, "recording.heard", object_, said, contact_id=found.call_id)

    def body() -> Iterator[bytes]:
        yield first
        try:
            yield from pieces
        except CrmError as error:
            # What was promised cannot be told to its end: the player notices that it is cut off.
            log.error("recording_spoiled", recording=found.recording_id, reason=str(error))  # noqa: TRY400
            raise

    headers = {
        "content-range": f"bytes {begin}-{end - 1}/{length}",
        "accept-ranges": "bytes",
        "content-length": str(end - begin),
        "content-disposition": "inline",
        "cache-control": "no-store",
        "cross-origin-resource-policy": "same-origin",
    }
    return StreamingResponse(body(), status_code=206, media_type="audio/wav", headers=headers)


def drawn(found: Recording) -> str:
    """Return what the player paints, as JSON."""
    return json.dumps({"peaks": list(found.peaks), "seconds": found.seconds, "pauses": found.pauses})


def told(place: Vault, sealed: Sealed, begin: int, end: int) -> Iterator[bytes]:
    """Yield the bytes `[begin, end)` of the WAV file of a sealed sound."""
    if begin < sounds.HEADER:
        yield sounds.header(sealed.size)[begin:end]
    first, last = sounds.place(begin, end)
    skip = max(begin - sounds.HEADER, 0) - 2 * first
    left = end - max(begin, sounds.HEADER)
    if left <= 0:
        return
    for piece in place.read(sealed, first, last):
        whole = sounds.whole(piece)[skip : skip + left]
        skip = 0
        left -= len(whole)
        yield whole
