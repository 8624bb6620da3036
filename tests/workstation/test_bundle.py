"""The browser's files are sent packed to who takes that, whole to who does not."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from workstation.bundle import Bundle

pytestmark = pytest.mark.unit
WORDS = b"export const words = 1;" * 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desk-0123456789.js").write_bytes(WORDS)
    (tmp_path / "desk-0123456789.js.gz").write_bytes(gzip.compress(WORDS))
    (tmp_path / "manifest.json").write_bytes(b"{}")
    return tmp_path


def client(folder: Path) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=Bundle(directory=folder)), base_url="http://house")


@pytest.mark.parametrize(("takes", "packed"), [("gzip, br", True), ("identity", False), ("", False)])
async def test_a_file_comes_packed_to_who_takes_it(folder: Path, takes: str, packed: bool) -> None:
    async with client(folder) as browser:
        answer = await browser.get("/desk-0123456789.js", headers={"accept-encoding": takes})
    assert answer.content == WORDS
    assert answer.headers.get("content-encoding", "") == ("gzip" if packed else "")
    assert (int(answer.headers["content-length"]) < len(WORDS)) == packed
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["vary"] == "accept-encoding"


async def test_what_was_not_packed_comes_as_it_is(folder: Path) -> None:
    async with client(folder) as browser:
        answer = await browser.get("/manifest.json", headers={"accept-encoding": "gzip"})
    assert (answer.content, "content-encoding" in answer.headers) == (b"{}", False)


async def test_a_file_that_the_browser_has_is_not_sent_again(folder: Path) -> None:
    takes = {"accept-encoding": "gzip"}
    async with client(folder) as browser:
        first = await browser.get("/desk-0123456789.js", headers=takes)
        again = await browser.get("/desk-0123456789.js", headers=takes | {"if-none-match": first.headers["etag"]})
    assert again.status_code == 304
