"""AC07: the number that goes out with a call is the house's own, whoever's call it is and whatever he calls himself.

Of call-backs on a real line tests/routing/test_callbacks_line.py shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import pbx
from routing.hall import Rules
from routing.wishes import Consult, PassOn
from telephony.actions import wire
from tests.routing.calling_back import OURS, line
from tests.routing.process import station
from tests.routing.talk import Talk
from tests.routing.test_transfers import ANNA, in_talk
from tests.support.servers import AsteriskServer, node_settings
from tests.support.sipua import SipUa

SPOOFED, NAMED = "79160000666", "Sberbank"
THEIRS = "+74951234567"


@pytest.mark.unit
def test_a_consultation_shows_our_number_and_no_name() -> None:
    house, call, _ = in_talk(Rules(outward=True, outward_number=OURS))
    asked = {"to": "number", "number": THEIRS, "title": NAMED}
    house.wish(Consult(wish_id="k", operator_id=ANNA, at=house.now, call_id=call, **asked))  # type: ignore[arg-type]
    order = house.originates()[-1]
    assert (order.caller_number, order.caller_name) == (OURS, "")
    (action,) = wire(order)
    assert action["CallerID"] == f'"" <{OURS}>'


@pytest.mark.unit
@pytest.mark.parametrize("kind", [PassOn, Consult])
@pytest.mark.parametrize("field", ["caller", "caller_number", "caller_name", "from", "cli"])
def test_no_wish_names_the_number_that_is_shown(kind: type[PassOn | Consult], field: str) -> None:
    assert field not in kind.model_fields
    assert kind.model_config.get("extra") == "forbid"


@pytest.fixture(scope="module")
def town() -> Iterator[tuple[AsteriskServer, int]]:
    with line() as running:
        yield running


@pytest.mark.integration
async def test_who_is_passed_on_to_a_number_outside_goes_out_under_ours(
    town: tuple[AsteriskServer, int], database: str, redis_url: str
) -> None:
    asterisk, port = town
    settings = asterisk.settings.model_copy(update={"database_url": database, "redis_url": redis_url})
    async with station(settings) as house:
        phone = await house.stack.enter_async_context(SipUa("town", (settings.sip_host, settings.sip_port), port=port))
        talk = Talk(house)
        await talk.begin()
        await talk.pass_on(to="number", number=THEIRS, title=NAMED)
        asked = await phone.incoming()
        assert f"<sip:{OURS}@" in asked.header("from")
        shown = "".join(map(asked.header, ("from", "contact", "p-asserted-identity", "remote-party-id")))
        assert "79161230001" not in shown, "the caller's own number is his, and could be anybody's"
        asked.reject()
        await house.sees(lambda floor: floor.calls and floor.calls[0].number == "+79161230001", "he is himself again")


@pytest.mark.unit
@pytest.mark.parametrize("ours", ["", OURS])
def test_a_house_without_a_number_of_its_own_shows_none(tmp_path: Path, ours: str) -> None:
    program = pbx.Program(command=("asterisk",), modules=tmp_path, share=tmp_path, sbin=tmp_path)
    settings = node_settings(tmp_path, "", "", outward_uri="127.0.0.1:9", outward_number=ours)
    plan = pbx.Pbx(settings, program)
    plan.initialise()
    text = (plan.etc / "extensions.conf").read_text("utf-8")
    outside = (plan.etc / "extensions_lines.conf").read_text("utf-8").partition("[outward]")[2]
    shown = ours or "anonymous"
    assert re.search(r"Set\(CALLERID\(all\)=(.*)<(.*)>\)", outside).groups() == (ours, ours)  # type: ignore[union-attr]
    dialling = text.partition("[callback-dial]")[2].partition("Goto(outward")[0]
    assert f"Set(CALLERID(num)={shown})" in dialling
