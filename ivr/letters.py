# ruff: noqa: RUF001 -- Russian is written in Cyrillic letters.
"""What is written to a caller who asked for it on the telephone, in his language (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ENGLISH = MappingProxyType(
    {
        "balance": ("Your balance", "{utility}: account {account}, to pay {owed} {currency}."),
        "how_to_pay": (
            "How to pay",
            "{utility}: name account {account} in your bank or its app. To pay now: {owed} {currency}.",
        ),
    }
)
RUSSIAN = MappingProxyType(
    {
        "balance": ("Ваш баланс", "{utility}: лицевой счёт {account}, к оплате {owed} {currency}."),
        "how_to_pay": (
            "Как оплатить",
            "{utility}: назовите в банке или его приложении лицевой счёт {account}. К оплате: {owed} {currency}.",
        ),
    }
)
TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType({"en": ENGLISH, "ru": RUSSIAN})
"""Subject and text by language and by what is asked for."""
OTHERWISE = "en"


def letter(what: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and text of a message; a language that has none gets the English one."""
    subject, body = TEXTS.get(language, TEXTS[OTHERWISE])[what]
    return subject, body.format_map(values)
