"""Arabic values, Modern Standard: polarity of gender, dual, two kinds of plural (pure).

Three to ten take the gender that the counted thing does not have, and its genitive plural; eleven to ninety-nine its
accusative singular; hundreds and thousands its genitive singular; one and two are the thing itself, in the singular
and in the dual. Sentences are worded so that amounts stand in the nominative and days behind a preposition.
Forms and rules: CLDR's plural categories of `ar`; Karin C. Ryding, A Reference Grammar of Modern Standard Arabic, 15.
"""

from __future__ import annotations

from ivr.tongue import Day, Noun, Tongue

AND = " و"
ZERO = "صفر"
# The form a masculine thing takes, then the form a feminine one takes.
ONES = {
    "m": ("واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"),
    "f": ("واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"),
}
TEENS = {
    "m": ("أحد عشر", "اثنا عشر", *(f"{one} عشر" for one in ONES["m"][2:9])),
    "f": ("إحدى عشرة", "اثنتا عشرة", *(f"{one} عشرة" for one in ONES["f"][2:9])),
}
TENS = ("عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
HUNDREDS = ("مئة", "مئتان", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة")
GROUPS = (
    (10**9, Noun("مليار", "مليارات", "ملياراً", two="ملياران")),
    (10**6, Noun("مليون", "ملايين", "مليوناً", two="مليونان")),
    (10**3, Noun("ألف", "آلاف", "ألفاً", two="ألفان")),
)
ACCUSATIVES = tuple(group.many for _, group in GROUPS)
DUALS = ("مئتان", "ألفان", "مليونان", "ملياران")
OBLIQUE = {
    **{ten: ten.removesuffix("ون") + "ين" for ten in TENS},
    **{dual: dual.removesuffix("ان") + "ين" for dual in DUALS},
    "اثنان": "اثنين",
    "اثنتان": "اثنتين",
    "اثنا": "اثني",
    "اثنتا": "اثنتي",
}
"""Genitive of what has one of its own in writing."""
MONTHS = (
    "يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر",
)  # fmt: skip
"""As CLDR writes them for `ar`."""
ORDINALS = (
    "الأول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر", "الحادي عشر",
    "الثاني عشر", "الثالث عشر", "الرابع عشر", "الخامس عشر", "السادس عشر", "السابع عشر", "الثامن عشر", "التاسع عشر",
    "العشرين",
)  # fmt: skip
UNITS_BEFORE_TENS = ("الحادي", *ORDINALS[1:9])
HOURS = (
    "الثانية عشرة", "الواحدة", "الثانية", "الثالثة", "الرابعة", "الخامسة", "السادسة", "السابعة", "الثامنة", "التاسعة",
    "العاشرة", "الحادية عشرة",
)  # fmt: skip


def number(value: int, gender: str) -> str:
    """Return a number in the nominative; `gender` is that of what is counted, men's "m" for bare numbers."""
    if value == 0:
        return ZERO
    parts = []
    for size, group in GROUPS:
        count, value = divmod(value, size)
        if count:
            parts.append(_group(count, group))
    if value >= 100:
        parts.append(HUNDREDS[value // 100 - 1])
        value %= 100
    if value:
        parts.append(_below_hundred(value, gender))
    return AND.join(parts)


def _below_hundred(value: int, gender: str) -> str:
    if value <= 10:
        return ONES[gender][value - 1]
    if value < 20:
        return TEENS[gender][value - 11]
    tens, ones = divmod(value, 10)
    if not ones:
        return TENS[tens - 2]
    first = "إحدى" if (ones, gender) == (1, "f") else ONES[gender][ones - 1]
    return f"{first}{AND}{TENS[tens - 2]}"


def _group(count: int, group: Noun) -> str:
    """Return how many thousands: "a thousand", "two thousand", then as any counted thing."""
    if count == 1:
        return group.one
    return _counted(count, group, single=group.one)


def quantity(value: int, noun: Noun) -> str:
    """Return a number of things."""
    one = "واحد" if noun.gender == "m" else "واحدة"
    return _counted(value, noun, single=f"{noun.one} {one}")


def _counted(value: int, noun: Noun, *, single: str) -> str:
    last = value % 100
    if last in (1, 2):
        thing = single if last == 1 else noun.two or f"{ONES[noun.gender][1]} {noun.one}"
        # A hundred and one pounds are "a hundred pounds and a pound".
        return f"{_construct(number(value - last, noun.gender))} {noun.one}{AND}{thing}" if value > last else thing
    words = number(value, noun.gender)
    if 3 <= last <= 10:
        return f"{words} {noun.few}"
    if last:
        return f"{words} {noun.many}"
    return f"{_construct(words)} {noun.one}"


def _construct(words: str) -> str:
    """Return a number as its thing follows it at once: مئتان but مئتا روبل, أحد عشر ألفاً but أحد عشر ألف روبل."""
    if words.endswith(DUALS):
        return words[:-1]
    return words.removesuffix("اً") if words.endswith(ACCUSATIVES) else words


def _oblique(words: str) -> str:
    parts = []
    for word in words.split(" "):
        joined = word.startswith("و") and word[1:] in OBLIQUE
        bare = word[1:] if joined else word
        parts.append(("و" if joined else "") + OBLIQUE.get(bare, bare))
    return " ".join(parts)


def day(value: Day) -> str:
    """Return a day as it stands behind a preposition: الخامس من ديسمبر."""
    tens, ones = divmod(value.day.day, 10)
    if value.day.day <= 20:
        ordinal = ORDINALS[value.day.day - 1]
    elif ones:
        ordinal = f"{UNITS_BEFORE_TENS[ones - 1]} وال{OBLIQUE[TENS[tens - 2]]}"
    else:
        ordinal = f"ال{OBLIQUE[TENS[tens - 2]]}"
    words = f"{ordinal} من {MONTHS[value.day.month - 1]}"
    if value.day.year != value.near.year:
        words += f" عام {_oblique(number(value.day.year, 'm'))}"
    return words


def hour(value: int) -> str:
    """Return an hour as an ordinal with the part of the day, CLDR's for `ar`."""
    if value == 0:
        return "الثانية عشرة عند منتصف الليل"
    part = "ليلاً" if value < 3 else "صباحاً" if value < 12 else "ظهراً" if value == 12 else ""
    part = part or ("بعد الظهر" if value < 18 else "مساءً")
    return f"{HOURS[value % 12]} {part}"


CENT = Noun("سنت", "سنتات", "سنتاً", two="سنتان")
EURO = Noun("يورو", "يورو", "يورو", two="اثنان يورو")
POUND = Noun("جنيه", "جنيهات", "جنيهاً", two="جنيهان")
TONGUE = Tongue(
    language="ar",
    name="العربية",
    voice="ar+f4",
    rate=140,
    number=number,
    quantity=quantity,
    day=day,
    hour=hour,
    between=AND,
    money={
        "RUB": (
            Noun("روبل", "روبلات", "روبلاً", two="روبلان"),
            Noun("كوبيك", "كوبيكات", "كوبيكاً", two="كوبيكان"),
        ),
        "USD": (Noun("دولار", "دولارات", "دولاراً", two="دولاران"), CENT),
        "EUR": (EURO, CENT),
        "GBP": (POUND, Noun("بنس", "بنسات", "بنساً", two="بنسان")),
        "HUF": (
            Noun("فورنت", "فورنتات", "فورنتاً", two="فورنتان"),
            Noun("فيلر", "فيلرات", "فيلراً", two="فيلران"),
        ),
        "THB": (Noun("بات", "باتات", "باتاً", two="باتان"), Noun("ساتانغ", "ساتانغات", "ساتانغاً", two="ساتانغان")),
        "ETB": (Noun("بر", "برات", "براً", two="بران"), Noun("سنتيم", "سنتيمات", "سنتيماً", two="سنتيمان")),
        "IRR": (Noun("ريال", "ريالات", "ريالاً", two="ريالان"), Noun("دينار", "دنانير", "ديناراً", two="ديناران")),
        "SAR": (
            Noun("ريال", "ريالات", "ريالاً", two="ريالان"),
            Noun("هللة", "هللات", "هللةً", "f", two="هللتان"),
        ),
        "AED": (Noun("درهم", "دراهم", "درهماً", two="درهمان"), Noun("فلس", "فلوس", "فلساً", two="فلسان")),
        "EGP": (POUND, Noun("قرش", "قروش", "قرشاً", two="قرشان")),
    },
    kilowatt_hour=Noun("كيلوواط ساعة", "كيلوواط ساعة", "كيلوواط ساعة", two="اثنان كيلوواط ساعة"),
)
