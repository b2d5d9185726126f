"""Citizens' identity numbers (公民身份号码) and mobile phone numbers: are they possible, and what do they say.

Source: GB 11643-1999 (18 digits: six of area, eight of birth date, three of sequence, one check digit). The area is
not looked up: cards with codes of abolished areas are valid.
"""

import re
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
SHAPE = re.compile(r"[0-9]{17}[0-9X]")
# What is left of an identity number that a spreadsheet took for a number.
DAMAGED = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]{1,2}|[0-9]{15,18}\.0+|[0-9]{15}000\.?0*")
FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ", "0123456789XX")
EARLIEST = date(1900, 1, 1)


def normalise_id(text: str) -> str:
    """``text`` without spaces, in half-width digits, with a capital X."""
    return re.sub(r"[\s\u200b\ufeff]", "", text.translate(FULL_WIDTH)).upper()


def check_digit(first_seventeen: str) -> str:
    """The eighteenth character that belongs to the first seventeen digits."""
    return CHECK_DIGITS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, first_seventeen, strict=True)) % 11]


def why_not_id_number(text: str) -> str | None:
    """The reason (Chinese, without the number) why ``text`` is no identity number, or None. Spaces are forgiven."""
    number = normalise_id(text)
    if not number:
        return "请填写公民身份号码。"
    possible = SHAPE.fullmatch(number) and number[17] == check_digit(number[:17]) and _birth_date(number) is not None
    if DAMAGED.fullmatch(number) and not possible:
        return "该身份号码已被表格软件当作数字改写，后几位已经丢失：请把单元格设为“文本”格式后重新填写完整号码。"
    if len(number) != 18:
        return f"公民身份号码应为18位，现为{len(number)}位，请核对。"
    if not SHAPE.fullmatch(number):
        return "公民身份号码前17位应为数字，末位为数字或X，请核对。"
    if _birth_date(number) is None:
        return "公民身份号码第7至14位不是有效的出生日期，请核对。"
    if number[17] != check_digit(number[:17]):
        return "公民身份号码末位校验码不符，通常是某一位填错，请核对。"
    return None


def _birth_date(number: str) -> date | None:
    try:
        day = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return day if day >= EARLIEST else None


def birth_date_of(text: str) -> date:
    """The birth date written in an identity number; raises ValueError when it is none."""
    return _checked(text)[0]


def sex_of(text: str) -> str:
    """``M`` or ``F`` from the seventeenth digit of an identity number; raises ValueError when it is none."""
    return _checked(text)[1]


def _checked(text: str) -> tuple[date, str]:
    if reason := why_not_id_number(text):
        raise ValueError(reason)
    number = normalise_id(text)
    day = _birth_date(number)
    assert day is not None
    return day, "M" if int(number[16]) % 2 else "F"


def why_not_phone(text: str) -> str | None:
    """The reason (Chinese) why ``text`` is no mobile number of the mainland (11 digits from 1), or None."""
    number = normalise_phone(text)
    if not number:
        return "请填写手机号码。"
    if re.fullmatch(r"1\.[0-9]+[Ee]\+?10", number):
        return "该手机号码已被表格软件当作数字改写，请把单元格设为“文本”格式后重新填写。"
    if not re.fullmatch(r"[0-9]+", number):
        return "手机号码只能由数字组成，请核对。"
    if len(number) != 11:
        return f"手机号码应为11位，现为{len(number)}位，请核对。"
    if not re.fullmatch(r"1[3-9][0-9]{9}", number):
        return "手机号码应以13至19开头，请核对。"
    return None


def normalise_phone(text: str) -> str:
    """A mobile number as eleven digits, without spaces, hyphens and the country code."""
    return re.sub(r"^(\+|00)86", "", re.sub(r"[\s\u200b\ufeff-]", "", text.translate(FULL_WIDTH)))
