"""AC46: who refuses is on no recording, whatever the switch did; who was not told is flagged and heard by nobody."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from crm_core import clock, recording_jobs
from crm_core import db as way
from crm_core.recordings import Answer, Mode, Rule
from crm_core.store import recording_rules
from crm_core.store import recordings as store
from tests.abuse.conftest import Logged
from tests.crm_core.taping import LATER, Taping
from tests.workstation.house import House

pytestmark = pytest.mark.integration
AUDIO = {"range": "bytes=0-"}


@pytest.fixture
async def taping(house: House) -> AsyncIterator[Taping]:
    pools = way.open_pools(house.settings.database_url, name="test", size=1)
    found = Taping(pools, house.settings)
    found.user_id = house.people["olga"]
    async with way.transaction(pools) as db:
        rule = Rule(mode=Mode.CONSENT)
        found.rule_id = await recording_rules.put(db, rule, house.people["marta"], clock.now(), instead_of=None)
    yield found
    for path in found.spool.iterdir():
        path.unlink()
    await pools.dispose()


async def test_of_who_refused_no_recording_exists_in_any_place(house: House, taping: Taping) -> None:
    before = taping.sealed_files()
    call_id, raw = await taping.call(answer=Answer.NO)
    await recording_jobs.collected(taping.settings, taping.pools, LATER)
    assert not raw.exists()
    assert taping.sealed_files() == before
    assert await taping.kept(call_id) == []


async def test_a_no_after_a_yes_counts_and_a_yes_after_a_no_does_not(house: House, taping: Taping) -> None:
    for first, second, kept in ((Answer.YES, Answer.NO, 0), (Answer.NO, Answer.YES, 0), (Answer.YES, Answer.YES, 1)):
        call_id, _ = await taping.call(answer=first)
        async with way.transaction(taping.pools) as db:
            await store.told(db, call_id, taping.rule_id, second, "en")
        await recording_jobs.collected(taping.settings, taping.pools, LATER)
        assert len(await taping.kept(call_id)) == kept, (first, second)


async def test_who_was_passed_on_past_the_question_is_flagged_and_heard_by_nobody(
    house: House, taping: Taping, logged: Logged
) -> None:
    call_id, _ = await taping.call(answer=None)
    await recording_jobs.collected(taping.settings, taping.pools, LATER)
    (found,) = await taping.kept(call_id)
    assert (found.state.value, found.fault.value) == ("apart", "unannounced")
    assert (await logged("recording.failed", object_=f"recording {found.recording_id}")).reason == "unannounced"
    for login in ("sofia", "marta"):
        async with house.signed_in(login) as client:
            answer = await client.get(f"/office/recordings/{found.recording_id}/audio", headers=AUDIO)
            assert answer.status_code == 409, login
    async with house.signed_in("sofia") as client:
        release = {"finding": "fine", "release": "1"}
        assert (await client.post(f"/office/recordings/{found.recording_id}/finding", data=release)).status_code == 403
