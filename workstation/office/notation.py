"""Fields of a form written as lines, one a field, for people who make forms; and back (pure).

`code | kind | needed | Title | ru:Заголовок | option=Title~ru:Заголовок; other=Other | least=0; most=30`

Parts after the third may come in any order: a title of another language begins with its code, options are
`code=title`, limits are `least`, `most`, `longest`, `from` (what the house knows by itself) and `help`. Lines that
begin with # are left out. What makes no sense is told by `crm_core.work.fields`, with the field's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from crm_core.work.fields import Evidence, Field, FieldKind, Option
from crm_core.work.kinds import Document

LIMITS = frozenset({"least", "most", "longest", "from", "help"})
NEEDED = frozenset({"yes", "needed", "да", "нужно", "1", "+"})
LANGUAGE = re.compile(r"([a-z]{2}(?:-[A-Za-z]{2,4})?):(.*)", re.DOTALL)
LONGEST = 20_000


def fields_of(text: str) -> list[dict[str, Any]]:
    """Read lines as the data that `crm_core.work.fields.read` takes."""
    return [_field(parts) for parts in lines(text)]


def lines(text: str) -> list[list[str]]:
    """Split lines into their parts; empty ones and remarks are left out."""
    typed = (line.strip() for line in text[:LONGEST].splitlines())
    return [[part.strip() for part in line.split("|")] for line in typed if line and not line.startswith("#")]


def _field(parts: Sequence[str]) -> dict[str, Any]:
    data: dict[str, Any] = {"code": parts[0], "kind": parts[1] if len(parts) > 1 else ""}
    data["required"] = len(parts) > 2 and parts[2].casefold() in NEEDED
    titles: dict[str, str] = {}
    options: list[dict[str, Any]] = []
    for part in parts[3:]:
        if "=" in part:
            for one in part.split(";"):
                name, _, value = (piece.strip() for piece in one.partition("="))
                if name in LIMITS:
                    _limit(data, name, value)
                elif name:
                    options.append({"code": name, "titles": titles_of(value.split("~"))})
        else:
            titles |= titles_of([part])
    data["titles"] = titles
    if options:
        data["options"] = options
    return data


def _limit(data: dict[str, Any], name: str, value: str) -> None:
    if name == "longest":
        data[name] = int(value) if value.isascii() and value.isdecimal() and len(value) < 6 else 0
    elif name == "from":
        data["evidence"] = value
    elif name == "help":
        data["help"] = {"en": value}
    else:
        data[name] = value


def titles_of(parts: Sequence[str]) -> dict[str, str]:
    """Read `Title` and `ru:Заголовок` as titles by language."""
    found: dict[str, str] = {}
    for part in parts:
        if (other := LANGUAGE.fullmatch(part.strip())) is not None:
            found[other[1]] = other[2].strip()
        elif part.strip():
            found.setdefault("en", part.strip())
    return found


def lines_of(fields: Sequence[Field]) -> str:
    """Write fields as `fields_of` reads them."""
    return "\n".join(" | ".join(_parts(one)) for one in fields)


def _parts(one: Field) -> list[str]:
    parts = [one.code, one.kind.value, "yes" if one.required else "no", *spelled(one.titles)]
    if one.options:
        parts.append("; ".join(_option(option) for option in one.options))
    limits = [f"{name}={value}" for name, value in (("least", one.least), ("most", one.most)) if value is not None]
    if one.longest != 400:
        limits.append(f"longest={one.longest}")
    if one.evidence is not Evidence.NONE:
        limits.append(f"from={one.evidence.value}")
    if one.help:
        limits.append(f"help={one.help.get('en', '')}")
    return [*parts, "; ".join(limits)] if limits else parts


def _option(option: Option) -> str:
    return f"{option.code}={'~'.join(spelled(option.titles))}"


def spelled(titles: Mapping[str, str]) -> list[str]:
    """Write titles as `titles_of` reads them, English first."""
    others = [f"{language}:{title}" for language, title in titles.items() if language != "en"]
    return [titles.get("en", ""), *others]


def documents_of(text: str) -> list[dict[str, Any]]:
    """Read lines `code | needed | Title | ru:Заголовок` as documents of a kind."""
    return [
        {
            "code": parts[0],
            "required": len(parts) > 1 and parts[1].casefold() in NEEDED,
            "titles": titles_of(parts[2:]),
        }
        for parts in lines(text)
    ]


def document_lines(documents: Sequence[Document]) -> str:
    """Write documents as `documents_of` reads them."""
    return "\n".join(" | ".join([one.code, "yes" if one.required else "no", *spelled(one.titles)]) for one in documents)


KINDS = tuple(kind.value for kind in FieldKind)
