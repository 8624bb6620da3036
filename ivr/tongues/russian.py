"""Russian values (pure)."""

from __future__ import annotations

from num2words import num2words

from ivr.tongue import Day, Noun, Tongue, same

MONTHS = tuple(
    "января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()  # noqa: SIM905
)


def number(value: int, gender: str) -> str:
    """Return a number in words."""
    return str(num2words(value, lang="ru", gender=gender))


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things."""
    return f"{number(value, noun.gender)} {_form(value, noun)}"


def _form(value: int, noun: Noun) -> str:
    tens, ones = value % 100, value % 10
    if 11 <= tens <= 14:
        return noun.many
    return noun.one if ones == 1 else noun.few if 2 <= ones <= 4 else noun.many


def day(value: Day) -> str:
    """Return a day: пятого декабря."""
    words = f"{_ordinal(value.day.day, 'n')} {MONTHS[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" {_ordinal(value.day.year, 'm')} года"
    return words


def _ordinal(value: int, gender: str) -> str:
    """Return the genitive: "pay before the fifth", "came on the fifth" are both genitive in Russian."""
    return str(num2words(value, lang="ru", to="ordinal", case="g", gender=gender))


def hour(value: int) -> str:
    """Return an hour in the dative, as "by" wants it: к двадцати одному часу, к четырнадцати часам."""
    if value == 0:
        return "полуночи"
    words = num2words(value, lang="ru", case="d", gender="m")
    return f"{words} {'часу' if value in (1, 21) else 'часам'}"


TONGUE = Tongue(
    language="ru",
    name="Русский",
    voice="ru+f4",
    rate=142,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    money={
        "RUB": (Noun("рубль", "рубля", "рублей"), Noun("копейка", "копейки", "копеек", "f")),
        "USD": (Noun("доллар", "доллара", "долларов"), Noun("цент", "цента", "центов")),
        "EUR": (same("евро"), Noun("цент", "цента", "центов")),
        "GBP": (Noun("фунт", "фунта", "фунтов"), same("пенни", "n")),
        "HUF": (Noun("форинт", "форинта", "форинтов"), Noun("филлер", "филлера", "филлеров")),
        "THB": (Noun("бат", "бата", "батов"), Noun("сатанг", "сатанга", "сатангов")),
        "ETB": (Noun("быр", "быра", "быров"), Noun("сантим", "сантима", "сантимов")),
        "IRR": (Noun("риал", "риала", "риалов"), Noun("динар", "динара", "динаров")),
        "SAR": (Noun("риял", "рияла", "риялов"), Noun("халал", "халала", "халалов")),
        "AED": (Noun("дирхам", "дирхама", "дирхамов"), Noun("филс", "филса", "филсов")),
        "EGP": (Noun("фунт", "фунта", "фунтов"), Noun("пиастр", "пиастра", "пиастров")),
    },
    kilowatt_hour=Noun("киловатт-час", "киловатт-часа", "киловатт-часов"),
)
