from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpool import identity
from expertpool.masking import mask_id_number, mask_phone

numbers = st.builds(
    lambda area, birth, sequence: with_check(f"{area:06d}{birth:%Y%m%d}{sequence:03d}"),
    st.integers(110000, 829999),
    st.dates(date(1900, 1, 1), date(2026, 1, 1)),
    st.integers(0, 999),
)


def with_check(first):
    return first + identity.check_digit(first)


@given(numbers)
def test_a_well_formed_number_is_accepted_in_any_writing(number):
    assert identity.why_not_id_number(number) is None
    assert identity.why_not_id_number(f" {number[:6]} {number[6:].lower()}\u200b") is None
    assert identity.birth_date_of(number).strftime("%Y%m%d") == number[6:14]
    assert identity.sex_of(number) == ("M" if int(number[16]) % 2 else "F")


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_noticed(number, place, digit):
    if number[place] != digit:
        assert identity.why_not_id_number(number[:place] + digit + number[place + 1 :]) is not None


@given(st.text())
def test_no_text_breaks_the_check(text):
    reason = identity.why_not_id_number(text)
    assert reason is None or reason.endswith("。")
    assert identity.why_not_phone(text) is None or identity.why_not_phone(text).endswith("。")


def test_the_standards_own_examples():
    # GB 11643-1999, appendix: both numbers are printed there.
    assert identity.why_not_id_number("11010519491231002X") is None
    assert identity.why_not_id_number("440524188001010014") == "公民身份号码第7至14位不是有效的出生日期，请核对。"
    assert identity.birth_date_of("11010519491231002X") == date(1949, 12, 31)
    assert identity.sex_of("11010519491231002x") == "F"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "请填写公民身份号码。"),
        ("110105491231002", "公民身份号码应为18位，现为15位，请核对。"),
        ("110105194902301234", "公民身份号码第7至14位不是有效的出生日期，请核对。"),
        ("110105194912310021", "公民身份号码末位校验码不符，通常是某一位填错，请核对。"),
        ("1101051949A231002X", "公民身份号码前17位应为数字，末位为数字或X，请核对。"),
        ("1.1010519491231e+17", "该身份号码已被表格软件当作数字改写，后几位已经丢失：请把单元格设为“文本”格式后重新填写完整号码。"),
        ("110105194912310000.0", "该身份号码已被表格软件当作数字改写，后几位已经丢失：请把单元格设为“文本”格式后重新填写完整号码。"),
        ("110105194912310000", "该身份号码已被表格软件当作数字改写，后几位已经丢失：请把单元格设为“文本”格式后重新填写完整号码。"),
    ],
)
def test_each_reason(text, reason):
    assert identity.why_not_id_number(text) == reason


def test_a_number_that_truly_ends_in_zeros_is_not_called_damaged():
    day, found = date(1950, 1, 1), None
    while found is None:
        candidate = with_check(f"110105{day:%Y%m%d}000")
        found = candidate if candidate.endswith("0000") else None
        day += timedelta(days=1)
    assert identity.why_not_id_number(found) is None


def test_birth_date_of_nonsense_raises():
    with pytest.raises(ValueError, match="校验码"):
        identity.birth_date_of("110105194912310021")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("13812345678", None),
        ("+86 138-1234-5678", None),
        ("", "请填写手机号码。"),
        ("12812345678", "手机号码应以13至19开头，请核对。"),
        ("1381234567", "手机号码应为11位，现为10位，请核对。"),
        ("1.3812345678e10", "该手机号码已被表格软件当作数字改写，请把单元格设为“文本”格式后重新填写。"),
        ("0991-abc", "手机号码只能由数字组成，请核对。"),
    ],
)
def test_phones(text, reason):
    assert identity.why_not_phone(text) == reason


def test_masks():
    assert mask_id_number("110105194912310021") == "1101**********0021"
    assert mask_phone("13812345678") == "138****5678"
    assert mask_id_number("1234") == "****"
    assert mask_phone("4581234") == "*****34"
