"""Chromium, the served project, and the pictures that the walk leaves behind."""

import os
import shutil
from pathlib import Path

import pytest

from tests.browser.roles import House

# A step that fails says what it found, as a test does.
pytest.register_assert_rewrite("tests.browser.steps")

CHROMIUM = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run", "--disable-component-update",
    "--lang=zh-CN",
]  # fmt: skip
MISSING = "Chromium is not installed: the BROWSER TESTS WERE NOT RUN (apt-get install chromium fonts-noto-cjk)."


def pytest_collection_modifyitems(items):
    """Without Chromium the tests are skipped, loudly."""
    if CHROMIUM is not None:
        return
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.skip(reason=MISSING))
            item.warn(pytest.PytestWarning(MISSING))


@pytest.fixture(scope="session")
def chromium():
    """The browser; its loop runs in this thread, so Django's guard against loops has to be told that all is well."""
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS, env={**os.environ, "LANGUAGE": "zh_CN"})
        yield browser
        browser.close()


@pytest.fixture
def house(chromium, live_server, settings, tmp_path):
    """The served project with the people who walk through it; every page they look at must be in order."""
    settings.PUBLIC_URL = live_server.url
    settings.DATA_DIR = tmp_path
    settings.MESSAGE_GATEWAYS = ["console"]
    folder = Path(os.environ.get("EXPERTPOOL_SCREENSHOTS") or Path(__file__).resolve().parents[2] / "screenshots")
    made = House(chromium, live_server.url, folder, settings.DEMO_PASSWORD)
    yield made
    made.close()
