"""English values (pure)."""

from __future__ import annotations

from num2words import num2words

from ivr.tongue import Day, Noun, Tongue

MONTHS = tuple(
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)
NOON = 12


def number(value: int, _gender: str) -> str:
    """Return a number in words."""
    return str(num2words(value, lang="en")).replace(",", "")


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things."""
    return f"{number(value, noun.gender)} {noun.one if value == 1 else noun.many}"


def day(value: Day) -> str:
    """Return a day: the fifth of December."""
    words = f"the {num2words(value.day.day, lang='en', to='ordinal')} of {MONTHS[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" {num2words(value.day.year, lang='en', to='year')}"
    return words


def hour(value: int) -> str:
    """Return an hour on the clock of twelve."""
    if value in (0, NOON):
        return "midnight" if value == 0 else "noon"
    return f"{number(value % NOON, 'm')} {'a.m.' if value < NOON else 'p.m.'}"


def _noun(one: str, many: str) -> Noun:
    return Noun(one, many, many)


TONGUE = Tongue(
    language="en",
    name="English",
    voice="en-us+f4",
    rate=148,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    money={
        "RUB": (_noun("ruble", "rubles"), _noun("kopeck", "kopecks")),
        "USD": (_noun("dollar", "dollars"), _noun("cent", "cents")),
        "EUR": (_noun("euro", "euros"), _noun("cent", "cents")),
        "GBP": (_noun("pound", "pounds"), _noun("penny", "pence")),
        "HUF": (_noun("forint", "forints"), _noun("filler", "fillers")),
        "THB": (_noun("baht", "baht"), _noun("satang", "satang")),
        "ETB": (_noun("birr", "birr"), _noun("santim", "santim")),
        "IRR": (_noun("rial", "rials"), _noun("dinar", "dinars")),
        "SAR": (_noun("riyal", "riyals"), _noun("halala", "halalas")),
        "AED": (_noun("dirham", "dirhams"), _noun("fils", "fils")),
        "EGP": (_noun("Egyptian pound", "Egyptian pounds"), _noun("piastre", "piastres")),
    },
    kilowatt_hour=_noun("kilowatt-hour", "kilowatt-hours"),
)
