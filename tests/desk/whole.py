"""Every part of a card that a household does not usually have; with hostile text in each of them when wanted."""
# ruff: noqa: RUF001 -- people here have Russian names.

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from crm_core.card import (
    AdjustmentRow,
    AgreementRow,
    AlikeRow,
    ConsentRow,
    DirectedRow,
    DisputeRow,
    DocumentRow,
    FieldRow,
    HeldRow,
    LineRow,
    MergedRow,
    NoticeRow,
    OrderRow,
    PlanPart,
    PlanRow,
    PointRow,
    PriceRow,
    TaskRow,
    UnreadRow,
)

AT = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
DAY = date(2026, 11, 3)


def parts(text: str = "") -> dict[str, Any]:
    """Return the parts; every text that comes from outside is `text` when there is one."""
    return {**_debts(text), **_supply(text), **_papers(text)}


def _debts(text: str) -> dict[str, Any]:
    def said(usual: str) -> str:
        return text or usual

    plan = tuple(
        PlanPart(number=n + 1, due_on=date(2026, 10 + n, 25), amount=Decimal("300.00"), paid=Decimal(paid), state=state)
        for n, (paid, state) in enumerate((("300.00", "paid"), ("0.00", "missed"), ("0.00", "due")))
    )
    return {
        "debt_stage": said("warning"),
        "adjustments": (
            AdjustmentRow(
                kind=said("penalty"), amount=Decimal("12.50"), open_amount=Decimal("12.50"), posted_on=DAY,
                reason=said("Пеня за октябрь"),
            ),
        ),
        "disputes": (
            DisputeRow(
                period=date(2026, 8, 1), amount=Decimal(400), reason=said("Показания не снимали"), status=said("open"),
                raised_at=AT,
            ),
        ),
        "orders": (
            OrderRow(
                kind=said("restricted"), status=said("given"), planned_on=DAY, amount=Decimal("1180.25"),
                reason=said("Долг за три месяца"),
            ),
        ),
        "notices": (
            NoticeRow(
                kind=said("restriction_warning"), channel=said("letter"), amount=Decimal("1180.25"),
                status=said("delivered"), sent_at=AT,
            ),
        ),
        "plans": (
            PlanRow(
                plan_id=5, amount=Decimal("900.00"), paid=Decimal("300.00"), made_on=DAY, status=said("open"),
                parts=tuple(plan),
            ),
            PlanRow(plan_id=4, amount=Decimal("80.00"), paid=Decimal(0), made_on=DAY, status="broken", parts=plan[:1]),
        ),
        "directed": (DirectedRow(paid_on=DAY, seq=0, period=date(2026, 8, 1), amount=Decimal(100)),),
        "lines": (
            LineRow(
                period=date(2026, 10, 1), what=said("Энергия, день"), quantity=Decimal(120), price=Decimal("6.24"),
                amount=Decimal("748.80"),
            ),
        ),
    }  # fmt: skip


def _supply(text: str) -> dict[str, Any]:
    def said(usual: str) -> str:
        return text or usual

    return {
        "special_need": said("Плохо слышит: говорите громче"),
        "priority": said("high"),
        "tax_number": said("***45"),
        "billing_day": 5,
        "bill_by": said("email"),
        "residents": 3,
        "area": Decimal("54.5"),
        "latitude": Decimal("58.010450"),
        "longitude": Decimal("56.229434"),
        "vat": Decimal(20),
        "tariff_from": date(2026, 7, 1),
        "prices": (
            PriceRow(zone=said("day"), price=Decimal("6.24"), up_to=Decimal(150)),
            PriceRow(zone=said("night"), price=Decimal("3.10")),
        ),
        "agreements": (
            AgreementRow(
                agreement_id=8, number=said("Д-17"), supply=said("connected"), started_on=DAY, ended_on=None,
                prepay=True, budget_bill=True, tariff=said("Льготный"), shut_off_on=DAY,
            ),
        ),
        "points": (
            PointRow(point_id=9, service=said("power"), phases=3, max_kw=Decimal(15), node=said("ТП-8")),
        ),
        "held": (
            HeldRow(
                held_id=2, taken_on=DAY, register_code=said("day"), meter_serial=said("0714320091"),
                value=Decimal(99999), rule=said("too-high"), least=Decimal(14210), most=Decimal(15000),
                source=said("ivr"),
            ),
        ),
        "unread": (
            UnreadRow(taken_on=DAY, meter_serial=said("0714320091"), why=said("no_access"), note=said("Собака")),
        ),
    }  # fmt: skip


def _papers(text: str) -> dict[str, Any]:
    def said(usual: str) -> str:
        return text or usual

    return {
        "consents": (ConsentRow(kind=said("marketing"), given=False, at=AT, how=said("phone")),),
        "documents": (DocumentRow(document_id=6, title=said("Справка о балансе"), format=said("pdf"), made_at=AT),),
        "fields": (
            FieldRow(of=said("account"), type="choice", title=said("Отопление"), value=said("Газовый котёл")),
            FieldRow(of="customer", type="flag", title=said("Дача"), value="1"),
            FieldRow(of="premises", type="date", title=said("Построен"), value="1987-05-01"),
            FieldRow(of="meter", type="text", title=said("Ящик"), value=said("на площадке"), meter_serial=said("0714")),
        ),
        "tasks": (
            TaskRow(
                task_id=7, title=said("Перезвонить о рассрочке"), kind=said("call"), owner=said("Ирина Лебедева"),
                state="open", due_at=AT,
            ),
        ),
        "alike": (AlikeRow(pair_id=1, customer_id=78, customer=said("Смирнова А. В.")),),
        "merged": (MergedRow(merge_id=1, customer=said("Смирнова Анна"), merged_at=AT),),
    }  # fmt: skip
