"""Seven languages: every phrase in each, and values as a speaker of the language says them.

The values were checked against the rules that each module of `ivr/tongues` names; names of months and parts of the day
against CLDR (by babel).
"""

from __future__ import annotations

from datetime import date, time
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
from babel import Locale
from babel.dates import get_period_id
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr import flow, library, survey
from ivr.answers import Account, Began, Found, Pressed, Queued, Silence, Unavailable
from ivr.effects import Collect, Finish, KeepMark, LookUpCaller, Say, SetVariables
from ivr.letters import letter
from ivr.library import Library
from ivr.session import Session
from ivr.spoken import TONGUES, Day, Digits, Energy, Hour, Key, Money, Value, Words, render, say
from ivr.talk import Rules
from ivr.tongues import amharic, arabic, hungarian, persian, thai
from tests.ivr.people import NOW, RULES

pytestmark = pytest.mark.unit

SEVEN = ("en", "ru", "ar", "fa", "hu", "am", "th")
NEAR = date(2026, 11, 20)


NOWHERE = Path("/nonexistent")


@cache
def books(languages: tuple[str, ...] = SEVEN) -> Library:
    """The shipped words, read once: seven languages are a second's work."""
    return library.load(languages, NOWHERE)


def money(amount: str, currency: str) -> Money:
    return Money(Decimal(amount), currency)


def of(month: int, day: int, year: int = 2026) -> Day:
    return Day(date(year, month, day), NEAR)


GOLDEN: dict[str, list[tuple[Value, str]]] = {
    "ar": [
        (money("1", "EGP"), "جنيه واحد"),
        (money("2", "EGP"), "جنيهان"),
        (money("3", "EGP"), "ثلاثة جنيهات"),
        (money("10", "SAR"), "عشرة ريالات"),
        (money("11", "SAR"), "أحد عشر ريالاً"),
        (money("0.02", "SAR"), "صفر ريال وهللتان"),
        (money("0.03", "SAR"), "صفر ريال وثلاث هللات"),
        (money("0.11", "SAR"), "صفر ريال وإحدى عشرة هللةً"),
        (money("0.18", "SAR"), "صفر ريال وثماني عشرة هللةً"),
        (money("0.21", "SAR"), "صفر ريال وإحدى وعشرون هللةً"),
        (money("100", "AED"), "مئة درهم"),
        (money("101", "AED"), "مئة درهم ودرهم واحد"),
        (money("102", "AED"), "مئة درهم ودرهمان"),
        (money("103", "AED"), "مئة وثلاثة دراهم"),
        (money("200", "AED"), "مئتا درهم"),
        (money("2000", "AED"), "ألفا درهم"),
        (money("3000", "AED"), "ثلاثة آلاف درهم"),
        (money("11000", "AED"), "أحد عشر ألف درهم"),
        (money("100000", "AED"), "مئة ألف درهم"),
        (money("1021.50", "RUB"), "ألف وواحد وعشرون روبلاً وخمسون كوبيكاً"),
        (money("2000000", "USD"), "مليونا دولار"),
        (of(12, 5), "الخامس من ديسمبر"),
        (of(12, 11), "الحادي عشر من ديسمبر"),
        (of(12, 21), "الحادي والعشرين من ديسمبر"),
        (of(12, 30), "الثلاثين من ديسمبر"),
        (of(1, 2, 2025), "الثاني من يناير عام ألفين وخمسة وعشرين"),
        (Hour(14), "الثانية بعد الظهر"),
        (Hour(23), "الحادية عشرة مساءً"),
        (Digits("08"), "صفر, ثمانية"),
    ],
    "fa": [
        (money("1021.50", "RUB"), "هزار و بیست و یک روبل و پنجاه کوپک"),
        (money("250000", "IRR"), "دویست و پنجاه هزار ریال"),
        (money("1500000", "IRR"), "یک میلیون و پانصد هزار ریال"),
        (of(12, 1), "یکم دسامبر"),
        (of(11, 30), "سی‌ام نوامبر"),
        (of(12, 31), "سی و یکم دسامبر"),
        (of(1, 2, 2025), "دوم ژانویه سال دو هزار و بیست و پنج"),
        (Hour(14), "دو بعد از ظهر"),
        (Hour(21), "نه شب"),
        (Digits("407"), "چهار, صفر, هفت"),
    ],
    "hu": [
        (money("2", "HUF"), "két forint"),
        (money("12", "HUF"), "tizenkét forint"),
        (money("102", "HUF"), "százkét forint"),
        (money("1000", "HUF"), "ezer forint"),
        (money("1999", "HUF"), "ezerkilencszázkilencvenkilenc forint"),
        (money("2000", "HUF"), "kétezer forint"),
        (money("2001", "HUF"), "kétezer-egy forint"),
        (money("12345", "HUF"), "tizenkétezer-háromszáznegyvenöt forint"),
        (money("1000000", "HUF"), "egymillió forint"),
        (money("1001000", "HUF"), "egymillió-ezer forint"),
        (money("5.22", "EUR"), "öt euró huszonkét cent"),
        (of(12, 1), "december elseje"),
        (of(12, 2), "december másodika"),
        (of(12, 10), "december tizedike"),
        (of(12, 11), "december tizenegyedike"),
        (of(12, 12), "december tizenkettedike"),
        (of(12, 22), "december huszonkettedike"),
        (of(12, 31), "december harmincegyedike"),
        (of(1, 2, 2025), "kétezer-huszonöt január másodika"),
        (Hour(14), "tizennégy óra"),
        (Hour(22), "huszonkét óra"),
        (Digits("102"), "egy, nulla, kettő"),
    ],
    "am": [
        (money("1.50", "ETB"), "አንድ ብር ከሃምሳ ሳንቲም"),
        (money("11", "ETB"), "አሥራ አንድ ብር"),
        (money("100", "ETB"), "አንድ መቶ ብር"),
        (money("1100", "ETB"), "አንድ ሺህ አንድ መቶ ብር"),
        (money("12345", "ETB"), "አሥራ ሁለት ሺህ ሦስት መቶ አርባ አምስት ብር"),
        (money("1000000", "ETB"), "አንድ ሚሊዮን ብር"),
        (of(12, 5), "ዲሴምበር አምስት ቀን"),
        (of(1, 2, 2025), "ጃንዋሪ ሁለት ቀን እንደ አውሮፓውያን አቆጣጠር ሁለት ሺህ ሃያ አምስት"),
        (Hour(7), "ከጠዋቱ አንድ ሰዓት"),
        (Hour(12), "ከቀኑ ስድስት ሰዓት"),
        (Hour(14), "ከቀኑ ስምንት ሰዓት"),
        (Hour(18), "ከምሽቱ አሥራ ሁለት ሰዓት"),
        (Hour(0), "ከሌሊቱ ስድስት ሰዓት"),
        (Digits("90"), "ዘጠኝ, ዜሮ"),
    ],
    "th": [
        (money("20", "THB"), "ยี่สิบ บาท"),
        (money("21.25", "THB"), "ยี่สิบเอ็ด บาท ยี่สิบห้า สตางค์"),
        (money("11", "THB"), "สิบเอ็ด บาท"),
        (money("12345", "THB"), "หนึ่งหมื่นสองพันสามร้อยสี่สิบห้า บาท"),
        (money("100000", "THB"), "หนึ่งแสน บาท"),
        (of(12, 5), "วันที่ ห้า ธันวาคม"),
        (of(1, 2, 2025), "วันที่ สอง มกราคม พุทธศักราช สองพันห้าร้อยหกสิบแปด"),
        (Hour(14), "สิบสี่ นาฬิกา"),
        (Digits("07"), "ศูนย์, เจ็ด"),
    ],
    "en": [(Hour(0), "midnight"), (Hour(12), "noon"), (Hour(14), "two p.m."), (Hour(9), "nine a.m.")],
    "ru": [(Hour(0), "полуночи"), (Hour(1), "одному часу"), (Hour(14), "четырнадцати часам"),
           (Hour(21), "двадцати одному часу"), (Hour(22), "двадцати двум часам")],
}  # fmt: skip


@pytest.mark.parametrize("language", SEVEN)
def test_values_are_said_as_speakers_say_them(language: str) -> None:
    assert {str(value): say(value, TONGUES[language]) for value, _ in GOLDEN[language]} == {
        str(value): words for value, words in GOLDEN[language]
    }


def test_months_are_those_of_cldr() -> None:
    for language, months in (
        ("ar", arabic.MONTHS),
        ("fa", persian.MONTHS),
        ("hu", hungarian.MONTHS),
        ("am", amharic.MONTHS),
        ("th", thai.MONTHS),
    ):
        named = Locale.parse(language).months["stand-alone"]["wide"]
        assert months == tuple(named[month] for month in range(1, 13)), language


@pytest.mark.parametrize("language", ["ar", "fa"])
def test_afternoon_begins_and_ends_as_cldr_says(language: str) -> None:
    """From one to five in the afternoon the part of the day is CLDR's `afternoon`, and no other hour has its words."""
    mark = "بعد"
    for hour in range(24):
        ours = mark in TONGUES[language].hour(hour)
        period = get_period_id(time(hour), type="selection", locale=language) or ""
        if 13 <= hour <= 17:
            assert ours
            assert period.startswith(("afternoon", "evening"))
        if hour < 12 or hour > 18:
            assert not ours


NUMBERS = st.integers(min_value=0, max_value=10**12 - 1)


@settings(max_examples=40)
@given(NUMBERS, NUMBERS)
def test_two_numbers_never_sound_alike(one: int, other: int) -> None:
    for tongue in TONGUES.values():
        assert (tongue.number(one, "m") == tongue.number(other, "m")) == (one == other)


@settings(max_examples=25)
@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_any_amount_has_words_of_its_own_script_in_every_currency_we_know(amount: Decimal) -> None:
    for tongue in TONGUES.values():
        for currency in (*tongue.money, "KZT"):
            words = say(Money(amount, currency), tongue)
            assert words == words.strip()
            assert not any(char.isdigit() for char in words)
            assert "  " not in words


def test_every_tongue_knows_the_same_currencies() -> None:
    assert {tuple(tongue.money) for tongue in TONGUES.values()} == {tuple(TONGUES["en"].money)}


def test_every_phrase_is_there_in_all_seven_with_the_same_values(tmp_path: Path) -> None:
    assert books().languages == SEVEN
    english = books().wordings["en"]
    for wording in books().wordings.values():
        assert list(wording.prompts) == list(english.prompts), wording.language
        for prompt in english.prompts:
            assert wording.places(prompt) == english.places(prompt), f"{wording.language}: {prompt}"


def test_no_phrase_was_left_in_another_language(tmp_path: Path) -> None:
    for language, wording in books().wordings.items():
        others = [SCRIPT for code, SCRIPT in ALPHABETS.items() if code not in ALIKE.get(language, (language,))]
        for prompt, sentence in wording.prompts.items():
            bare = "".join(text for text, _ in library.wording.pieces(sentence)).replace("PIN", "").replace("SMS", "")
            assert not any(first <= char <= last for char in bare for first, last in others), f"{language}: {prompt}"


ALPHABETS = {"en": ("A", "z"), "ru": ("Ѐ", "ӿ"), "ar": ("؀", "ۿ"), "am": ("\u1200", "\u137f"), "th": ("ก", "๛")}
ALIKE = {"hu": ("en",), "fa": ("ar",)}


def test_values_fill_every_sentence_of_every_language(tmp_path: Path) -> None:
    values: dict[str, Value] = {
        "utility": Words("Sample Energy"), "key": Key(3), "amount": money("1021.50", "RUB"), "due": of(12, 5),
        "place": Key(3),
        "day": of(1, 2, 2025), "hour": Hour(14), "digits": Digits("42"), "serial": Digits("1234"), "code": Digits("7"),
        "text": Words("…"),
    }  # fmt: skip
    for language, wording in books().wordings.items():
        for prompt in wording.prompts:
            said = render(wording, prompt, values, TONGUES[language])
            assert said.strip()
            assert "{" not in said


@pytest.mark.parametrize(("key", "language"), list(enumerate(SEVEN, 1)))
def test_the_offer_of_seven_languages_is_one_question_and_each_key_chooses(
    key: int, language: str, tmp_path: Path
) -> None:
    session = Session(books().flow, _rules(SEVEN), number="", now=NOW)
    batch = session.receive(Began(), NOW)
    offered = [part.language for say_ in batch if isinstance(say_, Say) for part in say_.parts]
    assert offered[-7:] == list(SEVEN)
    assert isinstance(batch[-1], Collect)
    session.receive(Pressed(str(key)), NOW)
    assert session.language == language


def test_silence_at_the_offer_leaves_the_first_language(tmp_path: Path) -> None:
    session = Session(books().flow, _rules(("th", "am", "en")), number="+74955550101", now=NOW)
    session.receive(Began(), NOW)
    session.receive(Silence(), NOW)
    assert isinstance(session.receive(Silence(), NOW)[-1], LookUpCaller)
    session.receive(Found((Account(1, "100000001"),)), NOW)
    assert session.language == "th"


def _rules(languages: tuple[str, ...]) -> Rules:
    return Rules(
        languages=languages,
        utility=RULES.utility,
        zone=RULES.zone,
        is_account_number=RULES.is_account_number,
        account_digits=RULES.account_digits,
    )


def test_the_digits_of_a_number_are_said_with_the_energy_it_counts() -> None:
    assert say(Energy(2), TONGUES["hu"]) == "két kilowattóra"
    assert say(Energy(21), TONGUES["ar"]) == "واحد وعشرون كيلوواط ساعة"


@pytest.mark.parametrize("what", ["balance", "how_to_pay"])
def test_what_is_written_to_a_caller_is_in_his_language_and_complete(what: str) -> None:
    values = {"utility": "Sample Energy", "account": "100000001", "owed": "12.50", "currency": "EUR"}
    texts = {language: letter(what, language, values) for language in SEVEN}
    assert len(set(texts.values())) == len(SEVEN)
    for subject, body in texts.values():
        assert subject
        assert all(value in body for value in values.values())


SURVEY = """name: survey
start: one
operator: end
steps:
  one: {survey: talk_service, next: bye}
  bye: {hang_up: talk_thanks}
  end: {transfer: talk_thanks}
"""


def test_a_transfer_may_ask_for_the_survey() -> None:
    text = "name: m\nstart: o\noperator: o\nsteps: {o: {transfer: to_operator, survey: true}}\n"
    step = flow.parse(text).steps["o"]
    assert isinstance(step, flow.TransferStep)
    assert step.survey


@pytest.mark.parametrize("language", SEVEN)
def test_the_survey_we_ship_can_be_asked_in_every_language(language: str, tmp_path: Path) -> None:
    asked = survey.load(tmp_path, books().wordings)
    assert survey.check(asked, books().wordings) == ""
    one = survey.Survey(asked, _rules(SEVEN), language=language, number="", now=NOW)
    batch = one.receive(Began(), NOW)
    assert {part.language for said in batch if isinstance(said, Say) for part in said.parts} == {language}
    assert not any(isinstance(effect, SetVariables) for effect in batch)
    kept = one.receive(Pressed("5"), NOW)[-1]
    assert kept == KeepMark("service", 5)
    one.receive(Queued(), NOW)
    assert one.receive(Pressed("3"), NOW)[-1] == KeepMark("solved", 3)
    assert isinstance(one.receive(Queued(), NOW)[-1], Finish)
    assert one.over


OURS = flow.parse((library.SHIPPED / "flows" / "survey.yaml").read_text("utf-8"))


@settings(max_examples=40)
@given(st.lists(st.sampled_from([*"0123456789*#", ""]), max_size=12), st.booleans())
def test_a_survey_ends_under_any_presses_and_keeps_each_mark_once(keys: list[str], away: bool) -> None:
    one = survey.Survey(OURS, _rules(("en",)), language="xx", number="", now=NOW)
    batch, presses, marks = one.receive(Began(), NOW), iter(keys), []
    for _ in range(20):
        if one.over:
            break
        if isinstance(batch[-1], KeepMark):
            marks.append(batch[-1].question)
            batch = one.receive(Unavailable() if away else Queued(), NOW)
            continue
        key = next(presses, "")
        batch = one.receive(Pressed(key) if key else Silence(), NOW)
    assert one.over
    assert len(marks) == len(set(marks)) <= 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SURVEY.replace("survey: talk_service", "say: talk_service"), "one to 5 questions, this one has 0"),
        (SURVEY.replace("hang_up: talk_thanks", "balance: x, next: one, unverified: one, failed: one"), "nothing else"),
        (SURVEY.replace("hang_up: talk_thanks", "hang_up: nobody_wrote_this"), "nobody_wrote_this"),
        ("nonsense", ""),
    ],
)
def test_a_survey_that_cannot_be_asked_is_replaced_by_ours(text: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "survey.yaml").write_text(text, "utf-8")
    assert survey.load(tmp_path, books().wordings).start == "intro"
    if reason:
        assert reason in survey.check(flow.parse(text), books().wordings)


def test_the_houses_own_survey_is_asked(tmp_path: Path) -> None:
    (tmp_path / "survey.yaml").write_text(SURVEY, "utf-8")
    assert survey.load(tmp_path, books().wordings).start == "one"
