"""Chromium and the bundle for tests of the page alone."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from tests.desk.stage import ROOT, Stage
from tests.support.browser import chromium

ASSETS = ROOT / "workstation" / "assets"
SIZE: ViewportSize = {"width": 1280, "height": 720}
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built bundle: made anew where esbuild is unpacked, else the one in `.run/web`."""
    if (ASSETS / "node_modules" / "esbuild").is_dir() and (node := shutil.which("node")):
        out = tmp_path_factory.mktemp("run") / "web"
        subprocess.run(
            [node, "build.mjs"],
            cwd=ASSETS,
            env=os.environ | {"BUSBAR_WEB_OUT": str(out)},
            check=True,
            capture_output=True,
        )
        return out
    built = ROOT / ".run" / "web"
    if not (built / "manifest.json").is_file():
        pytest.fail("the browser's files are not bundled: deploy/test bundles them")
    return built


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One Chromium for all tests of the package."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield launched
        await launched.close()


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _stage(bundle: Path) -> AsyncIterator[Stage]:
    async with Stage(bundle).running() as one:
        yield one


@pytest.fixture
def stage(_stage: Stage) -> Stage:
    """A server whose hub the test plays; it remembers nothing of earlier tests."""
    _stage.reset()
    return _stage


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def _context(browser: Browser) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport=SIZE, locale="en-GB")
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="package")
async def page(_context: BrowserContext, _stage: Stage) -> AsyncIterator[Page]:
    """A page with empty storage; an error of its scripts or a breach of its policy fails the test."""
    one = await _context.new_page()
    faults: list[str] = []
    one.on("pageerror", lambda error: faults.append(str(error)))
    one.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield one
    # The page says goodbye to a ringing telephone and remembers it: leave first, then empty the shelf.
    await one.goto(f"{_stage.address}/static/manifest.json")
    await one.evaluate("localStorage.clear()")
    await one.close()
    assert faults == []
