"""The conditions of admission, judged on facts: every reason at once, each with its article."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date

from expertpool import identity
from expertpool.refusals import Refusal
from expertpool.regulations.schema import DEGREES, Condition, Regulation, degree_reaches, printed, title_reaches


@dataclass(frozen=True, kw_only=True)
class ApplicantFacts:
    """What the conditions look at.

    on: the day of application (Beijing). years: whole years in the trade. title_level: 初级 … 正高级 or "".
    consents, attests: what the applicant himself has stated. employer_named: the personnel-relation employer is
    given; employer_confirmed: what that employer said, None while it has not been asked. banned: the text of a
    re-entry ban that is still running, or "". marks: marks that exempt.
    """

    on: date
    birth_date: date | None = None
    title_level: str = ""
    title: str = ""
    licence: str = ""
    degree: str = ""
    years: int | None = None
    expert_type: str = ""
    marks: frozenset[str] = field(default_factory=frozenset)
    consents: bool = False
    attests: bool = False
    employer_named: bool = False
    employer_confirmed: bool | None = None
    banned: str = ""


def completed_years(birth_date: date, on: date) -> int:
    """Completed years of age on ``on``; somebody born on 29 February completes a year on 1 March of a common year."""
    return on.year - birth_date.year - ((on.month, on.day) < (birth_date.month, birth_date.day))


Judge = Callable[[Condition, ApplicantFacts], str]


def _age(condition: Condition, facts: ApplicantFacts) -> str:
    if facts.birth_date is None or condition.max_age is None:
        return "" if condition.max_age is None else "没有出生日期，无法核对年龄，请填写身份证号码和出生日期。"
    age = completed_years(facts.birth_date, facts.on)
    if age <= condition.max_age:
        return ""
    return f"申请之日年龄为{age}周岁，超过{condition.max_age}周岁。"


def _title(condition: Condition, facts: ApplicantFacts) -> str:
    minimum = condition.min_title or ""
    if not minimum or title_reaches(facts.title_level, minimum):
        return ""
    return f"职称等级须为{minimum}以上，现为“{facts.title_level or '无'}”。"


def _years(condition: Condition, facts: ApplicantFacts) -> str:
    if (facts.years or 0) >= (condition.min_years or 0):
        return ""
    now = "未填写" if facts.years is None else f"{facts.years}年"
    return f"从事相关行业研究或管理工作须满{condition.min_years}年，现为{now}。"


def _licence(condition: Condition, facts: ApplicantFacts) -> str:
    if not facts.licence.strip():
        return "没有填写注册职业资格。"
    return _years(condition, facts) if condition.min_years else ""


def _named_title(condition: Condition, facts: ApplicantFacts) -> str:
    held = f"{facts.title} {facts.licence}"
    return "" if any(title in held for title in condition.titles) else f"须具有下列称号或职务之一：{'、'.join(condition.titles)}。"


def _degree(condition: Condition, facts: ApplicantFacts) -> str:
    held = max((one for one in DEGREES if one in facts.degree), key=DEGREES.index, default="")
    minimum = condition.degree or ""
    if minimum and not degree_reaches(held, minimum):
        return f"须取得{minimum}学位，学历/学位栏现为“{facts.degree or '未填写'}”。"
    return _years(condition, facts) if condition.min_years else ""


def _employer(condition: Condition, facts: ApplicantFacts) -> str:
    if not facts.employer_named:
        return "没有填写人事关系所在单位，须由该单位推荐和确认。"
    return "人事关系所在单位没有确认。" if facts.employer_confirmed is False else ""


def _ban(condition: Condition, facts: ApplicantFacts) -> str:
    return facts.banned


def _consent(condition: Condition, facts: ApplicantFacts) -> str:
    return "" if facts.consents else "申请须出于本人意愿：请由本人同意后勾选“本人自愿申请入库”。"


def _attested(condition: Condition, facts: ApplicantFacts) -> str:
    return "" if facts.attests else "本人尚未作出无不良记录的承诺，请勾选后再提交。"


def _human(condition: Condition, facts: ApplicantFacts) -> str:
    return ""


def _any_of(condition: Condition, facts: ApplicantFacts) -> str:
    reasons = [_reason(one, facts) for one in condition.alternatives]
    return "" if not all(reasons) else f"须具备下列条件之一：{'；'.join(one.name for one in condition.alternatives)}。现均不具备。"


def _all_of(condition: Condition, facts: ApplicantFacts) -> str:
    return "".join(_reason(one, facts) for one in condition.alternatives)


JUDGES: dict[str, Judge] = {
    "age_at_most": _age,
    "title_at_least": _title,
    "years_at_least": _years,
    "license": _licence,
    "named_title": _named_title,
    "degree_and_years": _degree,
    "employer_confirmation": _employer,
    "no_prior_removal": _ban,
    "consent": _consent,
    "attested": _attested,
    "reviewer_judges": _human,
    "any_of": _any_of,
    "all_of": _all_of,
}

# The box of the form where the reason is shown.
FIELD_OF = {
    "age_at_most": "birth_date",
    "title_at_least": "title_level",
    "years_at_least": "years",
    "license": "licence",
    "named_title": "title",
    "degree_and_years": "degree",
    "employer_confirmation": "employer",
    "no_prior_removal": "id_number",
    "consent": "consents",
    "attested": "attests_clean_record",
}


def _reason(condition: Condition, facts: ApplicantFacts) -> str:
    if facts.expert_type and facts.expert_type in condition.exempt_types:
        return ""
    if facts.marks & set(condition.exempt_marks):
        return ""
    return JUDGES[condition.strategy](condition, facts)


def _field_of(condition: Condition) -> str:
    if condition.alternatives:
        return _field_of(condition.alternatives[0])
    return FIELD_OF.get(condition.strategy, "")


def judge_conditions(regulation: Regulation, facts: ApplicantFacts, waived: Collection[str] = ()) -> list[Refusal]:
    """Every condition that the facts do not meet, in the regulation's order, each with article and form field.

    ``waived``: codes of soft conditions that were set aside for this applicant; a hard condition is never waived.
    """
    refusals = []
    for condition in regulation.conditions_for(facts.expert_type):
        if condition.waivable and condition.code in waived:
            continue
        reason = _reason(condition, facts)
        if not reason:
            continue
        if condition.waivable and (condition.strategy != "age_at_most" or facts.birth_date is not None):
            body = {"leader": regulation.labels.leader}.get(condition.waiver_approver, regulation.labels.office)
            article = printed(condition.waiver_article or condition.article)
            reason += f"确需入库的，请先保存，将申请编号和书面理由报{body}，由其依{article}批准豁免后再提交。"
        refusals.append(Refusal(f"condition.{condition.code}", reason, condition.article, regulation.code, _field_of(condition)))
    return refusals


def judge_identity(*, id_number: str, birth_date: date | None, sex: str) -> list[Refusal]:
    """What is wrong with an identity number, or between it and the birth date and sex that were given."""
    if reason := identity.why_not_id_number(id_number):
        return [Refusal("id_number", reason, field="id_number")]
    refusals = []
    written = identity.birth_date_of(id_number)
    if birth_date is not None and birth_date != written:
        message = f"出生日期与身份证号码不一致（身份证号码所载为{written.year}年{written.month}月{written.day}日），请核对。"
        refusals.append(Refusal("birth_date", message, field="birth_date"))
    expected = {"M": "male", "F": "female"}[identity.sex_of(id_number)]
    if sex and sex != expected:
        refusals.append(Refusal("sex", "性别与身份证号码不一致，请核对。", field="sex"))
    return refusals
