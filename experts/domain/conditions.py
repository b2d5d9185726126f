"""The conditions of admission, judged on facts: each is met, is not met, or a person decides."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from expertpool import identity
from expertpool.birthdays import completed_years, years_after
from expertpool.refusals import Refusal
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import DEGREES, Condition, Regulation, degree_reaches, printed, title_reaches


class Answer(StrEnum):
    """What judging a condition gives."""

    MET = "met"
    NOT_MET = "not_met"
    TO_JUDGE = "to_judge"


@dataclass(frozen=True)
class Judgement:
    """A condition and its answer; ``reason``: why it is not met, what a person must weigh, or that somebody set it aside."""

    condition: Condition
    answer: Answer
    reason: str = ""
    waived: bool = False


@dataclass(frozen=True)
class Tick:
    """What a reviewer decided of a condition that only a person can judge."""

    condition: str
    met: bool
    note: str


@dataclass(frozen=True, kw_only=True)
class ApplicantFacts:
    """What the conditions look at.

    on: the day of application (Beijing). years: whole years in the trade. title_level: 初级 … 正高级 or "". degree_since,
    title_since, licence_since: since when they are held; something held only after ``on`` does not count.
    consents, attests: what the applicant himself has stated. employer_named: the personnel-relation employer is
    given; employer_confirmed: what that employer said, None while it has not been asked. banned: the text of a
    re-entry ban that is still running, or "". removed: the text of an earlier removal from this pool, or "". left: the text
    of an exit of which only a person can say whether it was a removal, or "". marks: those that hold on ``on``.
    """

    on: date
    birth_date: date | None = None
    title_level: str = ""
    title: str = ""
    title_since: date | None = None
    licence: str = ""
    licence_since: date | None = None
    degree: str = ""
    degree_since: date | None = None
    years: int | None = None
    expert_type: str = ""
    marks: frozenset[str] = field(default_factory=frozenset)
    consents: bool = False
    attests: bool = False
    employer_named: bool = False
    employer_confirmed: bool | None = None
    banned: str = ""
    removed: str = ""
    left: str = ""


#: Why a condition is not met; empty where it is, None where a person decides.
Judge = Callable[[Condition, ApplicantFacts], str | None]


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


@acts_on("conditions.strategy", "age_at_most")
@acts_on("conditions.max_age")
def _age(condition: Condition, facts: ApplicantFacts) -> str:
    if facts.birth_date is None or condition.max_age is None:
        return "" if condition.max_age is None else "没有出生日期，无法核对年龄，请填写身份证号码和出生日期。"
    age = completed_years(facts.birth_date, facts.on)
    if age <= condition.max_age:
        return ""
    return f"申请之日年龄为{age}周岁，超过{condition.max_age}周岁。"


@acts_on("conditions.strategy", "title_at_least")
@acts_on("conditions.min_title")
def _title(condition: Condition, facts: ApplicantFacts) -> str:
    minimum = condition.min_title or ""
    if minimum and not title_reaches(facts.title_level, minimum):
        return f"职称等级须为{minimum}以上，现为“{facts.title_level or '无'}”。"
    if facts.title_since is not None and facts.title_since > facts.on:
        return f"职称自{_day(facts.title_since)}取得，申请之日尚未取得。"
    return ""


@acts_on("conditions.strategy", "years_at_least")
@acts_on("conditions.min_years")
def _years(condition: Condition, facts: ApplicantFacts) -> str:
    if (facts.years or 0) >= (condition.min_years or 0):
        return ""
    now = "未填写" if facts.years is None else f"{facts.years}年"
    return f"“{condition.name}”：从业年限须满{condition.min_years}年，现为{now}。"


@acts_on("conditions.strategy", "license")
def _licence(condition: Condition, facts: ApplicantFacts) -> str:
    if not facts.licence.strip():
        return "没有填写注册职业资格。"
    if facts.licence_since is not None:
        return _since("注册职业资格", facts.licence_since, condition.min_years or 0, facts.on)
    return _years(condition, facts) if condition.min_years else ""


@acts_on("conditions.strategy", "named_title")
@acts_on("conditions.titles")
def _named_title(condition: Condition, facts: ApplicantFacts) -> str:
    held = f"{facts.title} {facts.licence}"
    return "" if any(title in held for title in condition.titles) else f"须具有下列称号或职务之一：{'、'.join(condition.titles)}。"


@acts_on("conditions.strategy", "degree_and_years")
@acts_on("conditions.degree")
def _degree(condition: Condition, facts: ApplicantFacts) -> str:
    held = max((one for one in DEGREES if one in facts.degree), key=DEGREES.index, default="")
    minimum = condition.degree or ""
    if minimum and not degree_reaches(held, minimum):
        return f"须取得{minimum}学位，学历/学位栏现为“{facts.degree or '未填写'}”。"
    if facts.degree_since is not None:
        return _since(f"{held}学位", facts.degree_since, condition.min_years or 0, facts.on)
    return f"须取得{minimum}学位满{condition.min_years}年，请填写取得学位日期。" if condition.min_years else ""


def _since(what: str, since: date, years: int, on: date) -> str:
    if years_after(since, years) <= on:
        return ""
    return f"{what}自{_day(since)}取得，" + (f"到申请之日未满{years}年。" if years else "申请之日尚未取得。")


@acts_on("conditions.strategy", "employer_confirmation")
def _employer(condition: Condition, facts: ApplicantFacts) -> str:
    if not facts.employer_named:
        return "没有填写人事关系所在单位，须由该单位推荐和确认。"
    return "人事关系所在单位没有确认。" if facts.employer_confirmed is False else ""


@acts_on("conditions.strategy", "no_prior_removal")
def _removal(condition: Condition, facts: ApplicantFacts) -> str | None:
    if against := facts.banned or facts.removed:
        return against
    if not facts.attests:
        return f"本人尚未声明符合“{condition.name}”，请勾选后再提交。"
    return None if facts.left else ""


@acts_on("conditions.strategy", "consent")
def _consent(condition: Condition, facts: ApplicantFacts) -> str:
    return "" if facts.consents else "申请须出于本人意愿：请由本人同意后勾选“本人自愿申请入库”。"


@acts_on("conditions.strategy", "attested")
def _attested(condition: Condition, facts: ApplicantFacts) -> str:
    return "" if facts.attests else "本人尚未作出无不良记录的承诺，请勾选后再提交。"


@acts_on("conditions.strategy", "reviewer_judges")
def _a_person(condition: Condition, facts: ApplicantFacts) -> None:
    return None


@acts_on("conditions.strategy", "any_of")
def _any_of(condition: Condition, facts: ApplicantFacts) -> str | None:
    answers = [_answer(one, facts) for one in condition.alternatives]
    if "" in answers:
        return ""
    if None in answers:
        return None
    return f"须具备下列条件之一：{'；'.join(one.name for one in condition.alternatives)}。现均不具备。"


@acts_on("conditions.strategy", "all_of")
def _all_of(condition: Condition, facts: ApplicantFacts) -> str | None:
    answers = [_answer(one, facts) for one in condition.alternatives]
    missing = "".join(one for one in answers if one)
    return missing or (None if None in answers else "")


JUDGES: dict[str, Judge] = {
    "age_at_most": _age,
    "title_at_least": _title,
    "years_at_least": _years,
    "license": _licence,
    "named_title": _named_title,
    "degree_and_years": _degree,
    "employer_confirmation": _employer,
    "no_prior_removal": _removal,
    "consent": _consent,
    "attested": _attested,
    "reviewer_judges": _a_person,
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


def _answer(condition: Condition, facts: ApplicantFacts) -> str | None:
    if facts.expert_type and facts.expert_type in condition.exempt_types:
        return ""
    if facts.marks & set(condition.exempt_marks):
        return ""
    return JUDGES[condition.strategy](condition, facts)


def _field_of(condition: Condition, facts: ApplicantFacts) -> str:
    if condition.alternatives:
        return _field_of(condition.alternatives[0], facts)
    if condition.strategy == "no_prior_removal" and not (facts.banned or facts.removed):
        return FIELD_OF["attested"]
    return FIELD_OF.get(condition.strategy, "")


@acts_on("conditions.exempt_types")
@acts_on("conditions.exempt_marks")
def judge(condition: Condition, facts: ApplicantFacts) -> Judgement:
    """What the facts say of one condition."""
    reason = _answer(condition, facts)
    if reason is None:
        return Judgement(condition, Answer.TO_JUDGE, facts.left if condition.strategy == "no_prior_removal" else "")
    return Judgement(condition, Answer.NOT_MET if reason else Answer.MET, reason)


def judge_all(regulation: Regulation, facts: ApplicantFacts, waived: Collection[str] = ()) -> list[Judgement]:
    """Every condition of the applicant with its answer, in the regulation's order.

    ``waived``: codes of soft conditions that were set aside for this applicant; a hard condition is never waived.
    """
    found = []
    for condition in regulation.conditions_for(facts.expert_type):
        if condition.waivable and condition.code in waived:
            found.append(Judgement(condition, Answer.MET, "经批准豁免", waived=True))
        else:
            found.append(judge(condition, facts))
    return found


def judge_conditions(regulation: Regulation, facts: ApplicantFacts, waived: Collection[str] = ()) -> list[Refusal]:
    """Every condition that the facts do not meet, in the regulation's order, each with article and form field."""
    return [_refusal(one, regulation, facts) for one in judge_all(regulation, facts, waived) if one.answer == Answer.NOT_MET]


def _refusal(judged: Judgement, regulation: Regulation, facts: ApplicantFacts) -> Refusal:
    condition, reason = judged.condition, judged.reason
    if condition.waivable and (condition.strategy != "age_at_most" or facts.birth_date is not None):
        body = regulation.labels.of(condition.waiver_approver)
        article = printed(condition.waiver_article or condition.article)
        reason += f"确需入库的，请先保存，将申请编号和书面理由报{body}，由其依{article}批准豁免后再提交。"
    return Refusal.under(regulation, f"condition.{condition.code}", reason, condition.article, field=_field_of(condition, facts))


def why_not_ticked(judged: Collection[Judgement], ticks: Mapping[str, Tick], regulation: Regulation) -> list[Refusal]:
    """Every condition that a person must judge and that ``ticks`` leave open, do not explain, or find not met."""
    found = []
    for one in judged:
        if one.answer != Answer.TO_JUDGE:
            continue
        condition, tick = one.condition, ticks.get(one.condition.code)
        if tick is None:
            code, text = "unticked", f"“{condition.name}”须由审核人认定：请选择是否符合，并写明理由。"
        elif not tick.met:
            code, text = f"condition.{condition.code}", f"已认定不符合“{condition.name}”，不能通过。"
        elif not tick.note.strip():
            code, text = "untold", f"认定符合“{condition.name}”的，请写明理由。"
        else:
            continue
        found.append(Refusal.under(regulation, code, text, condition.article, field=f"tick_{condition.code}"))
    return found


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
