"""1C's exchange with banks, `1CClientBankExchange`: documents of a statement as rows (pure).

https://v8.1c.ru/tekhnologii/obmen-dannymi-i-integratsiya/standarty-i-formaty/standart-obmena-s-sistemami-klient-banka/formaty-obmena/
Lines are `Key=Value`; `СекцияДокумент=…` to `КонецДокумента` is one document. `ДатаПоступило` stands in those that
came in, `ДатаСписано` in those that went out.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from crm_core.importing.limits import MOST_CELL, Unreadable
from crm_core.importing.values import Cell

MARK = "1CClientBankExchange"
END = "КонецФайла"
HEADER = (
    *("Лицевой счет", "Дата платежа", "Сумма", "Номер платежа", "Направление"),
    *("Плательщик", "ИНН плательщика", "Назначение платежа"),
)
"""Header of the table that the documents make; the last three are shown and not stored."""
_ACCOUNT = re.compile(
    r"(?:л\s*[/\\.]?\s*с(?:ч[её]т)?|лиц(?:евой|евому|\.)?\s*сч[её]т\w*|account)\.?\s*(?:№|no?\b|:|#)*\s*([0-9][0-9A-Za-z/-]{0,11})\b",
    re.IGNORECASE,
)
MOST_KEYS = 120


def rows(lines: Iterable[str]) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Return the header, then one row for each document, numbered by the line it begins on.

    Raises:
        Unreadable: it breaks off in the middle, or is not of this format.
    """
    yield 1, list(HEADER)
    document: dict[str, str] | None = None
    began, ended = 0, False
    for number, line in enumerate(lines, 1):
        key, _, value = line.strip("\r\n\ufeff ").partition("=")
        if key == "СекцияДокумент":
            if document is not None:
                raise Unreadable(
                    "line {line}: a document begins before the one of line {before} ends", line=number, before=began
                )
            document, began = {}, number
        elif key == "КонецДокумента":
            if document is None:
                raise Unreadable("line {line}: a document ends that did not begin", line=number)
            yield began, _row(document)
            document = None
        elif key == END:
            ended = True
        elif document is not None and len(document) < MOST_KEYS:
            document[key] = value.strip()[:MOST_CELL]
    if document is not None or not ended:
        raise Unreadable("the file breaks off: its last line must be {end}", end=END)


def account_of(purpose: str) -> str:
    """Find the account number that a payer wrote into the purpose of a payment; "" when there is none."""
    found = _ACCOUNT.search(purpose)
    return found[1] if found else ""


def _row(document: dict[str, str]) -> list[Cell]:
    purpose = document.get("НазначениеПлатежа", "") or " ".join(
        document.get(f"НазначениеПлатежа{n}", "") for n in range(1, 7)
    )
    came = document.get("ДатаПоступило", "")
    out = bool(document.get("ДатаСписано", "")) and not came
    return [
        document.get("ЛицевойСчет", "") or account_of(purpose),
        came or document.get("Дата", ""),
        document.get("Сумма", ""),
        document.get("Номер", ""),
        "расход" if out else "приход",
        document.get("Плательщик1", "") or document.get("Плательщик", ""),
        document.get("ПлательщикИНН", ""),
        purpose.strip(),
    ]
