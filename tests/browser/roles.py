"""People at their browsers. A person opens pages, fills forms by the names of their boxes, and presses what he reads.

Whatever page is looked at (:meth:`Person.see`) is photographed at both widths and checked: Chinese, nothing wider than
a phone, no script error, nothing refused by the content policy, no validation text that was never translated.
"""

import re
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page

from expertpool import clock
from expertpool.server.sweeping import run_sweeps

DESK, PHONE = 1400, 390
ENGLISH = re.compile(r"This field|This value|Enter a |Enter the |Select a |Please |is required|Ensure this|not a valid|No file")
# What a browser says of a page that was answered with a refusal; the refusal itself is what the test looks at.
REFUSED = re.compile(r"the server responded with a status of (403|404|409|422)")
MEASURE = """() => ({
  lang: document.documentElement.lang, wide: document.documentElement.scrollWidth, window: window.innerWidth, text: document.body.innerText,
})"""
CHOOSE = "(select, wanted) => Array.from(select.options).find((one) => one.value === wanted || one.text.trim() === wanted)?.value"


class House:
    """The served project, its stopped clock, its people, and everything that was wrong with a page."""

    def __init__(self, browser: Browser, address: str, folder: Path, password: str) -> None:
        self.browser, self.address, self.folder, self.password = browser, address, folder, password
        self.problems: list[str] = []
        self.pictures = 0
        self.stopped = ExitStack()
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("[0-9]*-*.png"):
            old.unlink()

    def at(self, month: int, day: int, hour: int = 9, minute: int = 0) -> None:
        """Stop the clock at a moment of 2026, Beijing time."""
        self.at_moment(datetime(2026, month, day, hour, minute, tzinfo=clock.BEIJING))

    def at_moment(self, moment: datetime | date) -> None:
        """Stop the clock, the server's included."""
        self.stopped.close()
        self.stopped.enter_context(clock.frozen(moment))

    def sweep(self) -> None:
        """What the schedule does: deadlines take effect, messages leave."""
        assert [one for one in run_sweeps(clock.today()) if one.error] == []

    def person(self, username: str = "", *, phone: bool = False, password: str = "") -> "Person":
        """Somebody at a browser of his own, signed in unless he has no account."""
        made = Person(self, phone=phone)
        if username:
            made.sign_in(username, password or self.password)
        return made

    def close(self) -> None:
        self.stopped.close()


class Person:
    """One browser context."""

    def __init__(self, house: House, *, phone: bool) -> None:
        self.house = house
        self.size = {"width": PHONE, "height": 844} if phone else {"width": DESK, "height": 900}
        self.context = house.browser.new_context(viewport=self.size, has_touch=phone, locale="en-GB", timezone_id="Asia/Shanghai")
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: house.problems.append(f"{self.page.url}: {error}"))
        self.page.on("dialog", lambda dialog: dialog.accept())

    def _said(self, message: Any) -> None:
        if message.type == "error" and not REFUSED.search(message.text):
            self.house.problems.append(f"{self.page.url}: {message.text}")

    def leave(self) -> None:
        """Close the browser."""
        self.context.close()

    # --- moving ---

    def open(self, path: str) -> int:
        """Type an address; the answer's status."""
        answer = self.page.goto(path if path.startswith("http") else self.house.address + path)
        assert answer is not None
        return answer.status

    def sign_in(self, username: str, password: str) -> None:
        self.open("/login/")
        self.fill(username=username, password=password)
        self.press("登录", within="main")

    def press(self, words: str, *, within: str = "body", twice: bool = False) -> None:
        """Press the button or link that reads ``words`` and wait for the page that follows."""
        target = self.control(words, within)
        with self.page.expect_navigation():
            target.dblclick() if twice else target.click()

    def control(self, words: str, within: str = "body") -> Locator:
        """The first visible button or link that reads exactly ``words``."""
        exact = re.compile(rf"^\s*{re.escape(words)}\s*$")
        return (
            self.page.locator(within)
            .locator("a, button:not([aria-hidden=true]), input[type=submit]")
            .filter(has_text=exact, visible=True)
            .first
        )

    def take_up(self, words: str) -> None:
        """Go to what waits on the first page: press the button of the item that reads ``words``."""
        self.open("/home/")
        with self.page.expect_navigation():
            self.page.locator(".waiting__item", has_text=words).locator("a.button").first.click()

    def press_submit(self, name: str) -> None:
        """Press the admin's own submit button of that name."""
        with self.page.expect_navigation():
            self.page.locator(f"input[type=submit][name='{name}']").first.click()

    # --- filling ---

    def fill(self, values: dict[str, Any] | None = None, **more: Any) -> None:
        """Fill boxes by name, as a hand would: text, a choice by its words or value, True for a tick."""
        for name, value in {**(values or {}), **more}.items():
            box = self.page.locator(f"[name='{name}']")
            kind = box.first.evaluate("(box) => box.tagName === 'SELECT' ? 'select' : box.type")
            if kind == "select":
                found = box.evaluate(CHOOSE, str(value))
                assert found is not None, f"{name} does not offer {value}"
                box.select_option(found)
            elif kind == "radio":
                self.page.locator(f"[name='{name}'][value='{value}']").check()
            elif kind == "checkbox" and value is True:
                box.check()
            elif kind == "checkbox":
                self.page.locator("label", has=self.page.locator(f"[name='{name}']")).filter(has_text=value).locator("input").check()
            elif kind == "file":
                box.set_input_files(value)
            else:
                box.fill(str(value))

    # --- looking ---

    @property
    def text(self) -> str:
        """What stands on the page."""
        return self.page.locator("body").inner_text()

    def reads(self, *words: str) -> None:
        """The page says all of this."""
        text = self.text
        missing = [word for word in words if word not in text]
        assert missing == [], f"{self.page.url} does not say {missing}:\n{text[:3000]}"

    def never_reads(self, *words: str) -> None:
        """The page says nothing of this, not even where it does not show."""
        html = self.page.content()
        assert [word for word in words if word in html] == []

    def see(self, name: str) -> None:
        """Photograph the page at both widths and check it."""
        self.house.pictures += 1
        # His own width last, so that he goes on as he was.
        for width, height in sorted([(DESK, 900), (PHONE, 844)], key=lambda size: size[0] == self.size["width"]):
            self.page.set_viewport_size({"width": width, "height": height})
            facts = self.page.evaluate(MEASURE)
            where = f"{self.house.pictures:02d}-{name} at {width}"
            if not facts["lang"].startswith("zh"):
                self.house.problems.append(f"{where}: lang {facts['lang']}")
            if width == PHONE and facts["wide"] > facts["window"]:
                self.house.problems.append(f"{where}: {facts['wide']} px wide")
            if found := ENGLISH.search(facts["text"]):
                self.house.problems.append(f"{where}: says {found[0]!r}")
            self.page.screenshot(path=self.house.folder / f"{self.house.pictures:02d}-{name}-{width}.png", full_page=True)
