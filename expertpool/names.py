"""Chinese names as they sort and as they are searched: pinyin, with surnames read as surnames.

pypinyin reads single characters by their commonest sound, which is wrong for some surnames.
"""

import re

from pypinyin import Style, lazy_pinyin

SURNAMES = {
    "曾": ["zeng"], "单": ["shan"], "仇": ["qiu"], "解": ["xie"], "查": ["zha"], "区": ["ou"], "任": ["ren"], "朴": ["piao"],
    "翟": ["zhai"], "缪": ["miao"], "冼": ["xian"], "种": ["chong"], "员": ["yun"], "逄": ["pang"], "乐": ["yue"], "华": ["hua"],
    "盖": ["ge"], "折": ["she"], "繁": ["po"], "召": ["shao"], "黑": ["he"], "秘": ["bi"], "尉": ["wei"], "燕": ["yan"],
    "尉迟": ["yu", "chi"], "万俟": ["mo", "qi"], "长孙": ["zhang", "sun"], "单于": ["chan", "yu"], "澹台": ["tan", "tai"],
}  # fmt: skip
LONGEST_KEY, LONGEST_INITIALS = 120, 20


def _syllables(name: str) -> list[str]:
    text = re.sub(r"[\s·•．.]+", "", name)
    for length in (2, 1):
        # A two-character name is one surname and one given name: 单于 is then 单 + 于.
        if text[:length] in SURNAMES and (length == 1 or len(text) > 2):
            return SURNAMES[text[:length]] + lazy_pinyin(text[length:], style=Style.NORMAL)
    return lazy_pinyin(text, style=Style.NORMAL)


def name_key(name: str) -> str:
    """``曾国强`` → ``zeng guo qiang``: the order of lists, and what a search by pinyin compares with."""
    return " ".join(_syllables(name)).lower()[:LONGEST_KEY]


def name_initials(name: str) -> str:
    """``曾国强`` → ``zgq``."""
    return "".join(syllable[0] for syllable in _syllables(name) if syllable).lower()[:LONGEST_INITIALS]
