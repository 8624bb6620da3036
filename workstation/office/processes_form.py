"""The editor of a process: its steps as fields of a form, and back; steps moved about as somebody presses (pure).

A way is a line `step | Title | ru:Заголовок | if amount > 1000`; `else` in the place of the condition is the way for
the rest, a line without either is always open. What makes no sense is told by `crm_core.processes.process`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from crm_core.processes.process import LONGEST_MESSAGE, MOST_STEPS, Process, Step, Way, When
from workstation.forms import Form
from workstation.office import notation
from workstation.process_words import TELLINGS

CONDITION = re.compile(r"(?:if|если)\s+([a-z][a-z0-9_]{0,29})\s*(=|<|>|in\b)\s*(.+)", re.IGNORECASE | re.DOTALL)
ELSE = frozenset({"else", "otherwise", "иначе"})
LONGEST_WAYS = 1500
PRESSED = re.compile(r"(up|down|remove):([0-9]{1,2})")
NAME = re.compile(r"s([0-9]{1,2})_([a-z_]+)")


def typed_of(process: Process) -> dict[str, str]:
    """Write a process into the fields of the editor."""
    typed = {"steps": str(len(process.steps))}
    for place, step in enumerate(process.steps):
        typed |= {f"s{place}_{name}": value for name, value in _typed(step).items()}
    return typed


def _typed(step: Step) -> dict[str, str]:
    found = {
        "code": step.code, "en": step.titles.get("en", ""), "ru": step.titles.get("ru", ""),
        "owner": f"{step.owner.kind}:{step.owner.name}".removesuffix(":"), "remind": str(step.remind),
        "needs": " ".join(step.needs), "papers": " ".join(step.papers), "ways": "\n".join(map(_way_line, step.ways)),
        "last": "1" if step.last else "",
    }  # fmt: skip
    if step.limit is not None:
        found |= {"amount": str(step.limit.amount), "unit": step.limit.unit.value}
    found |= {f"tell_{moment}_{whom}": "1" for moment, whom in step.tell}
    if step.message is not None:
        found |= {"channel": step.message.channel}
        found |= {f"message_{name}": text for name, text in step.message.texts.items()}
    return found


def _way_line(way: Way) -> str:
    parts = [way.to, *(notation.spelled(way.titles) if way.titles else [])]
    if way.condition is not None:
        parts.append(f"if {way.condition.field} {way.condition.op} {', '.join(way.condition.values)}")
    elif way.when is When.ELSE:
        parts.append("else")
    return " | ".join(parts)


def count(form: Form) -> int:
    """Return how many steps a form has."""
    return max(1, min(form.whole("steps", 1, MOST_STEPS) or 1, MOST_STEPS))


def spec_of(form: Form) -> dict[str, Any]:
    """Read the fields of the editor as the data that `crm_core.processes.process.read` takes."""
    return {"steps": [_step(form, f"s{place}_") for place in range(count(form))]}


def _step(form: Form, at: str) -> dict[str, Any]:
    kind, _, name = form.values.get(f"{at}owner", "same").partition(":")
    amount = form.whole(f"{at}amount", 0, 5_256_000)
    remind = form.whole(f"{at}remind", 0, 100)
    channel = form.choice(f"{at}channel", {"sms", "email"})
    texts = {language: form.prose(f"{at}message_{language}", LONGEST_MESSAGE) for language in ("en", "ru")}
    data: dict[str, Any] = {
        "code": form.text(f"{at}code", 30), "titles": {name: form.text(f"{at}{name}", 120) for name in ("en", "ru")},
        "owner": {"kind": kind, "name": name}, "remind": 80 if remind is None else remind,
        "needs": form.text(f"{at}needs", 400).replace(",", " ").split(),
        "papers": form.text(f"{at}papers", 400).replace(",", " ").split(),
        "ways": [_way(parts) for parts in notation.lines(form.prose(f"{at}ways", LONGEST_WAYS))],
        "last": form.flag(f"{at}last"),
        "tell": [[moment, whom] for moment, whom in TELLINGS if form.flag(f"{at}tell_{moment}_{whom}")],
    }  # fmt: skip
    if amount is not None:
        data["limit"] = {"amount": amount, "unit": form.values.get(f"{at}unit", "")}
    if channel or any(texts.values()):
        data["message"] = {"channel": channel, "texts": texts}
    return data


def _way(parts: list[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"to": parts[0], "when": When.ALWAYS.value}
    titles: list[str] = []
    for part in parts[1:]:
        if part.casefold() in ELSE:
            data["when"] = When.ELSE.value
        elif part.casefold().startswith(("if ", "если ")):
            data |= {"when": When.IF.value, "condition": _condition(part)}
        else:
            titles.append(part)
    data["titles"] = notation.titles_of(titles)
    return data


def _condition(text: str) -> dict[str, Any] | None:
    found = CONDITION.fullmatch(text.strip())
    if found is None:
        return None
    field, op, value = found[1].lower(), found[2].lower(), found[3].strip()
    values = [part.strip() for part in value.split(",") if part.strip()] if op == "in" else [value]
    return {"field": field, "op": op, "values": values}


def pressed(values: Mapping[str, str], do: str) -> dict[str, str] | None:
    """Return the fields after a button that moves steps about, None when it was another button."""
    steps = int(values["steps"]) if values.get("steps", "").isdecimal() else 1
    rows: list[dict[str, str]] = [{} for _ in range(max(1, min(steps, MOST_STEPS)))]
    for name, value in values.items():
        found = NAME.fullmatch(name)
        if found is not None and int(found[1]) < len(rows):
            rows[int(found[1])][found[2]] = value
    if do == "add" and len(rows) < MOST_STEPS:
        rows.append({"remind": "80"})
    elif (button := PRESSED.fullmatch(do)) is not None and int(button[2]) < len(rows):
        row = rows.pop(int(button[2]))
        if button[1] != "remove":
            rows.insert(max(0, int(button[2]) + (1 if button[1] == "down" else -1)), row)
    elif do != "add":
        return None
    kept = {name: value for name, value in values.items() if NAME.fullmatch(name) is None}
    moved = {f"s{place}_{name}": value for place, row in enumerate(rows) for name, value in row.items()}
    return {**kept, **moved, "steps": str(len(rows))}
