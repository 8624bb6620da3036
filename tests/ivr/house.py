"""A house for the IVR's tests: its own process, a small customer base, a diary of what Asterisk tells."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import psycopg

from crm_core.accounts import with_check_digit
from crm_core.settings import Settings
from ivr.process import DRAIN_SECONDS
from tests.support.servers import Server
from tests.support.waiting import until

START = """
import sys
from crm_core.settings import Settings
from ivr import process
process.DRAIN_SECONDS = float(sys.argv[2])
process.main(Settings(_env_file=sys.argv[1]))
"""
KNOWN = "+74955550101"
"""Number of the customer with one account."""
SHARED = "+74955550202"
"""Number that two accounts share."""
ONE, TWO, THREE = (with_check_digit(payload) for payload in ("100000001", "200000002", "300000003"))


class IvrProcess(Server):
    """The real `ivr` process.

    Args:
        settings: of the house.
        folder: for its log.
        drain: seconds that its callers have when it is told to stop.

    """

    def __init__(self, settings: Settings, folder: Path, drain: float = DRAIN_SECONDS) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        environment = folder / "ivr.env"
        environment.write_text("".join(f"{name}='{value}'\n" for name, value in _variables(settings).items()))
        super().__init__([sys.executable, "-c", START, str(environment), str(drain)], folder / "ivr.log")

    def start(self) -> None:
        """Start and wait for `ready: ivr`."""
        seen = self.log().count("ready: ivr") if self.log_file.exists() else 0
        os.environ["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
        super().start()
        try:
            until(lambda: self.log().count("ready: ivr") > seen or self._died(), 60, "the IVR is ready")
        except BaseException:
            # Left alone it would be ready a little later, and answer the callers of tests that want none.
            self.stop()
            raise

    def _died(self) -> bool:
        assert self.process is not None
        if self.process.poll() is None:
            return False
        raise AssertionError(self.log())


def _variables(settings: Settings) -> Mapping[str, object]:
    names = (
        "run_dir",
        "session_secret",
        "ami_secret",
        "sip_secret",
        "agi_port",
        "sounds_dir",
        "speech_dir",
        "espeak",
        "utility",
        "country",
        "outward_uri",
        "outward_number",
    )
    ours = {f"BUSBAR_{name.upper()}": getattr(settings, name) for name in names}
    return {**ours, "DATABASE_URL": settings.database_url, "REDIS_URL": settings.redis_url}


def fill(url: str) -> None:
    """Put three accounts into a base: one on `KNOWN`, two on `SHARED`; with meters, readings and bills."""
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as db:
        tariff = _id(db, "insert into tariffs (code, name, valid_from, prices) values ('S', 'S', '2020-01-01', '{}')")
        place = (
            "insert into premises (address, address_key, time_zone) values ('1 Elm St', '1 elm st', 'Europe/Moscow')"
        )
        home = _id(db, place)
        for number, phone, codes in ((ONE, KNOWN, "single"), (TWO, SHARED, "day night"), (THREE, SHARED, "single")):
            customer = _id(db, "insert into customers (kind, name, name_key) values ('person', 'A Person', 'a person')")
            contact = "insert into contacts (customer_id, name, phone) values (%s, 'A Person', %s)"
            db.execute(contact, (customer, phone))
            account = _id(
                db,
                "insert into accounts (number, customer_id, premises_id, tariff_id, currency, balance, opened_on) "
                "values (%s, %s, %s, %s, 'RUB', 1021.50, '2020-01-01')",
                (number, customer, home, tariff),
            )
            _meter(db, account, codes.split())
            due = date.today() + timedelta(days=9)  # noqa: DTZ011 - a fixture's "soon"
            db.execute("insert into invoices values (%s, %s, %s, %s, 1021.50, 1021.50)", (account, due, due, due))


def _meter(db: psycopg.Connection[tuple[int]], account: int, codes: list[str]) -> None:
    meter = _id(
        db,
        "insert into meters (account_id, serial, digits, installed_on) values (%s, 'M1234', 6, '2020-01-01')",
        (account,),
    )
    for code in codes:
        register = _id(db, "insert into registers (meter_id, code, estimate) values (%s, %s, 200)", (meter, code))
        last = date.today() - timedelta(days=30)  # noqa: DTZ011
        row = (account, register, last)
        db.execute("insert into readings values (%s, %s, %s, 0, 12000, 200, 'operator', 'actual')", row)


def _id(db: psycopg.Connection[tuple[int]], query: str, values: tuple[object, ...] = ()) -> int:
    row = db.execute(query + " returning id", values).fetchone()  # type: ignore[call-overload]
    assert row is not None
    return int(row[0])


def readings(url: str) -> list[tuple[str, int, str, str]]:
    """Readings that came through the IVR: account number, value, quality, register."""
    query = (
        "select a.number, r.value::int, r.quality, g.code from readings r join accounts a on a.id = r.account_id "
        "join registers g on g.id = r.register_id where r.source = 'ivr' order by r.account_id, g.id, r.revision"
    )
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        return db.execute(query).fetchall()  # type: ignore[return-value]


def account_id(url: str, number: str) -> int:
    """Id of an account."""
    with psycopg.connect(url.replace("+psycopg", "")) as db:
        row = db.execute("select id from accounts where number = %s", (number,)).fetchone()
    assert row is not None
    return int(row[0])
