"""The regulation's own words, as published: what stands in them, and which articles they have.

The text stands beside the edition's file (`<first day>.txt`). Before a quote is looked for, whitespace of every kind is
taken out on both sides, and the marks that a word processor leaves (`[bookmark: …]`) out of the text; nothing else is
folded, so a comma of another width is another word. The articles are found by their headings at the beginning of a line:
第X条, under it （一） and `1.`; 附表N with 一、 and 注：; and, for the explanation of a draft, 三、 with 第X章 and 四、 with （一）.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from .articles import canonical, printed
from .base import Fail

_NUMERALS = "一二三四五六七八九十"
_LEFT_BEHIND = re.compile(r"\[bookmark:[^\]]*\]\s*")
_ARTICLE = re.compile(rf"第([{_NUMERALS}]+)条")
_ITEM = re.compile(rf"[（(]([{_NUMERALS}]+)[）)]")
_POINT = re.compile(r"(\d+)[.．]")
_ANNEX = re.compile(r"附表(\d)\Z")
_PART = re.compile(rf"([{_NUMERALS}]+)、")
_NOTE = re.compile(r"注[：:]")
_CHAPTER = re.compile(rf"(第[{_NUMERALS}]+章)")


def _number(numeral: str) -> int:
    """十二 is 12, 二十一 is 21."""
    tens, ten, ones = numeral.rpartition("十")
    value = (_NUMERALS.index(tens) + 1 if tens else 1) * 10 if ten else 0
    return value + (_NUMERALS.index(ones) + 1 if ones else 0)


def folded(text: str) -> str:
    """The text without any whitespace."""
    return "".join(text.split())


@dataclass(frozen=True)
class Paper:
    """A published text. sections: the folded text of each article, item, point and annex by its canonical key, in order."""

    source: bytes
    text: str
    sections: Mapping[str, str]

    @classmethod
    def of(cls, source: bytes) -> Paper:
        """The paper in these bytes. Raises UnicodeDecodeError."""
        lines = _LEFT_BEHIND.sub("", source.decode("utf-8-sig")).splitlines()
        return cls(source, folded("".join(lines)), MappingProxyType(_sections(lines)))

    @property
    def hash(self) -> str:
        """SHA-256 of the text's bytes, lower-case hex."""
        return hashlib.sha256(self.source).hexdigest()

    def says(self, quote: str, article: str) -> bool:
        """Whether these words stand in this article."""
        return folded(quote) in self.sections.get(canonical(article), "")

    def has(self, article: str) -> bool:
        """Whether the text has this article."""
        return canonical(article) in self.sections

    def uncited(self, articles: Iterable[str]) -> tuple[str, ...]:
        """The articles, items and points, in order, that none of these keys names.

        Where an article has items, its items are named and not the article; an annex is cited as a whole.
        """
        cited = {canonical(one) for one in articles}
        annexes = {one for one in cited if one.startswith("附表")}
        smallest = [key for key in self.sections if _is_article(key) and not any(_is_part(other, key) for other in self.sections)]
        return tuple(key for key in smallest if key not in cited and not any(_is_part(key, one) for one in annexes))


def _is_article(key: str) -> bool:
    """A part of an explanation (三) is only a heading."""
    return key.strip(_NUMERALS) != ""


def _is_part(key: str, whole: str) -> bool:
    rest = key.removeprefix(whole)
    if rest in (key, ""):
        return False
    return rest[0] in "(·" or (whole[-1] == ")" and rest[0].isdigit()) or (whole.startswith("附表") and not rest[0].isdigit())


def _sections(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    top = item = point = ""
    for line in lines:
        words = line.strip()
        heading = unicodedata.normalize("NFKC", folded(words))
        if match := _ANNEX.match(heading):
            top, item, point = f"附表{match[1]}", "", ""
        elif match := _ARTICLE.match(heading):
            top, item, point = str(_number(match[1])), "", ""
            if top in found:
                top += "bis"
        elif top.startswith("附表") and ((match := _PART.match(heading)) or _NOTE.match(heading)):
            item, point = top + (match[1] if match else "注"), ""
        elif match := _PART.match(heading):
            # Only the explanation of a draft has parts outside its annexes.
            top, item, point = match[1], "", ""
        elif top and top[0] in _NUMERALS and (match := _CHAPTER.match(heading)):
            item, point = f"{top}·{match[1]}", ""
        elif top and not top.startswith("附表") and (match := _ITEM.match(heading)):
            item, point = f"{top}({_number(match[1])})", ""
        elif item and not top.startswith("附表") and (match := _POINT.match(heading)):
            point = f"{item}{match[1]}"
        for key in (top, item, point):
            if key:
                found[key] = found.get(key, "") + folded(words)
    return found


def check_against(table: Mapping[str, Any], paper: Paper, fail: Fail, path: str = "") -> None:
    """Every article of a file's tables is one of the paper's, and every quote stands in the article that it is quoted from."""
    for name, value in table.items():
        key = f"{path}.{name}" if path else name
        if (name == "article" or name.endswith("_article")) and not paper.has(value):
            fail(key, f"原文中没有这一条：{printed(value)}（{value}）")
        if name == "quote" and not paper.says(value, table.get("article", "")):
            fail(key, f"原文{printed(table.get('article', ''))}中没有这句话：“{value}”")
        for index, one in enumerate(value if isinstance(value, list) else [value], 1):
            if isinstance(one, dict):
                check_against(one, paper, fail, f"{key}[{index}]" if isinstance(value, list) else key)
