"""Files of other programs: 1C's payments and counterparties, meter readings by IEC 61968-9."""

# ruff: noqa: RUF001 -- both scripts are what this is about.
from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_core.importing import onec, sheet
from crm_core.importing.columns import recognise
from crm_core.importing.limits import Unreadable
from crm_core.importing.values import Cell

pytestmark = pytest.mark.unit

STATEMENT = """1CClientBankExchange
ВерсияФормата=1.03
Кодировка=Windows
Отправитель=Банк
ДатаНачала=01.11.2026
СекцияРасчСчет
РасчСчет=40702810000000000001
КонецРасчСчет
СекцияДокумент=Платежное поручение
Номер=17
Дата=02.11.2026
Сумма=1850.20
Плательщик=ИНН 7700000001 ООО Ромашка
ПлательщикИНН=7700000001
ДатаПоступило=03.11.2026
НазначениеПлатежа=Оплата за электроэнергию л/с № 700000001 за октябрь
КонецДокумента
СекцияДокумент=Платежное поручение
Номер=18
Дата=04.11.2026
Сумма=99.00
ДатаСписано=04.11.2026
НазначениеПлатежа=Возврат по лицевому счету 700000002
КонецДокумента
КонецФайла
"""
READINGS = """<?xml version="1.0"?>
<m:MeterReadings xmlns:m="http://iec.ch/TC57/2011/MeterReadings#">
  <m:MeterReading>
    <m:IntervalBlocks><m:IntervalReadings><m:value>1</m:value></m:IntervalReadings></m:IntervalBlocks>
    <m:Meter><m:Names><m:name>A-1</m:name></m:Names></m:Meter>
    <m:Readings>
      <m:timeStamp>2026-10-31T21:30:00Z</m:timeStamp><m:value>123456</m:value>
      <m:ReadingType ref="0.0.0.1.1.1.12.0.0.0.0.1.0.0.0.0.72.0"/>
    </m:Readings>
    <m:Readings>
      <m:timeStamp>2026-10-31T21:30:00Z</m:timeStamp><m:value>55</m:value>
      <m:ReadingQualities><m:ReadingQualityType ref="2.8.0"/></m:ReadingQualities>
      <m:ReadingType ref="0.0.0.1.1.1.12.0.0.0.0.2.0.0.0.3.72.0"/>
    </m:Readings>
    <m:UsagePoint><m:Names><m:name>700000001</m:name></m:Names></m:UsagePoint>
  </m:MeterReading>
  <m:MeterReading>
    <m:Meter><m:mRID>B-2</m:mRID></m:Meter>
    <m:Readings>
      <m:timeStamp>yesterday</m:timeStamp><m:value>7</m:value>
      <m:ReadingType ref="0.0.0.1.1.7.58.0.0.0.0.0.0.0.0.0.42.0"/>
    </m:Readings>
  </m:MeterReading>
</m:MeterReadings>
"""
PARTIES = """<?xml version="1.0" encoding="windows-1251"?>
<КоммерческаяИнформация ВерсияСхемы="2.05" ДатаФормирования="2026-11-01">
 <Контрагенты>
  <Контрагент>
   <Ид>9bf2b1bf-8e9a-11e3-bd2c-742f68ccd0fb</Ид>
   <Наименование>Ромашка</Наименование>
   <ОфициальноеНаименование>ООО «Ромашка»</ОфициальноеНаименование>
   <ЮридическийАдрес><Представление>г. Заречный, ул. Мира, д. 2</Представление></ЮридическийАдрес>
   <ИНН>7700000001</ИНН>
   <Контакты>
    <Контакт><Тип>ТелефонРабочий</Тип><Значение>8 (900) 111-22-33</Значение></Контакт>
    <Контакт><Тип>Почта</Тип><Значение>office@example.org</Значение></Контакт>
   </Контакты>
   <Представители>
    <Представитель><Контрагент><Наименование>Иванова А.</Наименование></Контрагент></Представитель>
   </Представители>
   <ЗначенияРеквизитов>
    <ЗначениеРеквизита><Наименование>Лицевой счёт</Наименование><Значение>700000002</Значение></ЗначениеРеквизита>
   </ЗначенияРеквизитов>
  </Контрагент>
  <Контрагент><Ид>700000003</Ид><Наименование>Петров</Наименование></Контрагент>
 </Контрагенты>
</КоммерческаяИнформация>
"""


def read(path: Path, content: str, encoding: str = "utf-8") -> list[tuple[int, list[Cell]]]:
    path.write_bytes(content.encode(encoding))
    with sheet.rows(sheet.look_at(path), "Europe/Moscow") as rows:
        return [(number, list(cells)) for number, cells in rows]


@pytest.mark.parametrize("encoding", ["cp1251", "utf-8", "utf-8-sig"])
def test_a_statement_of_1c_is_a_table_of_payments(tmp_path: Path, encoding: str) -> None:
    rows = read(tmp_path / "kl_to_1c.txt", STATEMENT, encoding)
    assert rows[1] == (
        9,
        [
            *("700000001", "03.11.2026", "1850.20", "17", "приход", "ИНН 7700000001 ООО Ромашка", "7700000001"),
            "Оплата за электроэнергию л/с № 700000001 за октябрь",
        ],
    )
    assert rows[2][1][:5] == ["700000002", "04.11.2026", "99.00", "18", "расход"]
    layout = recognise([str(cell) for cell in rows[0][1]])
    assert layout is not None
    assert layout.kind == "payments"
    assert layout.columns.keys() == {"account", "paid_on", "amount", "reference", "direction"}


@pytest.mark.parametrize(
    ("purpose", "account"),
    [
        ("Оплата л/с 700000001", "700000001"),
        ("ЛС:700000001;период 10.2026", "700000001"),
        ("За свет лицевой счет №700000001.", "700000001"),
        ("Л.С. 7000/12", "7000/12"),
        ("Payment, account no 700000001", "700000001"),
        ("За электроэнергию", ""),
        ("плюс 5", ""),
    ],
)
def test_the_account_is_found_in_what_the_payer_wrote(purpose: str, account: str) -> None:
    assert onec.account_of(purpose) == account


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (STATEMENT.replace("КонецФайла\n", ""), "breaks off"),
        (STATEMENT.replace("КонецДокумента\n", "", 1), "begins before"),
        (STATEMENT.replace("СекцияДокумент=Платежное поручение\n", ""), "did not begin"),
    ],
)
def test_a_statement_that_is_not_whole_is_refused(tmp_path: Path, broken: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(tmp_path / "a.txt", broken)


@given(st.lists(st.text(max_size=40), max_size=20))
def test_any_lines_are_documents_or_refused(lines: list[str]) -> None:
    try:
        rows = list(onec.rows(lines))
    except Unreadable:
        return
    assert all(len(cells) == len(onec.HEADER) for _, cells in rows)


def test_meter_readings_are_a_table_of_states(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.xml", READINGS)
    assert rows[1:] == [
        (2, ["700000001", "A-1", "day", "2026-11-01", "123456", "Wh", "amr", "actual"]),
        (3, ["700000001", "A-1", "night", "2026-11-01", "55", "kWh", "amr", "estimate"]),
        (4, ["", "B-2", "single", "yesterday", "7", f"reading type 0.0.0.1.1.7.58{'.0' * 9}.42.0", "amr", "actual"]),
    ]
    layout = recognise([str(cell) for cell in rows[0][1]])
    assert layout is not None
    assert layout.kind == "readings"
    assert len(layout.columns) == len(rows[0][1])


def test_a_message_around_meter_readings_is_looked_past(tmp_path: Path) -> None:
    inner = READINGS.partition("?>")[2]
    message = f'<EventMessage xmlns="http://iec.ch/TC57/2011/schema/message"><Payload>{inner}</Payload></EventMessage>'
    assert len(read(tmp_path / "a.xml", message)) == 4


def test_counterparties_of_1c_are_a_table_of_subscribers(tmp_path: Path) -> None:
    rows = read(tmp_path / "a.xml", PARTIES, "cp1251")
    assert [cells for _, cells in rows[1:]] == [
        [
            *("700000002", "ООО «Ромашка»", "г. Заречный, ул. Мира, д. 2", "8 (900) 111-22-33", "office@example.org"),
            *("7700000001", "организация", "Иванова А."),
        ],
        ["700000003", "Петров", "", "", "", "", "", ""],
    ]
    layout = recognise([str(cell) for cell in rows[0][1]])
    assert layout is not None
    assert layout.kind == "subscribers"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('<!DOCTYPE m [<!ENTITY a "ha">]><MeterReadings>&a;</MeterReadings>', "XML of a kind"),
        ("<MeterReadings><!DOCTYPE m></MeterReadings>", "not well-formed"),
        ("<MeterReadings><MeterReading>", "not well-formed"),
        ("<MeterReadings>" + "<a>" * 100 + "</a>" * 100 + "</MeterReadings>", "deeper than 40"),
        ("<MeterReadings>&undefined;</MeterReadings>", "not well-formed"),
        ('<?xml version="1.0" encoding="utf-7"?><MeterReadings/>', "well-formed|XML of a kind|right ending"),
    ],
)
def test_xml_made_to_hurt_is_refused(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(tmp_path / "a.xml", content)


def test_a_document_type_behind_a_comment_is_refused() -> None:
    """The root is looked for in the first lines only; the parser itself refuses what hides from that."""
    from crm_core.importing import markup  # noqa: PLC0415

    file = io.BytesIO(b'<!DOCTYPE m [<!ENTITY a "ha">]><MeterReadings>&a;</MeterReadings>')
    with pytest.raises(Unreadable, match="entities or a document type"):
        list(markup.rows("cim", file, "UTC"))
