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
ARABIC = MappingProxyType(
    {
        "balance": ("رصيد حسابكم", "{utility}: الحساب {account}، المبلغ المستحق {owed} {currency}."),
        "how_to_pay": (
            "طريقة الدفع",
            "{utility}: اذكروا رقم الحساب {account} في مصرفكم أو في تطبيقه. المبلغ المستحق الآن: {owed} {currency}.",
        ),
    }
)
PERSIAN = MappingProxyType(
    {
        "balance": ("مانده حساب شما", "{utility}: اشتراک {account}، مبلغ قابل پرداخت {owed} {currency}."),
        "how_to_pay": (
            "روش پرداخت",
            "{utility}: شماره اشتراک {account} را در بانک یا برنامه آن وارد کنید. مبلغ قابل پرداخت: {owed} {currency}.",
        ),
    }
)
HUNGARIAN = MappingProxyType(
    {
        "balance": ("Egyenlege", "{utility}: folyószámla {account}, fizetendő: {owed} {currency}."),
        "how_to_pay": (
            "A fizetés módja",
            "{utility}: bankjában adja meg folyószámlaszámát: {account}. Most fizetendő: {owed} {currency}.",
        ),
    }
)
AMHARIC = MappingProxyType(
    {
        "balance": ("ቀሪ ሂሳብዎ", "{utility}፦ ሂሳብ {account}፣ የሚከፈል {owed} {currency}።"),
        "how_to_pay": (
            "አከፋፈል",
            "{utility}፦ በባንክዎ ወይም በመተግበሪያው የሂሳብ ቁጥር {account} ይጥቀሱ። አሁን የሚከፈል፦ {owed} {currency}።",
        ),
    }
)
THAI = MappingProxyType(
    {
        "balance": ("ยอดค้างชำระของท่าน", "{utility}: บัญชี {account} ยอดที่ต้องชำระ {owed} {currency}"),
        "how_to_pay": (
            "วิธีชำระเงิน",
            "{utility}: แจ้งหมายเลขบัญชี {account} ที่ธนาคารหรือในแอปของธนาคาร ยอดที่ต้องชำระ: {owed} {currency}",
        ),
    }
)
TEXTS: Mapping[str, Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "en": ENGLISH,
        "ru": RUSSIAN,
        "ar": ARABIC,
        "fa": PERSIAN,
        "hu": HUNGARIAN,
        "am": AMHARIC,
        "th": THAI,
    }
)
"""Subject and text by language and by what is asked for."""
OTHERWISE = "en"


def letter(what: str, language: str, values: Mapping[str, str]) -> tuple[str, str]:
    """Return subject and text of a message; a language that has none gets the English one."""
    subject, body = TEXTS.get(language, TEXTS[OTHERWISE])[what]
    return subject, body.format_map(values)
