"""Article keys: from the short form of the clause table to the form that a reader knows."""

from __future__ import annotations

import re

_DIGITS = "零一二三四五六七八九"
_SHORT = re.compile(r"(\d+)(bis)?(?:\((\d+)\))?(\d+)?(end)?-?[a-z]?\Z")
_EXPLANATION = re.compile(r"([一二三四五六七八九十]+)\((\d+)\)[a-z]?\Z")
_CHAPTER = re.compile(r"([一二三四五六七八九十]+)·(第[一二三四五六七八九十]+章)[a-z]?\Z")
_ANNEX = re.compile(r"(附表\d[一二三四五六七八九十]?注?)[a-z]?\Z")


def _chinese(number: int) -> str:
    if not 0 < number < 100:
        raise ValueError(f"no Chinese numeral for {number}")
    tens, ones = divmod(number, 10)
    head = {0: "", 1: "十"}.get(tens, _DIGITS[tens] + "十")
    return head + (_DIGITS[ones] if ones else "")


def printed(article: str) -> str:
    """The printed form of a short article key: `13(2)b` is 第十三条第（二）项, `附表1` stays `附表1`.

    The letter at the end only separates several duties inside one provision and is not printed.
    An empty key (no article) stays empty. Raises ValueError for a key that has none of the known forms.
    """
    if not article:
        return ""
    if found := _SHORT.match(article):
        number, second, item, point, end = found.groups()
        text = f"第{_chinese(int(number))}条" + ("（第二个）" if second else "")
        text += f"第（{_chinese(int(item))}）项" if item else ""
        text += f"第{point}目" if point else ""
        return text + ("末段" if end else "")
    if found := _EXPLANATION.match(article):
        return f"说明第{found[1]}部分第（{_chinese(int(found[2]))}）项"
    if found := _CHAPTER.match(article):
        return f"说明第{found[1]}部分{found[2]}"
    if found := _ANNEX.match(article):
        return found[1]
    raise ValueError(article)


def canonical(article: str) -> str:
    """The key of the place itself: without the letter that separates duties, and without `end`: `7(1)2b` is `7(1)2`."""
    if found := _SHORT.match(article):
        number, second, item, point, _end = found.groups()
        return number + (second or "") + (f"({item})" if item else "") + (point or "")
    return article.rstrip("abcdefghijklmnopqrstuvwxyz")
