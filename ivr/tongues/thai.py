"""Thai values: no plurals, the year of the Buddhist era (pure).

Numbers are num2words'. Days are the Gregorian ones of the bills; a year is counted from 543 B.C., as on every Thai
paper and in CLDR's calendar of `th` (ADR 0020). Hours are the official ones of twenty-four (นาฬิกา).
"""

from __future__ import annotations

from num2words import num2words

from ivr.tongue import Day, Noun, Tongue, same

MONTHS = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน", "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม",
    "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
BUDDHIST_ERA = 543


def number(value: int, _gender: str = "m") -> str:
    """Return a number in words."""
    return str(num2words(value, lang="th"))


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things."""
    return f"{number(value)} {noun.one}"


def day(value: Day) -> str:
    """Return a day: วันที่ ห้า ธันวาคม."""
    words = f"วันที่ {number(value.day.day)} {MONTHS[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" พุทธศักราช {number(value.day.year + BUDDHIST_ERA)}"
    return words


def hour(value: int) -> str:
    """Return an hour on the clock of twenty-four."""
    return f"{number(value)} นาฬิกา"


CENT = same("เซนต์")
TONGUE = Tongue(
    language="th",
    name="ไทย",
    voice="th+f4",
    rate=130,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    money={
        "RUB": (same("รูเบิล"), same("โคเปก")),
        "USD": (same("ดอลลาร์"), CENT),
        "EUR": (same("ยูโร"), CENT),
        "GBP": (same("ปอนด์"), same("เพนนี")),
        "HUF": (same("ฟอรินต์"), same("ฟิลเลอร์")),
        "THB": (same("บาท"), same("สตางค์")),
        "ETB": (same("เบอรร์"), same("ซานติม")),
        "IRR": (same("เรียล"), same("ดีนาร์")),
        "SAR": (same("ริยัล"), same("ฮาลาลา")),
        "AED": (same("เดอร์แฮม"), same("ฟิลส์")),
        "EGP": (same("ปอนด์อียิปต์"), same("ปิอาสเตอร์")),
    },
    kilowatt_hour=same("กิโลวัตต์ชั่วโมง"),
    caution=(
        "espeak-ng reads Thai letter by letter, which nobody can follow: "
        "record the Thai prompts before callers may choose it."
    ),
)
