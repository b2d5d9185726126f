"""Personal data as a screen shows it: enough to recognise, too little to use."""

STAR = "*"
# Surnames of two characters; every other name is taken to have a surname of one.
DOUBLE_SURNAMES = frozenset(
    {
        "欧阳",
        "司马",
        "上官",
        "诸葛",
        "东方",
        "皇甫",
        "尉迟",
        "公孙",
        "慕容",
        "令狐",
        "长孙",
        "宇文",
        "夏侯",
        "司徒",
        "司空",
        "轩辕",
        "端木",
        "南宫",
        "独孤",
        "百里",
        "呼延",
        "闻人",
        "淳于",
        "澹台",
        "公冶",
        "宗政",
        "濮阳",
        "太叔",
        "申屠",
        "赫连",
        "万俟",
        "钟离",
        "闾丘",
        "鲜于",
        "东郭",
        "拓跋",
    }
)


def _keep(text: str, front: int, back: int) -> str:
    if len(text) <= front + back:
        return STAR * len(text)
    return text[:front] + STAR * (len(text) - front - back) + text[len(text) - back :]


def mask_id_number(text: str) -> str:
    """``110105194912310021`` → ``1101**********0021``."""
    return _keep(text, 4, 4)


def mask_phone(text: str) -> str:
    """``13812345678`` → ``138****5678``; a shorter number keeps its last two digits."""
    return _keep(text, 3, 4) if len(text) >= 11 else _keep(text, 0, 2)


def mask_name(text: str) -> str:
    """``张建国`` → ``张**``: the surname stays, each other character is a star."""
    name = text.strip()
    front = 2 if name[:2] in DOUBLE_SURNAMES and len(name) > 2 else 1
    return name[:front] + STAR * max(len(name) - front, 1) if name else ""
