"""The conditions of admission as tables: facts in, refused articles out."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from expertpool.birthdays import completed_years
from expertpool.regulations import catalogue
from experts.domain.conditions import Answer, ApplicantFacts, Tick, judge, judge_all, judge_conditions, judge_identity, why_not_ticked
from tests.factories import an_id_number

ON = date(2026, 10, 12)
GOOD = ApplicantFacts(
    on=ON,
    birth_date=date(1975, 6, 15),
    title_level="副高级",
    title="高级工程师",
    years=15,
    expert_type="professional",
    consents=True,
    attests=True,
    employer_named=True,
)


@pytest.fixture(scope="module")
def regulation():
    return catalogue.in_force("xinjiang-2025", ON)


def articles(regulation, waived=(), **changes):
    return [refusal.article for refusal in judge_conditions(regulation, replace(GOOD, **changes), waived)]


def test_a_complete_applicant_is_refused_nothing(regulation):
    assert articles(regulation) == []


QUALIFICATION = [
    # title level, licence, years, expert type, refused articles
    ("副高级", "", None, "professional", []),
    ("正高级", "", None, "professional", []),
    ("中级", "", 7, "professional", ["5(4)"]),
    ("中级", "", 8, "professional", []),
    ("", "", None, "professional", ["5(4)"]),
    ("", "注册安全工程师", None, "professional", []),
    ("", "", 8, "professional", []),
    ("", "", 0, "professional", ["5(4)"]),
    ("初级", " ", 7, "professional", ["5(4)"]),
    ("", "", None, "senior_manager", []),
]


@pytest.mark.parametrize(("title_level", "licence", "years", "expert_type", "refused"), QUALIFICATION)
def test_title_or_licence_or_years(regulation, title_level, licence, years, expert_type, refused):
    facts = {"title_level": title_level, "licence": licence, "years": years, "expert_type": expert_type}
    assert articles(regulation, **facts) == refused


AGES = [
    (date(1961, 10, 12), []),  # 65 on the very day
    (date(1960, 10, 13), []),  # 66 tomorrow
    (date(1960, 10, 12), ["5(5)b"]),  # 66 today
    (date(1940, 1, 1), ["5(5)b"]),
    (None, ["5(5)b"]),
]


@pytest.mark.parametrize(("birth_date", "refused"), AGES)
def test_age_by_completed_years_on_the_day_of_application(regulation, birth_date, refused):
    assert articles(regulation, birth_date=birth_date) == refused


def test_the_age_refusal_names_the_way_out_and_a_waiver_opens_it(regulation):
    (refusal,) = judge_conditions(regulation, replace(GOOD, birth_date=date(1960, 1, 1)))
    assert (refusal.code, refusal.field, refusal.regulation) == ("condition.age", "birth_date", "xinjiang-2025")
    assert refusal.message == (
        "申请之日年龄为66周岁，超过65周岁。确需入库的，请先保存，将申请编号和书面理由报专家库管理处室，由其依第五条第（五）项批准豁免后再提交。"
    )
    assert articles(regulation, waived={"age"}, birth_date=date(1960, 1, 1)) == []


def test_a_hard_condition_is_never_waived(regulation):
    assert articles(regulation, waived={"qualification", "integrity"}, attests=False, title_level="", years=1) == ["5(1)", "5(4)"]


STATED = [
    ({"attests": False}, ["5(1)"]),
    ({"consents": False}, ["5(5)a"]),
    ({"employer_named": False}, ["5(6)"]),
    ({"employer_confirmed": False}, ["5(6)"]),
    ({"employer_confirmed": True}, []),
]


@pytest.mark.parametrize(("changes", "refused"), STATED)
def test_statements_and_confirmation(regulation, changes, refused):
    assert articles(regulation, **changes) == refused


def test_every_reason_comes_at_once_in_the_regulations_order(regulation):
    nothing = ApplicantFacts(on=ON, expert_type="professional")
    assert [one.article for one in judge_conditions(regulation, nothing)] == ["5(1)", "5(4)", "5(5)a", "5(5)b", "5(6)"]


@pytest.mark.parametrize("code", ["xinjiang-2025", "xinxian-2021", "neimenggu", "jiaozuo-2024"])
def test_every_editions_conditions_can_be_judged_and_cite_their_regulation(code):
    edition = catalogue.editions(code)[-1]
    for expert_type in ["", *(one.code for one in edition.expert_types)]:
        for refusal in judge_conditions(edition, ApplicantFacts(on=ON, expert_type=expert_type)):
            assert (refusal.regulation, bool(refusal.article), bool(refusal.message)) == (code, True, True)


@given(st.dates(date(1920, 1, 1), date(2010, 12, 31)), st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_age_grows_by_one_on_the_birthday_and_only_then(birth, on):
    age = completed_years(birth, on)
    assert 0 <= on.year - birth.year - age <= 1
    assert completed_years(birth, on.replace(month=12, day=31)) - completed_years(birth, on.replace(month=1, day=1)) in (0, 1)


IDENTITIES = [
    ({}, []),
    ({"birth_date": None, "sex": ""}, []),
    ({"birth_date": date(1975, 6, 16)}, ["birth_date"]),
    ({"sex": "female"}, ["sex"]),
    ({"birth_date": date(1975, 6, 16), "sex": "female"}, ["birth_date", "sex"]),
    ({"id_number": an_id_number(date(1975, 6, 15), 1)[:17] + "?"}, ["id_number"]),
    ({"id_number": "1.1010519491231e+17"}, ["id_number"]),
]


@pytest.mark.parametrize(("changes", "fields"), IDENTITIES)
def test_identity_number_birth_date_and_sex_agree(changes, fields):
    given_data = {"id_number": an_id_number(date(1975, 6, 15), 1), "birth_date": date(1975, 6, 15), "sex": "male", **changes}
    assert [one.field for one in judge_identity(**given_data)] == fields


def test_a_wrong_check_digit_is_named():
    number = an_id_number(date(1975, 6, 15), 1)
    wrong = number[:17] + ("0" if number[17] != "0" else "1")
    (refusal,) = judge_identity(id_number=wrong, birth_date=None, sex="")
    assert refusal.message == "公民身份号码末位校验码不符，通常是某一位填错，请核对。"


# Three answers.


def condition(strategy, code="c", **given):
    from expertpool.regulations.schema import Condition

    return Condition(code=code, name=code, strategy=strategy, article="9", **given)


YES, NO, PERSON = condition("years_at_least", min_years=1), condition("years_at_least", min_years=99), condition("reviewer_judges")
ANSWERS = [
    ("any_of", (YES, NO), Answer.MET),
    ("any_of", (NO, NO), Answer.NOT_MET),
    ("any_of", (YES, PERSON), Answer.MET),
    ("any_of", (PERSON, YES), Answer.MET),
    ("any_of", (NO, PERSON), Answer.TO_JUDGE),
    ("any_of", (PERSON,), Answer.TO_JUDGE),
    ("all_of", (YES, YES), Answer.MET),
    ("all_of", (YES, NO), Answer.NOT_MET),
    ("all_of", (PERSON, NO), Answer.NOT_MET),
    ("all_of", (YES, PERSON), Answer.TO_JUDGE),
]


@pytest.mark.parametrize(("strategy", "parts", "answer"), ANSWERS)
def test_what_a_person_decides_is_neither_met_nor_refused_by_itself(strategy, parts, answer):
    assert judge(condition(strategy, alternatives=parts), GOOD).answer == answer
    nested = condition("any_of", alternatives=(condition(strategy, alternatives=parts),))
    assert judge(nested, GOOD).answer == answer


DAYS = [
    # strategy, parameters, facts, met
    ("degree_and_years", {"degree": "博士", "min_years": 3}, {"degree": "博士", "degree_since": date(2023, 10, 12)}, True),
    ("degree_and_years", {"degree": "博士", "min_years": 3}, {"degree": "博士", "degree_since": date(2023, 10, 13)}, False),
    # Years in the trade are not years since the degree.
    ("degree_and_years", {"degree": "博士", "min_years": 3}, {"degree": "博士", "years": 30}, False),
    ("degree_and_years", {"degree": "硕士", "min_years": 5}, {"degree": "博士", "degree_since": date(2020, 1, 1)}, True),
    ("license", {"min_years": 5}, {"licence": "注册会计师", "licence_since": date(2021, 10, 12), "years": 0}, True),
    ("license", {"min_years": 5}, {"licence": "注册会计师", "licence_since": date(2021, 10, 13), "years": 30}, False),
    ("license", {}, {"licence": "注册会计师", "licence_since": date(2026, 10, 13)}, False),
    ("title_at_least", {"min_title": "副高级"}, {"title_level": "副高级", "title_since": ON}, True),
    ("title_at_least", {"min_title": "副高级"}, {"title_level": "副高级", "title_since": date(2026, 10, 13)}, False),
]


@pytest.mark.parametrize(("strategy", "given_rule", "facts", "met"), DAYS)
def test_what_is_held_counts_from_its_day(strategy, given_rule, facts, met):
    judged = judge(condition(strategy, **given_rule), replace(GOOD, **facts))
    assert (judged.answer == Answer.MET, bool(judged.reason)) == (met, not met)


def test_a_type_and_a_mark_exempt_and_a_waiver_is_shown_as_one():
    rule = condition("age_at_most", max_age=30, exempt_types=("professional",), exempt_marks=("院士",), waivable=True)
    assert judge(rule, GOOD).answer == Answer.MET
    assert judge(rule, replace(GOOD, expert_type="", marks=frozenset({"院士"}))).answer == Answer.MET
    assert judge(rule, replace(GOOD, expert_type="")).answer == Answer.NOT_MET


def test_the_strip_says_every_condition_in_the_regulations_order(regulation):
    strip = judge_all(regulation, replace(GOOD, birth_date=date(1960, 1, 1)), {"age"})
    assert [(one.condition.code, str(one.answer), one.waived) for one in strip] == [
        ("integrity", "met", False), ("expertise", "to_judge", False), ("ethics", "to_judge", False), ("qualification", "met", False),
        ("willingness", "met", False), ("age", "met", True), ("employer", "met", False),
    ]  # fmt: skip
    said = {"expertise": Tick("expertise", True, "业内公认"), "ethics": Tick("ethics", True, " ")}
    assert [(one.code, one.article, one.field) for one in why_not_ticked(strip, said, regulation)] == [("untold", "5(3)", "tick_ethics")]
