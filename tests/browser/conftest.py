"""A real browser before a real gateway. Where the machine has no Chromium these tests are skipped, and say so."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright

from tests.gateway.conftest import gateway, operator_hash, serve_gateway

__all__ = ["gateway", "operator_hash", "serve_gateway"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def chromium() -> str | None:
    """The browser to use: SIFANG_CHROMIUM, else one of the usual names on the path."""
    named = os.environ.get("SIFANG_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture
async def chrome() -> AsyncIterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium here: install it (Debian: apt install chromium) or name it in SIFANG_CHROMIUM")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        await browser.close()
