"""AC38: names of files become neither paths nor headers nor lines of a log; secrets are in no page and no log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crm_core.importing import work as import_work
from tests.workstation.conftest import house
from tests.workstation.house import House
from tests.workstation.test_exchange_pages import asked, files, logged, number_of, send, work

pytestmark = pytest.mark.integration
__all__ = ["house", "work"]
NAMES = (
    *(
        "../../../etc/cron.d/x.csv",
        "..\\..\\boot.csv",
        "/etc/passwd.csv",
        "C:\\windows\\x.csv",
        "a\r\nSet-Cookie: x=1.csv",
    ),
    *('a"; filename="evil.exe.csv', "\u202efdp.csv", "<script>alert(1)</script>.csv", "x" * 3_000 + ".csv"),
)


@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_file_name_stays_a_name(house: House, work: Callable[[], Any], name: str) -> None:
    before = files(house)
    async with house.signed_in("marta") as client:
        sent = await send(client, name, b"account,date,amount\nnobody,2026-11-01,1.00\n")
        if sent.status_code in {400, 422}:
            assert files(house) == before
            return
        key = number_of(sent)
        await work()
        page = await client.get(f"/office/imports/{key}")
        rejected = await client.get(f"/office/imports/{key}/rejected")
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    assert rejected.headers["content-disposition"] == f'attachment; filename="import-{key}-rejected.csv"'
    assert "set-cookie" not in rejected.headers
    ours = {file for file in files(house) - before if not file.startswith(f"{key}.")}
    assert all(len(file) == 32 and file.isalnum() for file in ours)
    lines = [reason for _, reason in await logged(house, "import.run")]
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert import_work.folder(house.settings).stat().st_mode & 0o077 == 0


async def test_the_link_of_a_file_is_kept_nowhere(
    house: House, work: Callable[[], Any], capfd: pytest.CaptureFixture[str]
) -> None:
    async with house.signed_in("marta") as client:
        key = number_of(await asked(client))
        await work()
        link = (await client.post(f"/office/exports/{key}/link")).headers["location"]
        token = link.rpartition("/")[2]
        assert token not in (await client.get(f"/office/exports/{key}")).text
        assert token not in (await client.get("/office/exports")).text
        assert (await client.get(link)).status_code == 200
    logged_lines = [
        line for action in ("export.asked", "export.made", "export.downloaded") for line in await logged(house, action)
    ]
    assert token not in str(logged_lines)
    said = capfd.readouterr()
    assert token not in said.out + said.err
    assert house.settings.session_secret not in said.out + said.err
