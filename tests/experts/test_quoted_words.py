"""A chip quotes the edition that the thing was decided under, never another one of the same regulation."""

import re
from pathlib import Path

from expertpool.refusals import Refusal

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
#: What is filled in or asked for today is shown under today's rules.
OF_TODAY = {
    "experts/application_edit.html",
    "experts/application_import.html",
    "experts/application_check.html",
}


def test_every_chip_names_the_edition_whose_words_it_quotes():
    without = set()
    for path in TEMPLATES.rglob("*.html"):
        for chip in re.findall(r"{% article_chip ([^%]*) %}", path.read_text(encoding="utf-8")):
            if len(chip.split()) < 3:
                without.add(str(path.relative_to(TEMPLATES)))
    assert without - OF_TODAY == set()


class Edition:
    code, file_hash = "xinjiang-2025", "a" * 64


def test_a_refusal_by_an_article_knows_its_edition_and_one_without_names_no_regulation():
    assert Refusal.under(Edition(), "late", "已过期", "13(2)b", field="day") == Refusal(
        "late", "已过期", "13(2)b", "xinjiang-2025", "day", "a" * 64
    )
    assert Refusal.under(Edition(), "late", "已过期", field="day") == Refusal("late", "已过期", field="day")
