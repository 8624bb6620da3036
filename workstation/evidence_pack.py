"""Everything a campaign did about one debtor, as a file that proves it: readable, exact, with its own sums (pure).

The zip holds a page for people, the same as JSON, the texts of the contact law that allowed each call, and SHA-256 of
all of them. Sounds are not in it: their hashes are, and the vault gives the sound that has the hash.
"""

from __future__ import annotations

import hashlib
import html
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from crm_core.store.outbound_ledger import AttemptShown, LedgerRow, RowEvent
from crm_core.text import one_line
from workstation.sentences import N_, Translate

FIXED: Final = (1980, 1, 1, 0, 0, 0)
"""Moment of the parts: the same evidence is the same file."""
STYLE: Final = (
    "<style>body{font:14px/1.5 system-ui,sans-serif;margin:2em;max-width:80em}table{border-collapse:collapse}"
    "td,th{border:1px solid #888;padding:.2em .5em;text-align:start;vertical-align:top;overflow-wrap:anywhere}</style>"
)
HEADS: Final = (
    N_("Time there"), N_("Time in UTC"), N_("Number"), N_("Shown number"), N_("Mode"), N_("Ended as"), N_("Result"),
    N_("Allowed by"), N_("Recordings (SHA-256)"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """What is proved."""

    row: LedgerRow
    events: Sequence[RowEvent]
    attempts: Sequence[AttemptShown]
    laws: Mapping[str, str]
    """Texts by `code@version`."""
    utility: str
    made_by: str
    made_at: datetime


def local(at: datetime | None, zones: Sequence[str]) -> str:
    """Return a moment as the debtor's clock showed it, with its offset; in UTC when nobody knows his zone."""
    if at is None:
        return ""
    zone = next(iter(zones), "") or "UTC"
    return f"{at.astimezone(ZoneInfo(zone)).isoformat(' ', 'seconds')} {zone}"


def made(pack: Pack, say: Translate, words: Mapping[str, str]) -> bytes:
    """Return the zip.

    Args:
        pack: what is proved.
        say: gettext of the reader's language.
        words: words of codes (`campaign_words`), English.

    """
    parts = {
        "evidence.html": _page(pack, say, words).encode(),
        "evidence.json": json.dumps(_plain(pack), ensure_ascii=False, indent=1, sort_keys=True, default=str).encode(),
        **{f"law/{one_line(policy, 60).replace('/', '_')}.yaml": text.encode() for policy, text in pack.laws.items()},
    }
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(parts.items()))
    sheet = io.BytesIO()
    with zipfile.ZipFile(sheet, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in sorted({**parts, "SHA256SUMS": sums.encode()}.items()):
            archive.writestr(zipfile.ZipInfo(name, FIXED), body)
    return sheet.getvalue()


def _plain(pack: Pack) -> dict[str, Any]:
    zones = (pack.row.zone,) if pack.row.zone else ()
    return {
        "utility": pack.utility,
        "made_by": pack.made_by,
        "made_at": pack.made_at.isoformat(),
        "row": asdict(pack.row),
        "events": [asdict(one) for one in pack.events],
        "attempts": [
            asdict(one) | {"local_time": local(one.placed_at or one.planned_at, one.zones or zones)}
            for one in pack.attempts
        ],
        "law": sorted(pack.laws),
    }


def _page(pack: Pack, say: Translate, words: Mapping[str, str]) -> str:
    def told(code: str) -> str:
        return say(words[code]) if code in words else code

    title = say(N_("What was done about account {account}")).format(account=pack.row.account)
    zones = (pack.row.zone,) if pack.row.zone else ()
    calls = [
        (
            local(one.placed_at or one.planned_at, one.zones or zones), f"{one.planned_at:%Y-%m-%d %H:%M:%S}",
            one.number, one.caller_id, told(one.mode), told(one.outcome), one.disposition, one.policy,
            " ".join(sound.sha256 for sound in one.sounds),
        )
        for one in pack.attempts
    ]  # fmt: skip
    moves = [
        (local(one.at, zones), told(one.before), told(one.after), "; ".join(map(told, one.reasons)), one.policy, one.by)
        for one in pack.events
    ]
    stands = say(N_("Campaign: {campaign}. It stands at: {klass}.")).format(
        campaign=pack.row.campaign, klass=told(pack.row.klass)
    )
    by = say(N_("Made by {who} at {when} UTC.")).format(who=pack.made_by, when=f"{pack.made_at:%Y-%m-%d %H:%M}")
    heads = [say(head) for head in HEADS]
    changes = [
        say(one) for one in (N_("Time there"), N_("Before"), N_("After"), N_("Why"), N_("Allowed by"), N_("Who"))
    ]
    return "\n".join([
        "<!doctype html><meta charset=utf-8>", f"<title>{html.escape(title)}</title>",
        STYLE,
        f"<h1>{html.escape(title)}</h1><p>{html.escape(pack.utility)}. {html.escape(stands)} {html.escape(by)}</p>",
        f"<h2>{html.escape(say(N_('Attempts')))}</h2>", _table(heads, calls),
        f"<h2>{html.escape(say(N_('Where it stood')))}</h2>", _table(changes, moves),
    ])  # fmt: skip


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{html.escape(one)}</th>" for one in heads)
    body = "\n".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
