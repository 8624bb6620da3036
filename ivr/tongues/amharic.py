"""Amharic values: things are counted in the singular, hours from dawn and from dusk (pure).

num2words fails on every number with thousands and hundreds (1,100) and has no word for a million, so the table is
ours. Days are Gregorian, as on the bills, and a year says by which count it is (ADR 0020). Hours are those of the day:
one o'clock is an hour after six in the morning (Wolf Leslau, Reference Grammar of Amharic, 1995, "Telling time").
"""

from __future__ import annotations

from ivr.tongue import Day, Noun, Tongue, same

ZERO = "ዜሮ"
ONES = ("አንድ", "ሁለት", "ሦስት", "አራት", "አምስት", "ስድስት", "ሰባት", "ስምንት", "ዘጠኝ")
TENS = ("አሥር", "ሃያ", "ሠላሳ", "አርባ", "ሃምሳ", "ስልሳ", "ሰባ", "ሰማንያ", "ዘጠና")
AFTER_TEN = "አሥራ"
GROUPS = ((10**9, "ቢሊዮን"), (10**6, "ሚሊዮን"), (10**3, "ሺህ"))
HUNDRED = "መቶ"
MONTHS = (
    "ጃንዋሪ", "ፌብሩዋሪ", "ማርች", "ኤፕሪል", "ሜይ", "ጁን", "ጁላይ", "ኦገስት", "ሴፕቴምበር", "ኦክቶበር", "ኖቬምበር", "ዲሴምበር",
)  # fmt: skip
"""As CLDR writes them for `am`."""


def number(value: int, _gender: str = "m") -> str:
    """Return a number in words."""
    if value == 0:
        return ZERO
    parts = []
    for size, name in GROUPS:
        count, value = divmod(value, size)
        if count:
            parts.append(f"{number(count)} {name}")
    hundreds, value = divmod(value, 100)
    if hundreds:
        parts.append(f"{ONES[hundreds - 1]} {HUNDRED}")
    tens, ones = divmod(value, 10)
    if tens:
        parts.append(AFTER_TEN if (tens, bool(ones)) == (1, True) else TENS[tens - 1])
    if ones:
        parts.append(ONES[ones - 1])
    return " ".join(parts)


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things."""
    return f"{number(value)} {noun.one}"


def day(value: Day) -> str:
    """Return a day: ዲሴምበር አምስት ቀን."""
    words = f"{MONTHS[value.day.month - 1]} {number(value.day.day)} ቀን"
    if value.day.year != value.near.year:
        words += f" እንደ አውሮፓውያን አቆጣጠር {number(value.day.year)}"
    return words


def hour(value: int) -> str:
    """Return an hour as it is counted, with the part of the day that it is counted in."""
    part = "ከሌሊቱ" if value < 6 else "ከጠዋቱ" if value < 12 else "ከቀኑ" if value < 18 else "ከምሽቱ"
    return f"{part} {number((value - 6) % 12 or 12)} ሰዓት"


CENT = same("ሳንቲም")
TONGUE = Tongue(
    language="am",
    name="አማርኛ",
    voice="am+f4",
    rate=142,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    between=" ከ",
    money={
        "RUB": (same("ሩብል"), same("ኮፔክ")),
        "USD": (same("ዶላር"), CENT),
        "EUR": (same("ዩሮ"), CENT),
        "GBP": (same("ፓውንድ"), same("ፔኒ")),
        "HUF": (same("ፎሪንት"), same("ፊለር")),
        "THB": (same("ባህት"), same("ሳታንግ")),
        "ETB": (same("ብር"), CENT),
        "IRR": (same("ሪአል"), same("ዲናር")),
        "SAR": (same("ሪያል"), same("ሃላላ")),
        "AED": (same("ድርሀም"), same("ፊልስ")),
        "EGP": (same("የግብጽ ፓውንድ"), same("ፒያስተር")),
    },
    kilowatt_hour=same("ኪሎዋት ሰዓት"),
)
