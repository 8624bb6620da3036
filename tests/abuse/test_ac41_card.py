"""AC41: nothing about a debt is shown before who answered is known, by the card or by any other door."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from crm_core.card import Card
from crm_core.masking import IDENTITY, unverified
from routing.views import CallPhase, CallView, DebtStage, DebtView, OperatorId
from routing.wishes import Proof, VerifyDebtor
from tests.support.waiting import eventually
from tests.workstation.house import PHONE_OF_ONE, House, call_view

pytestmark = pytest.mark.integration
MONEY = (
    "To pay",
    "Bills and payments",
    "Promises to pay",
    "overdue",
    "платить",
    "data-owes",
    "history",
)
"""Words and marks of a whole card; the page is read in the language of its reader."""
INSIDE = (
    "/api/timeline/1",
    "/office/accounts/1/ledger",
    "/office/accounts/1/readings",
    "/office/customers/1",
)


def debtor(house: House, **changes: object) -> CallView:
    """A campaign's call that somebody has answered at Olga's desk."""
    debt = DebtView(campaign_id=1, campaign="Spring", attempt_id=5, stage=DebtStage.REACHED)
    return call_view(
        operator_id=OperatorId(house.people["olga"]),
        account_id=1,
        number=PHONE_OF_ONE,
        phase=CallPhase.TALKING,
        debt=debt.model_copy(update=changes),
    )


def gives_away(text: str) -> list[str]:
    return [word for word in MONEY if word in text]


async def test_nothing_about_money_leaves_the_server_before_he_is_verified(house: House) -> None:
    async with house.desk() as page:
        house.floor.ring(debtor(house))
        pop = (await page.hear("screen_pop"))["card"]
        assert 'id="debtor-card"' in pop
        assert "Anna Kuznetsova" in pop
        assert not gives_away(pop)
        house.floor.ring(debtor(house, verified=True))
        whole = await page.hear("screen_pop", where=lambda message: message["call"]["debt"]["verified"])
        assert 'id="card"' in whole["card"]
        assert gives_away(whole["card"])


async def test_no_other_door_gives_it_away_either(house: House) -> None:
    async with house.desk() as page, house.opened("olga") as client:
        whole = (await client.get("/api/card/1")).text
        assert gives_away(whole)
        house.floor.ring(debtor(house))
        await page.hear("screen_pop")
        for path in ("/api/card/1", "/api/card/1?call_id=main-1.1", "/api/card/1?call_id=another"):
            answer = await client.get(path)
            assert answer.status_code == 200
            assert not gives_away(answer.text), path
        for path in INSIDE:
            answer = await client.get(path)
            assert answer.status_code == 403, path
            assert not gives_away(answer.text), path
        house.floor.ring(debtor(house, verified=True))
        await page.hear("screen_pop", where=lambda message: message["call"]["debt"]["verified"])
        assert gives_away((await client.get("/api/card/1")).text)
        assert (await client.get("/api/timeline/1")).status_code == 200


async def test_the_operator_says_what_was_named_and_nothing_else_will_do(house: House) -> None:
    async with house.desk() as page:
        house.floor.ring(debtor(house))
        await page.hear("screen_pop")
        for wish, reason in (("w1", ""), ("w2", "he sounded honest")):
            await page.say(type="ask", wish_id=wish, wish="verify_debtor", call_id="main-1.1", reason=reason)
            answer = await page.hear("wish_answered", where=lambda message, wish=wish: message["wish_id"] == wish)
            assert not answer["done"]
        await page.say(type="ask", wish_id="w3", wish="verify_debtor", call_id="main-1.1", reason="meter")
        wish = await eventually(lambda: next((w for w in house.floor.wishes if isinstance(w, VerifyDebtor)), None))
    assert (wish.wish_id, wish.proof) == ("w3", Proof.METER)


async def test_of_a_card_only_what_names_him_is_left(house: House) -> None:
    card = await house.parts.cards.read(1)
    assert card is not None
    left = unverified(card)
    assert {name for name in IDENTITY if getattr(left, name) != getattr(card, name)} == set()
    empty = ("", (), None, 0, Decimal(0), False)
    kept = IDENTITY | {"contacts", "meters"}
    assert {name: getattr(left, name) for name in Card.__struct_fields__ if name not in kept} == {
        name: getattr(left, name)
        for name in Card.__struct_fields__
        if name not in kept and getattr(left, name) in empty
    }
    assert all(one.phone == one.email == "" for one in left.contacts)
    assert all(one.registers == () for one in left.meters)
    assert str(card.balance) not in json.dumps([one.name for one in left.contacts])
