"""What operators wrote in earlier contacts: channel, direction, disposition and a note, in two languages (pure).

`{month}` is the month spoken of, `{amount}` an amount of money, `{value}` a meter reading.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """One kind of earlier contact."""

    channel: str
    direction: str
    disposition: str
    topic: str
    english: str
    russian: str
    minutes: int = 4
    """How long such a conversation lasts, about."""

    @property
    def data(self) -> str:
        """What its disposition needs (DOMAIN D4), as JSON; `{value}` is a reading."""
        return NEEDED.get(self.disposition, "")


NEEDED = {
    "READING_TAKEN": '{"reading": "{value}"}',
    "READING_HELD": '{"reading": "{value}"}',
    "COMPLAINT": '{"about": "waiting"}',
}


CONTACTS = (
    Contact(
        "phone",
        "in",
        "READING_TAKEN",
        "reading",
        "Gave reading {value}, read back, confirmed.",
        "Передал показание {value}, зачитано, подтвердил.",
        2,
    ),
    Contact(
        "phone",
        "in",
        "READING_TAKEN",
        "reading",
        "Called to give {value}; was unsure which line to read, explained.",
        "Передала {value}; не знала, какую строку смотреть, объяснили.",
        3,
    ),
    Contact(
        "phone",
        "in",
        "READING_HELD",
        "reading",
        "Reading {value} looks too high, asked for a photo by e-mail.",
        "Показание {value} слишком велико, попросили фото на почту.",
        5,
    ),
    Contact(
        "phone",
        "in",
        "BILL_EXPLAINED",
        "bill",
        "Why is {month} dearer? New tariff since July, walked through the lines.",
        "Почему счёт за {month} выше? Новый тариф с июля, разобрали по строкам.",
        6,
    ),
    Contact(
        "phone",
        "in",
        "BILL_EXPLAINED",
        "bill",
        "Bill for {month} was estimated, the next reading will put it right.",
        "Счёт за {month} по среднему, выровняется после показаний.",
        5,
    ),
    Contact(
        "phone",
        "in",
        "BALANCE",
        "balance",
        "Asked for the balance before paying at the post office.",
        "Уточнила сумму к оплате перед походом на почту.",
        2,
    ),
    Contact(
        "phone",
        "in",
        "PAYMENT_INFO",
        "payment",
        "Payment of {amount} not seen yet, made yesterday through the bank.",
        "Оплата {amount} пока не видна, платил вчера через банк.",
        3,
    ),
    Contact(
        "phone",
        "in",
        "OUTAGE",
        "outage",
        "No light in the whole stairwell, neighbours too. Passed to dispatch.",
        "Нет света во всём подъезде, у соседей тоже. Передано диспетчеру.",
        3,
    ),
    Contact(
        "phone",
        "in",
        "METER_FAULT",
        "meter",
        "Display is blank since the storm. Visit asked for.",
        "После грозы погас дисплей счётчика. Нужен выезд.",
        4,
    ),
    Contact(
        "phone",
        "in",
        "REQUEST_OPENED",
        "application",
        "Wants the meter verified, dog in the yard: ring first.",
        "Заявка на поверку, во дворе собака, звонить заранее.",
        5,
    ),
    Contact(
        "phone",
        "in",
        "REQUEST_STATUS",
        "application",
        "Where is the fitter? Promised again for this week.",
        "Спрашивает, где мастер. Обещали на этой неделе.",
        4,
    ),
    Contact(
        "phone",
        "in",
        "VISIT_BOOKED",
        "application",
        "Visit agreed for Thursday after 17:00.",
        "Визит согласован на четверг после 17:00.",
        4,
    ),
    Contact(
        "phone",
        "in",
        "TARIFF",
        "tariff",
        "Does day and night pay with an electric boiler? Counted an example together.",
        "Выгоден ли день/ночь при электрокотле? Посчитали на примере.",
        7,
    ),
    Contact(
        "phone",
        "in",
        "COMPLAINT",
        "complaint",
        "Angry: waited twenty minutes last time. Apologised.",
        "Недоволен: в прошлый раз ждал двадцать минут. Извинились.",
        6,
    ),
    Contact(
        "phone",
        "in",
        "RECALCULATION",
        "bill",
        "Was away from {month}, asks to recalculate, ticket attached by e-mail.",
        "Отсутствовал с {month}, просит перерасчёт, билет пришлёт почтой.",
        6,
    ),
    Contact("phone", "in", "INFO", "other", "Opening hours of the office.", "Режим работы офиса.", 1),
    Contact(
        "phone",
        "in",
        "CUT_OFF",
        "other",
        "Line broke off in the middle, called back, no answer.",
        "Связь прервалась, перезвонили, не ответил.",
        1,
    ),
    Contact(
        "phone",
        "out",
        "PAYMENT_INFO",
        "debt",
        "Will pay {amount} after payday.",
        "Обещал оплатить {amount} после зарплаты.",
        4,
    ),
    Contact(
        "phone",
        "out",
        "PAYMENT_INFO",
        "debt",
        "Says {amount} was paid by card, will send the receipt.",
        "Говорит, {amount} оплачено картой, пришлёт чек.",
        3,
    ),
    Contact("phone", "out", "NO_ANSWER", "debt", "", "", 0),
    Contact("phone", "out", "INFO", "debt", "Daughter answered, will pass it on.", "Ответила дочь, передаст.", 1),
    Contact(
        "email",
        "in",
        "INFO",
        "bill",
        "Asked for the bill for {month} as a file, sent.",
        "Просила счёт за {month} файлом, отправили.",
        0,
    ),
    Contact(
        "email",
        "in",
        "REQUEST_OPENED",
        "application",
        "Certificate of no debt for the bank.",
        "Справка об отсутствии задолженности для банка.",
        0,
    ),
    Contact(
        "web",
        "in",
        "READING_TAKEN",
        "reading",
        "Reading {value} through the web account.",
        "Показание {value} через личный кабинет.",
        0,
    ),
    Contact(
        "web",
        "in",
        "PAYMENT_LINK",
        "payment",
        "Paid {amount} by the link from the message.",
        "Оплатил {amount} по ссылке из сообщения.",
        0,
    ),
    Contact(
        "office",
        "in",
        "CONTRACT",
        "contract",
        "Came in person, contract signed, copy given.",
        "Приходил лично, договор подписан, копия выдана.",
        15,
    ),
    Contact(
        "office",
        "in",
        "PERSONAL_DATA",
        "contract",
        "New family name after the wedding, passport seen.",
        "Смена фамилии после свадьбы, паспорт предъявлен.",
        10,
    ),
    Contact("sms", "out", "INFO", "debt", "Reminder: {amount} is due.", "Напоминание: к оплате {amount}.", 0),
)

DISPOSITIONS_USED = tuple(sorted({contact.disposition for contact in CONTACTS} | {"INFO"}))
"""Codes that the sample's interactions bear (DOMAIN D4)."""

MONTHS_RU = (
    ["январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь", "октябрь", "ноябрь", "декабрь"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Application:
    """One kind of application as the sample files it (DOMAIN D5)."""

    kind: str
    title: str
    days: int
    """It may take."""
    team: str
    form: str
    """What was filled in, as JSON."""
    result: str


APPLICATIONS = (
    Application("meter_fault", "Meter display is blank", 7, "metering", '{"fault": "blank"}', "Display was replaced"),
    Application("meter_replace", "Replace the meter", 7, "metering", '{"visit": "after 17:00"}', "New meter installed"),
    Application("verification", "Verify the meter", 14, "metering", '{"visit": "any day"}', "Verified, within limits"),
    Application("seal", "Seal the meter", 7, "metering", '{"reason": "repair"}', "Sealed"),
    Application("reconnect", "Reconnect after payment", 2, "dispatch", "{}", "Connected"),
    Application("recalculation", "Recalculate the bill", 7, "billing", '{"reason": "absence"}', "Recalculated"),
    Application("certificate", "Certificate of no debt", 5, "billing", '{"purpose": "a bank"}', "Sent by e-mail"),
    Application("owner_change", "Change of owner", 10, "contracts", "{}", "Contract signed by the new owner"),
    Application("contract", "Renew the contract", 15, "contracts", '{"what": "renew"}', "Renewed"),
    Application("tariff_change", "Change of tariff", 10, "contracts", '{"tariff": "day_night"}', "Changed"),
    Application("complaint", "Complaint about waiting time", 30, "quality",
                '{"about": "waiting", "text": "Waited for twenty minutes"}', "Answered with an apology"),
    Application("personal_data", "Correct personal data", 14, "quality", '{"what": "correct"}', "Corrected"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A custom field that the sample defines; all are choices."""

    entity: str
    code: str
    title: str
    choices: tuple[tuple[str, str], ...]
    """Code and title."""


FIELDS = (
    Field("customer", "contact_time", "Best time to call", (("morning", "Morning"), ("day", "By day"),
                                                              ("evening", "Evening"))),
    Field("account", "heating", "Heating", (("district", "District heating"), ("electric", "Electric"),
                                              ("gas", "Gas"))),
    Field("premises", "entrance", "Entrance", (("open", "Open"), ("code", "With a code"), ("guard", "With a guard"))),
    Field("meter", "place", "Where the meter hangs", (("flat", "In the flat"), ("stairwell", "In the stairwell"),
                                                        ("outside", "Outside"))),
)  # fmt: skip
