"""Persian values: things are counted in the singular, days are ordinals before their month (pure).

Numbers are num2words'; its ordinal of thirty (سیم, "wire") is ours. Days are Gregorian, as on the bills (ADR 0020).
Parts of the day: CLDR's for `fa`.
"""

from __future__ import annotations

from num2words import num2words

from ivr.tongue import Day, Noun, Tongue, same

MONTHS = (
    "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
)  # fmt: skip
THIRTIETH = "سی‌ام"


def number(value: int, _gender: str) -> str:
    """Return a number in words."""
    return str(num2words(value, lang="fa"))


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things."""
    return f"{number(value, noun.gender)} {noun.one}"


def day(value: Day) -> str:
    """Return a day: پنجم دسامبر."""
    ordinal = THIRTIETH if value.day.day == 30 else str(num2words(value.day.day, lang="fa", to="ordinal"))
    words = f"{ordinal} {MONTHS[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" سال {number(value.day.year, 'm')}"
    return words


def hour(value: int) -> str:
    """Return an hour with the part of the day."""
    if value == 0:
        return "دوازده نیمه‌شب"
    part = "بامداد" if value < 4 else "صبح" if value < 12 else "ظهر" if value == 12 else ""
    part = part or ("بعد از ظهر" if value < 19 else "شب")
    return f"{number(value % 12 or 12, 'm')} {part}"


CENT = same("سنت")
TONGUE = Tongue(
    language="fa",
    name="فارسی",
    voice="fa+f4",
    rate=142,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    between=" و ",
    money={
        "RUB": (same("روبل"), same("کوپک")),
        "USD": (same("دلار"), CENT),
        "EUR": (same("یورو"), CENT),
        "GBP": (same("پوند"), same("پنس")),
        "HUF": (same("فورینت"), same("فیلر")),
        "THB": (same("بات"), same("ساتانگ")),
        "ETB": (same("بیر"), same("سنتیم")),
        "IRR": (same("ریال"), same("دینار")),
        "SAR": (same("ریال سعودی"), same("هلله")),
        "AED": (same("درهم"), same("فلس")),
        "EGP": (same("پوند مصر"), same("قرش")),
    },
    kilowatt_hour=same("کیلووات ساعت"),
)
