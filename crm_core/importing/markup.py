"""XML that is read as a stream: MeterReadings of IEC 61968-9, counterparties of CommerceML (pure but for the stream).

Entities, document types and external references are refused by defusedxml before anything of them is resolved.
Elements are let go of as soon as they have become a row. Namespaces are looked past: versions of the standard differ
in nothing else.
"""

# ruff: noqa: RUF001 -- both scripts are what this module is about.
from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING
from zoneinfo import ZoneInfo

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from crm_core.importing.limits import DEEPEST, MOST_CELL, Unreadable
from crm_core.importing.values import Cell

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

CIM_HEADER = ("account", "serial", "register", "date", "value", "unit", "source", "quality")
COMMERCEML_HEADER = ("Лицевой счет", "Наименование", "Адрес", "Телефон", "Эл почта", "ИНН", "Тип", "Контактное лицо")
_PASSED_OVER = {"IntervalBlocks", "EndDeviceEvents"}
"""Load curves and alarms: no state of a dial, and large."""
_TOU = {"0": "single", "1": "day", "2": "night"}
"""Attribute 12 of a reading type, time of use (IEC 61968-9, annex C): none, T1, T2."""
_CUMULATIVE = {"0", "1", "3", "9"}
"""Attribute 4, accumulation: unsaid, bulk quantity, cumulative, summation: the state of a dial."""
_POWERS = {"0": "Wh", "3": "kWh"}
"""Attribute 16, power of ten, of watt hours (attribute 17 is 72)."""


def rows(form: str, file: IO[bytes], zone: str) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Return the header, then one row for each reading or counterparty; numbers count them.

    Raises:
        Unreadable: it is not well-formed, holds a document type or entities, or is nested too deeply.
    """
    try:
        yield from _meter_readings(file, ZoneInfo(zone)) if form == "cim" else _counterparties(file)
    except DefusedXmlException as error:
        raise Unreadable("the XML defines entities or a document type: those are never read") from error
    except (ParseError, LookupError, ValueError) as error:
        if isinstance(error, Unreadable):
            raise
        raise Unreadable("the XML is not well-formed: {why}", why=str(error)) from error


def _ended(file: IO[bytes], wanted: str) -> Iterator[Element]:
    """Outermost elements of a name as they end; what no row is made of is let go of as soon as it has ended."""
    parents: list[Element] = []
    inside, dropped = 0, 0
    for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
        name = _name(element)
        if event == "start":
            parents.append(element)
            inside += name == wanted
            dropped += name in _PASSED_OVER
            if len(parents) > DEEPEST:
                raise Unreadable("the XML is nested deeper than {most} levels", most=DEEPEST)
            continue
        parents.pop()
        inside -= name == wanted
        if name == wanted and not inside:
            yield element
        if parents and (dropped or not inside):
            parents[-1].remove(element)
        dropped -= name in _PASSED_OVER


def _meter_readings(file: IO[bytes], zone: ZoneInfo) -> Iterator[tuple[int, Sequence[Cell]]]:
    yield 1, list(CIM_HEADER)
    number = 1
    for meter in _ended(file, "MeterReading"):
        serial = _told(_child(meter, "Meter"))
        account = _told(_child(meter, "CustomerAccount")) or _told(_child(meter, "UsagePoint"))
        for reading in meter:
            if _name(reading) == "Readings":
                number += 1
                yield number, [account, serial, *_reading(reading, zone)]


def _reading(reading: Element, zone: ZoneInfo) -> list[Cell]:
    kind = _child(reading, "ReadingType")
    parts = (kind.get("ref", "") if kind is not None else "").split(".")
    parts = parts if len(parts) == 18 else ["0"] * 18
    register = _TOU.get(parts[11], f"tou {parts[11]}")
    energy = parts[16] in {"0", "72"} and parts[3] in _CUMULATIVE
    unit = "kWh" if parts[16] == "0" else _POWERS.get(parts[15], "") or f"10^{parts[15]} Wh"
    quality = _child(_child(reading, "ReadingQualities"), "ReadingQualityType")
    # Category 8 of a quality code is an estimate, 7 a value that was made up from others (IEC 61968-9, annex D).
    estimated = quality is not None and quality.get("ref", "").split(".")[1:2] in (["8"], ["7"])
    return [
        register,
        _day(_text(_child(reading, "timeStamp")), zone),
        _text(_child(reading, "value")),
        unit if energy else f"reading type {'.'.join(parts)}",
        _text(_child(reading, "source")) or "amr",
        "estimate" if estimated else "actual",
    ]


def _day(moment: str, zone: ZoneInfo) -> str:
    """Return the day at the premises' clock; what is no moment stays as it is, to be refused with its row."""
    try:
        parsed = datetime.fromisoformat(moment)
    except ValueError:
        return moment
    return (parsed.astimezone(zone) if parsed.tzinfo else parsed).date().isoformat()


def _counterparties(file: IO[bytes]) -> Iterator[tuple[int, Sequence[Cell]]]:
    yield 1, list(COMMERCEML_HEADER)
    for number, party in enumerate(_ended(file, "Контрагент"), 2):
        official = _text(_child(party, "ОфициальноеНаименование"))
        contacts = _contacts(party)
        yield (
            number,
            [
                _account(party),
                official or _text(_child(party, "ПолноеНаименование")) or _text(_child(party, "Наименование")),
                _address(party),
                contacts.get("телефон", ""),
                contacts.get("почта", ""),
                _text(_child(party, "ИНН")),
                "организация" if official else "",
                _representative(party),
            ],
        )


def _account(party: Element) -> str:
    """The account stands among the additional values; short codes of one's own may stand as the id."""
    for one in _all(_child(party, "ЗначенияРеквизитов"), "ЗначениеРеквизита"):
        if _text(_child(one, "Наименование")).lower().replace(" ", "").replace("ё", "е") in {"лицевойсчет", "л/с"}:
            return _text(_child(one, "Значение"))
    identity = _text(_child(party, "Ид"))
    return identity if len(identity) <= 12 else ""


def _address(party: Element) -> str:
    for name in ("АдресРегистрации", "ЮридическийАдрес", "Адрес"):
        place = _child(party, name)
        if place is not None:
            return _text(_child(place, "Представление")) or _text(place)
    return ""


def _contacts(party: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in _all(_child(party, "Контакты"), "Контакт"):
        told = (_text(_child(one, "Тип")) + " " + (one.get("Тип") or "")).lower()
        for kind in ("телефон", "почта"):
            if kind in told:
                found.setdefault(kind, _text(_child(one, "Значение")))
    return found


def _representative(party: Element) -> str:
    inner = _child(_child(_child(party, "Представители"), "Представитель"), "Контрагент")
    return _text(_child(inner, "Наименование"))


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _child(element: Element | None, name: str) -> Element | None:
    return next((one for one in element if _name(one) == name), None) if element is not None else None


def _all(element: Element | None, name: str) -> list[Element]:
    return [one for one in element if _name(one) == name] if element is not None else []


def _text(element: Element | None) -> str:
    return (element.text or "").strip()[:MOST_CELL] if element is not None else ""


def _told(element: Element | None) -> str:
    """Return what a thing is called: the first of its names, else its serial number or identifier."""
    if element is None:
        return ""
    named = _text(_child(_child(element, "Names"), "name"))
    return named or _text(_child(element, "serialNumber")) or _text(_child(element, "mRID"))
