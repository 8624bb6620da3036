"""Made-up desks, calls and cards for the page alone."""
# ruff: noqa: RUF001 -- people here have Russian names.

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from crm_core.advice import Offer
from crm_core.card import (
    ApplicationRow,
    Candidate,
    Card,
    DebtBucket,
    InteractionRow,
    InvoiceRow,
    Meter,
    PaymentRow,
    Person,
    Promise,
    ReadingRow,
    Register,
)
from routing.views import (
    CallPhase,
    CallView,
    CampaignView,
    DeskView,
    FloorView,
    OperatorId,
    OperatorState,
    OperatorView,
    QueueView,
)
from tests.desk import whole

TODAY = date(2026, 11, 22)
ME = OperatorId(7)
OFFER = Offer(
    offer_id=5,
    title="Night tariff",
    texts={"en": "Electricity at night costs half.", "ru": "Ночью электричество вдвое дешевле."},
    priority=1,
    valid_from=date(2026, 1, 1),
    valid_to=None,
    quiet_days=90,
    without_debt=False,
    opens="application:tariff",
)
DISPOSITIONS = (
    ("READING_TAKEN", "Meter reading taken"),
    ("BILL_EXPLAINED", "Bill explained"),
    ("BALANCE", "Balance told"),
    ("PAYMENT_INFO", "Told how to pay"),
    ("REQUEST_OPENED", "Request opened"),
    ("INFO", "Other information"),
    ("COMPLAINT", "Complaint"),
    ("METER_FAULT", "Meter fault reported"),
    ("TARIFF", "Tariff question"),
    ("SILENT", "Nobody spoke"),
)
COLLECTIONS = (
    ("PTP", "Promised to pay"),
    ("PLAN", "Payment plan agreed"),
    ("HARDSHIP", "Cannot pay now"),
)
SYSTEM = (("UNDISPOSED", "Not written up"), ("ABANDON", "Caller gave up waiting"))


def now() -> datetime:
    """Return the present; the page counts from it."""
    return datetime.now(UTC)


def month_back(count: int, day: int) -> date:
    """Return the `day` of the month `count` months before this one."""
    at = TODAY.year * 12 + TODAY.month - 1 - count
    return date(at // 12, at % 12 + 1, day)


def call(phase: CallPhase = CallPhase.RINGING, **changes: Any) -> CallView:
    """Build a call as it stands in `phase`."""
    at = now()
    later = phase in {CallPhase.TALKING, CallPhase.HELD, CallPhase.WRAP_UP, CallPhase.REJOINING}
    values: dict[str, Any] = {
        "call_id": "main-1763800000.42",
        "phase": phase,
        "number": "+79123456789",
        "name": "",
        "dialled": "100",
        "queue": "main",
        "language": "ru",
        "account_id": 4711,
        "candidates": (),
        "topic": "balance",
        "path": ("language=ru", "account=100200305", "balance", "operator"),
        "arrived_at": at - timedelta(seconds=95 if not later else 245),
        "waiting_since": at - timedelta(seconds=38 if not later else 190),
        "offered_at": at - timedelta(seconds=4 if not later else 152),
        "answered_at": at - timedelta(seconds=147) if later else None,
        "held_since": at - timedelta(seconds=12) if phase is CallPhase.HELD else None,
        "ended_at": at - timedelta(seconds=14) if phase is CallPhase.WRAP_UP else None,
        "operator_id": ME,
    }
    return CallView(**(values | changes))


def operator(state: OperatorState = OperatorState.READY, **changes: Any) -> OperatorView:
    """Build this desk's operator."""
    at = now()
    values: dict[str, Any] = {
        "operator_id": ME,
        "name": "Ольга Крылова",
        "extension": "101",
        "state": state,
        "reason": "",
        "since": at - timedelta(seconds=14 if state is OperatorState.WRAP_UP else 147),
        "until": at + timedelta(seconds=46) if state is OperatorState.WRAP_UP else None,
        "phone_ok": True,
        "call_id": None,
        "calls_today": 17,
    }
    return OperatorView(**(values | changes))


def queue(**changes: Any) -> QueueView:
    """Build the main queue."""
    values: dict[str, Any] = {
        "queue": "main",
        "waiting": 3,
        "longest_since": now() - timedelta(seconds=74),
        "offered": 61,
        "answered": 54,
        "answered_in_threshold": 47,
        "abandoned": 4,
        "abandoned_short": 1,
        "kept": 0,
    }
    return QueueView(**(values | changes))


def desk(state: OperatorState = OperatorState.READY, on: CallView | None = None, **changes: Any) -> DeskView:
    """Build the desk's snapshot."""
    return DeskView(operator=operator(state, call_id=on.call_id if on else None, **changes), call=on, queues=(queue(),))


def campaign(**changes: object) -> CampaignView:
    """Build a campaign that runs."""
    values: dict[str, object] = {
        "campaign_id": 7, "name": "October debts", "mode": "predictive", "operators": 6, "idle": 2, "ringing": 5,
        "waiting": 0, "talking": 3, "answered": 118, "abandoned": 2, "cap": 0.03, "why": "pace",
    }  # fmt: skip
    return CampaignView(**(values | changes))  # type: ignore[arg-type]


def floor() -> FloorView:
    """Build a floor with every state of an operator and most phases of a call."""
    states = list(OperatorState)
    names = (
        "Ольга Крылова",
        "Марат Гилязов",
        "Anna Szabó",
        "Ирина Лебедева",
        "Тимур Ахметов",
        "Елена Зуева",
        "Павел Ким",
        "Дарья Орлова",
    )
    operators = tuple(
        operator(
            states[(index + 1) % 6],
            operator_id=OperatorId(index + 1),
            name=name,
            extension=str(101 + index),
            reason="lunch" if states[(index + 1) % 6] is OperatorState.NOT_READY else "",
            since=now() - timedelta(seconds=37 * (index + 1)),
            until=now() + timedelta(seconds=31) if states[(index + 1) % 6] is OperatorState.WRAP_UP else None,
            phone_ok=index != 6,
            call_id=f"main-{index}"
            if states[(index + 1) % 6] in {OperatorState.TALKING, OperatorState.RESERVED}
            else None,
            calls_today=9 + index,
        )
        for index, name in enumerate(names * 2)
    )
    phases = (
        CallPhase.IVR,
        CallPhase.RINGING,
        CallPhase.TALKING,
        CallPhase.WAITING,
        CallPhase.WAITING,
        CallPhase.HELD,
        CallPhase.FALLBACK,
    )
    calls = tuple(
        call(
            phase,
            call_id=f"main-{index}",
            number=f"+7912345{6000 + 137 * index}",
            operator_id=OperatorId(index + 1)
            if phase in {CallPhase.RINGING, CallPhase.TALKING, CallPhase.HELD}
            else None,
        )
        for index, phase in enumerate(phases)
    )
    return FloorView(
        operators=operators,
        calls=calls,
        queues=(queue(), queue(queue="debt", waiting=0, longest_since=None, answered_in_threshold=31)),
        nodes={"main": True},
    )


def candidate(index: int = 0, **changes: Any) -> Candidate:
    """Build a candidate of a chooser or a search."""
    people = ("Смирнова Анна Викторовна", "Смирнов Пётр Алексеевич", "ООО «Хлебозавод № 3»")
    values: dict[str, Any] = {
        "account_id": 4711 + index,
        "account_number": f"10020030{5 + index}",
        "customer": people[index % 3],
        "kind": "organisation" if index % 3 == 2 else "person",
        "contact": "Жукова М. П., главный бухгалтер" if index % 3 == 2 else "",
        "address": (
            "г. Пермь, ул. Ленина, д. 12, кв. 45",
            "г. Пермь, ул. Садовая, д. 3",
            "г. Пермь, Промышленный пр-д, 7",
        )[index % 3],
        "balance": Decimal(("2417.60", "0.00", "-15320.00")[index % 3]),
        "why": "phone",
    }
    return Candidate(**(values | changes))


def readings(months: int) -> tuple[ReadingRow, ...]:
    """Build a day and a night reading a month, newest first, a few of them doubtful."""
    rows = []
    for back in range(months):
        for code, base in (("day", 14210), ("night", 6120)):
            used = Decimal(
                int(
                    (150 if code == "day" else 62) * (1.35 if month_back(back, 1).month in {11, 12, 1, 2} else 1)
                    + (back * 37) % 23
                )
            )
            quality = "held" if back == 0 and code == "day" else "estimate" if back in {7, 8} else "actual"
            rows.append(
                ReadingRow(
                    taken_on=month_back(back, 20),
                    register_code=code,
                    meter_serial="0714320091",
                    value=Decimal(base - back * (140 if code == "day" else 60)),
                    consumption=used * (4 if quality == "held" else 1),
                    source="ivr" if back % 3 else "operator",
                    quality=quality,
                    doubt="too-high" if quality == "held" else "",
                )
            )
    return tuple(rows)


def interactions(count: int) -> tuple[InteractionRow, ...]:
    """Build a timeline over several channels."""
    channels = (("phone", "in"), ("phone", "in"), ("email", "in"), ("phone", "out"), ("office", "in"), ("sms", "out"))
    notes = (
        "Просила объяснить перерасчёт за сентябрь, объяснила.",
        "",
        "Обещал оплатить до 25-го.",
        "Показания приняты, всё сходится.",
        "",
        "",
    )
    return tuple(
        InteractionRow(
            interaction_id=900 - index,
            call_id=f"main-17{index}",
            at=datetime(2026, 11, 20, 9, 14, tzinfo=UTC) - timedelta(days=23 * index, minutes=41 * index),
            channel=channels[index % 6][0],
            direction=channels[index % 6][1],
            number="+79123456789",
            operator=("Марат Гилязов", "Ирина Лебедева", "")[index % 3],
            disposition=(DISPOSITIONS[index % 6], COLLECTIONS[0], SYSTEM[1])[index % 3 if index < 6 else 0][0],
            note=notes[index % 6],
            seconds=(183, 96, 0, 241, 0, 0)[index % 6],
            path=("language=ru", "balance", "operator") if index % 6 < 2 else (),
        )
        for index in range(count)
    )


def card(**changes: Any) -> Card:
    """Build a household with two registers, debts, a promise, applications and a long history."""
    values: dict[str, Any] = {
        "account_id": 4711,
        "account_number": "100200305",
        "customer_id": 77,
        "customer": "Смирнова Анна Викторовна",
        "kind": "person",
        "language": "ru",
        "flags": ("debt", "life_support"),
        "contacts": (
            Person(name="Смирнова Анна Викторовна", role="owner", phone="+79123456789", email="", verified=True),
            Person(
                name="Смирнов Пётр Алексеевич",
                role="family",
                phone="+79127654321",
                email="p.smirnov@example.org",
                verified=False,
            ),
        ),
        "address": "614000, г. Пермь, ул. Ленина, д. 12, кв. 45",
        "time_zone": "Asia/Yekaterinburg",
        "tariff": "Население, двухзонный",
        "tariff_price": "6,24 / 3,10",
        "currency": "RUB",
        "balance": Decimal("2417.60"),
        "overdue": Decimal("1180.25"),
        "debt": (
            DebtBucket(label="0", amount=Decimal("1237.35")),
            DebtBucket(label="1–30", amount=Decimal("780.25")),
            DebtBucket(label="31–60", amount=Decimal("400.00")),
            DebtBucket(label="61–90", amount=Decimal(0)),
        ),
        "next_due_on": date(2026, 12, 10),
        "other_accounts": (candidate(1),),
        "meters": (
            Meter(
                meter_id=1,
                serial="0714320091",
                model="Меркурий 206 PRNO",
                digits=6,
                decimals=0,
                installed_on=date(2019, 5, 14),
                removed_on=None,
                verification_due=date(2026, 9, 1),
                registers=(
                    Register(register_id=11, code="day", last_value=Decimal("14210.000"), last_on=date(2026, 10, 20)),
                    Register(register_id=12, code="night", last_value=Decimal("6120.000"), last_on=date(2026, 10, 20)),
                ),
            ),
        ),
        "readings": readings(24),
        "invoices": tuple(
            InvoiceRow(
                number=f"B-2026-{1000 + back}",
                period=month_back(back + 1, 1),
                issued_on=month_back(back, 1),
                due_on=month_back(back, 10),
                amount=Decimal(900 + (back * 173) % 640) + Decimal("0.35"),
                open_amount=Decimal(("1237.35", "780.25", "400.00")[back]) if back < 3 else Decimal(0),
                status=("open", "overdue", "overdue")[back] if back < 3 else "paid",
            )
            for back in range(24)
        ),
        "payments": tuple(
            PaymentRow(
                paid_on=month_back(back + 1, 8),
                amount=Decimal(850 + (back * 211) % 700),
                channel=("bank", "card", "autopay", "post")[back % 4],
                reference=f"40{back:02}-77{back * 31}",
            )
            for back in range(2, 24)
        ),
        "promises": (
            Promise(amount=Decimal("1180.25"), due_on=date(2026, 11, 25), status="open"),
            Promise(amount=Decimal("640.00"), due_on=date(2026, 7, 15), status="kept"),
        ),
        "applications": (
            ApplicationRow(
                number="A-26-00817",
                kind="meter",
                title="Замена прибора учёта",
                stage="in_work",
                filed_on=date(2026, 11, 3),
                due_on=date(2026, 11, 17),
                late=True,
            ),
            ApplicationRow(
                number="A-26-00411",
                kind="recalculation",
                title="Перерасчёт за сентябрь",
                stage="done",
                filed_on=date(2026, 9, 30),
                due_on=date(2026, 10, 7),
                late=False,
            ),
        ),
        "interactions": interactions(50),
    }
    return Card(**(values | changes))


def works(**changes: Any) -> Card:
    """Build a works with several people, one of whom has the sample call's number."""
    people = (
        Person(name="Иван Седов", role="director", phone="+73422005001", email="", verified=True),
        Person(name="Andrei Darrow", role="accountant", phone="8 (912) 345-67-89", email="", verified=True),
        Person(name="Нина Ветрова", role="energy manager", phone="", email="nv@example.org", verified=False),
    )
    return card(**({"customer": "ООО «Хлебозавод № 3»", "kind": "organisation", "contacts": people} | changes))


def newcomer() -> Card:
    """Build an account on which nothing has happened yet."""
    return card(
        balance=Decimal(0),
        overdue=Decimal(0),
        debt=(),
        flags=(),
        next_due_on=None,
        other_accounts=(),
        readings=(),
        invoices=(),
        payments=(),
        promises=(),
        applications=(),
        interactions=(),
        contacts=(),
    )


def hostile(text: str) -> Card:
    """Build a card in which every text that comes from outside is `text`."""
    at = date(2026, 11, 1)
    return card(
        **whole.parts(text),
        account_number=text,
        customer=text,
        kind=text,
        language=text,
        flags=(text,),
        contacts=(Person(name=text, role=text, phone=text, email=text, verified=True),),
        address=text,
        time_zone=text,
        tariff=text,
        tariff_price=text,
        currency="RUB",
        debt=(DebtBucket(label=text, amount=Decimal(5)),),
        other_accounts=(candidate(account_number=text, customer=text, contact=text, address=text, kind=text),),
        meters=tuple(
            replace(meter, serial=text, model=text, registers=tuple(replace(one, code=text) for one in meter.registers))
            for meter in card().meters
        ),
        readings=tuple(
            replace(one, register_code=text, meter_serial=text, source=text, quality=text, doubt=text)
            for one in readings(1)[:1]
        ),
        invoices=(
            InvoiceRow(
                number=text, period=at, issued_on=at, due_on=at, amount=Decimal(1), open_amount=Decimal(1), status=text
            ),
        ),
        payments=(PaymentRow(paid_on=at, amount=Decimal(1), channel=text, reference=text),),
        promises=(Promise(amount=Decimal(1), due_on=at, status=text),),
        applications=(
            ApplicationRow(number=text, kind=text, title=text, stage=text, filed_on=at, due_on=at, late=True),
        ),
        interactions=tuple(
            replace(
                one,
                call_id=text,
                channel=text,
                direction=text,
                number=text,
                operator=text,
                disposition=text,
                note=text,
                path=(text,),
            )
            for one in interactions(1)
        ),
    )
