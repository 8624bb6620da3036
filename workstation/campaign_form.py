"""A campaign as a person types it, and as pages show it again (pure)."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import date, time
from decimal import Decimal
from typing import Any, Final

from crm_core.store.outbound_campaigns import Campaign
from outbound.campaign import LONGEST_MESSAGE, LONGEST_NAME, LONGEST_NOTE, Fault, Hours, Wanted
from outbound.terms import Channel, Mode
from workstation.campaign_words import FAULTS
from workstation.forms import Form
from workstation.sentences import Translate

SPAN: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\s*[-\u2013]\s*([01]\d|2[0-4]):([0-5]\d)")
MOST_AMOUNT = Decimal(10**12)
FIRST: Final = {
    "mode": "progressive", "channel": "call", "priority": "5", "counts": "overdue", "least_debt": "100.00",
    "lines": "0", "cap": "3", "grace_ms": "2000", "ring_seconds": "25", "read_seconds": "30", "most_tries": "8",
}  # fmt: skip
"""What a new campaign's form begins with."""


def wanted(form: Form) -> Wanted | None:
    """Read a form into a campaign; None when a field cannot be read, then `form.errors` says which."""
    mode = form.choice("mode", list(Mode), required=True)
    channel = form.choice("channel", list(Channel), required=True)
    values: dict[str, Any] = {
        "name": form.text("name", LONGEST_NAME, required=True),
        "note": form.prose("note", LONGEST_NOTE),
        "message": form.prose("message", LONGEST_MESSAGE),
        "segment_id": form.whole("segment_id"),
        "feeds": form.flag("feeds"),
        "counts": form.text("counts", 10),
        "profile": form.text("profile", 24, required=True),
        "starts_on": form.day("starts_on", date(2000, 1, 1), date(2200, 1, 1)),
        "ends_on": form.day("ends_on", date(2000, 1, 1), date(2200, 1, 1)),
        "hours": _hours(form),
        "skills": tuple(dict.fromkeys(one for one in re.split(r"[,;\s]+", form.text("skills", 400)) if one)),
        "caller_id": form.text("caller_id", 16),
        "language": form.text("language", 8),
        "detects_machines": form.flag("detects_machines"),
        "cap": form.amount("cap", Decimal(0), Decimal(100), required=True),
        "least_debt": form.amount("least_debt", Decimal("0.01"), MOST_AMOUNT, required=True),
    }
    bounds = {
        "priority": (1, 9), "lines": (0, 1000), "grace_ms": (500, 10_000), "ring_seconds": (5, 120),
        "read_seconds": (0, 600), "most_tries": (1, 100),
    }  # fmt: skip
    for name, (least, most) in bounds.items():
        values[name] = form.whole(name, least, most, required=True)
    return Wanted(mode=Mode(mode), channel=Channel(channel), **values) if form.fine else None


def _hours(form: Form) -> tuple[Hours, ...]:
    found: list[Hours] = []
    for day in range(7):
        for part in filter(None, (one.strip() for one in form.text(f"hours_{day}", 60).split(","))):
            span = SPAN.fullmatch(part)
            if span is None or (span[3] == "24" and span[4] != "00"):
                form.refuse(f"hours_{day}", FAULTS["campaign-hours"])
                continue
            opens = time(int(span[1]), int(span[2]))
            closes = time() if span[3] == "24" else time(int(span[3]), int(span[4]))
            if closes <= opens and closes != time():
                form.refuse(f"hours_{day}", FAULTS["campaign-hours"])
                continue
            found.append(Hours(weekday=day, opens=opens, closes=closes))
    return tuple(found)


def refuse(form: Form, faults: list[Fault]) -> None:
    """Say at each field what is wrong with it."""
    for fault in faults:
        name = "hours_0" if fault.field == "hours" else fault.field
        form.refuse(name, FAULTS[fault.code])


def stored(campaign: Wanted) -> dict[str, Any]:
    """Return what the store keeps of a campaign."""
    values = {one.name: getattr(campaign, one.name) for one in fields(campaign)}
    values["mode"], values["channel"] = campaign.mode.value, campaign.channel.value
    values["hours"] = [(one.weekday, f"{one.opens:%H:%M}", f"{one.closes:%H:%M}") for one in campaign.hours]
    values["skills"] = list(campaign.skills)
    return values


def known(campaign: Campaign) -> Wanted:
    """Return a stored campaign as a person wanted it."""
    values = {one.name: getattr(campaign, one.name) for one in fields(Wanted)}
    values["mode"], values["channel"] = Mode(campaign.mode), Channel(campaign.channel)
    values["hours"] = tuple(
        Hours(weekday=day, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))
        for day, opens, closes in campaign.hours
    )
    return Wanted(**values)


def typed(campaign: Campaign) -> dict[str, str]:
    """Return a stored campaign as it would have been typed."""
    plain = [one.name for one in fields(Wanted) if one.name not in {"hours", "skills", "feeds", "detects_machines"}]
    values = {name: "" if (value := getattr(campaign, name)) is None else str(value) for name in plain}
    hours: dict[int, list[str]] = {}
    for day, opens, closes in campaign.hours:
        hours.setdefault(day, []).append(f"{opens}-{'24:00' if closes == '00:00' else closes}")
    flags = {name: "1" for name in ("feeds", "detects_machines") if getattr(campaign, name)}
    return {
        **values,
        **flags,
        **{f"hours_{day}": ", ".join(spans) for day, spans in hours.items()},
        "skills": ", ".join(campaign.skills),
        "version": str(campaign.version),
    }


def hours_told(campaign: Campaign, say: Translate) -> str:
    """Return a campaign's hours as one line; "" for always."""
    names = [say(day) for day in WEEK]
    return ", ".join(f"{names[day]} {opens}\u2013{closes}" for day, opens, closes in campaign.hours)


WEEK: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
