"""Hungarian values: one word a number, két before a thing, days with the month's possessive (pure).

num2words says "száztizenkét" where nothing follows. Endings (-ig, -án) would have to agree with every last vowel, so
sentences are worded for the bare form: "Fizetési határidő: december ötödike."
Rules: A magyar helyesírás szabályai (12th ed.), 289 (hyphens above two thousand), 292-297 (dates).
"""

from __future__ import annotations

from ivr.tongue import Day, Noun, Tongue, same

ZERO = "nulla"
ONES = ("egy", "kettő", "három", "négy", "öt", "hat", "hét", "nyolc", "kilenc")
TENS = ("tíz", "húsz", "harminc", "negyven", "ötven", "hatvan", "hetven", "nyolcvan", "kilencven")
AFTER_TEN = ("tizen", "huszon", *TENS[2:])
GROUPS = ((10**9, "milliárd"), (10**6, "millió"), (10**3, "ezer"))
MONTHS = (
    "január", "február", "március", "április", "május", "június", "július", "augusztus", "szeptember", "október",
    "november", "december",
)  # fmt: skip
DAYS = ("elseje", "másodika", "harmadika", "negyedike", "ötödike", "hatodika", "hetedike", "nyolcadika", "kilencedike")
COMPOUND_DAYS = ("egyedike", "kettedike", *DAYS[2:])
TENTHS = {10: "tizedike", 20: "huszadika", 30: "harmincadika"}


def number(value: int, _gender: str = "m") -> str:
    """Return a number in words as it is said by itself."""
    if value == 0:
        return ZERO
    parts, rest = [], value
    for size, name in GROUPS:
        count, rest = divmod(rest, size)
        if count:
            one = "" if (count, size) == (1, 1000) else before_thing(count)
            parts.append(one + name)
    if rest:
        parts.append(_below_thousand(rest))
    return ("-" if value > 2000 else "").join(parts)


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    words = "" if not hundreds else ("" if hundreds == 1 else before_thing(hundreds)) + "száz"
    tens, ones = divmod(rest, 10)
    if tens:
        words += AFTER_TEN[tens - 1] if ones else TENS[tens - 1]
    return words + (ONES[ones - 1] if ones else "")


def before_thing(value: int) -> str:
    """Return a number as it stands before what is counted: két forint, tizenkét forint."""
    words = number(value)
    return words.removesuffix("kettő") + "két" if words.endswith("kettő") else words


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things; they stay in the singular."""
    return f"{before_thing(value)} {noun.one}"


def day(value: Day) -> str:
    """Return a day, largest part first: kétezer-huszonöt január másodika."""
    tens, ones = divmod(value.day.day, 10)
    if not ones:
        said = TENTHS[value.day.day]
    else:
        said = AFTER_TEN[tens - 1] + COMPOUND_DAYS[ones - 1] if tens else DAYS[ones - 1]
    words = f"{MONTHS[value.day.month - 1]} {said}"
    return words if value.day.year == value.near.year else f"{number(value.day.year)} {words}"


def hour(value: int) -> str:
    """Return an hour on the clock of twenty-four."""
    return f"{before_thing(value)} óra"


CENT = same("cent")
TONGUE = Tongue(
    language="hu",
    name="Magyar",
    voice="hu+f4",
    rate=142,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    money={
        "RUB": (same("rubel"), same("kopejka")),
        "USD": (same("dollár"), CENT),
        "EUR": (same("euró"), CENT),
        "GBP": (same("font"), same("penny")),
        "HUF": (same("forint"), same("fillér")),
        "THB": (same("baht"), same("szatang")),
        "ETB": (same("birr"), same("szantim")),
        "IRR": (same("riál"), same("dinár")),
        "SAR": (same("riál"), same("halala")),
        "AED": (same("dirham"), same("filsz")),
        "EGP": (same("egyiptomi font"), same("piaszter")),
    },
    kilowatt_hour=same("kilowattóra"),
)
