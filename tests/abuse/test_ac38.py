"""AC38: names of files become neither paths nor headers nor lines of a log; secrets are in no page and no log."""

from __future__ import annotations

import pytest

from crm_core.importing import work as import_work
from tests.workstation.exchange import ALL, Work, asked, files, house, logged, number_of, open_house, send, work
from tests.workstation.house import House

pytestmark = ALL
__all__ = ["house", "open_house", "work"]
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


async def test_a_hostile_file_name_stays_a_name(house: House, work: Work) -> None:
    before = files(house)
    taken: dict[int, str] = {}
    async with house.signed_in("marta") as client:
        for number, name in enumerate(NAMES):
            # Each file is another one: the same file a second time is another test.
            sent = await send(client, name, f"account,date,amount\nnobody {number},2026-11-01,1.00\n".encode())
            if sent.status_code in {400, 422}:
                continue
            taken[number_of(sent)] = name
        await work()
        for key, name in taken.items():
            page = await client.get(f"/office/imports/{key}")
            rejected = await client.get(f"/office/imports/{key}/rejected")
            assert "<script>alert" not in page.text, name
            assert "\u202e" not in page.text, name
            assert rejected.headers["content-disposition"] == f'attachment; filename="import-{key}-rejected.csv"'
            assert "set-cookie" not in rejected.headers, name
    assert len(taken) >= 6
    ours = {file for file in files(house) - before if not file.endswith(".rejected.csv")}
    assert len(ours) == len(taken), "a file that was refused leaves nothing"
    assert all(len(file) == 32 and file.isalnum() for file in ours)
    lines = [reason for _, reason in await logged(house, "import.run")]
    assert all("\n" not in line and "\r" not in line for line in lines)
    assert import_work.folder(house.settings).stat().st_mode & 0o077 == 0


async def test_the_link_of_a_file_is_kept_nowhere(house: House, work: Work, capfd: pytest.CaptureFixture[str]) -> None:
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
