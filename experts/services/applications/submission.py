"""What stands against an application, and sending it onto its way."""

import re
from collections.abc import Iterable
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from expertpool import clock, identity
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.duties import actor
from expertpool.pools.models import Field, RecommendingUnit, Role
from expertpool.refusals import Refusal, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from experts.domain.chain import RECOMMENDS, completes_himself
from experts.domain.conditions import ApplicantFacts, Judgement, judge_all, judge_conditions, judge_identity
from experts.domain.statements import ATTESTS, CONSENTS, why_not_stated
from experts.models import Application, ApplicationEmployment, Endorsement, Membership, TitleLevel
from experts.services import chain
from experts.services.bans import removed_before, why_not_return
from experts.services.marks import marks_of_application

from .filers import files_for, why_not_edit
from .filing import locked

State = Application.State
# Boxes of an official form, by their code in the regulation, and the columns that fill them (one is enough).
COLUMNS_OF_BOX = {
    "name": ("name",), "gender": ("sex",), "birth": ("birth_date",), "school": ("school",), "degree": ("degree",), "major": ("major",),
    "employer": ("employer",), "title": ("title", "position"), "research": ("research_area",), "email": ("email",), "phone": ("phone",),
    "address": ("address",), "postcode": ("postcode",), "achievements": ("achievements",),
}  # fmt: skip


def why_not_submit(application: Application, on: date) -> list[Refusal]:
    """Everything that stands against submitting on ``on``, each reason with its form field and article.

    Where the applicant completes his file in a step of his own, others send it without that.
    """
    regulation = chain.edition_for(application, on)
    if not _completed_later(application, regulation):
        return why_not_complete(application, on)
    found: list[Refusal | None] = [_why_not_applicant(application, regulation)]
    if application.id_number and (reason := identity.why_not_id_number(application.id_number)):
        found.append(Refusal("id_number", reason, field="id_number"))
    found += [_why_not_channel(application, regulation), _why_not_again(application, on)]
    return [refusal for refusal in found if refusal is not None]


def why_not_complete(application: Application, on: date) -> list[Refusal]:
    """Everything that the file lacks or that stands against the applicant on ``on``.

    The age is judged on the day of the first submission (readings A1); an application that comes back keeps it.
    """
    regulation = chain.edition_for(application, on)
    fields = list(application.fields.all())
    refusals = [*_incomplete(application, regulation, fields)]
    empty = {refusal.field for refusal in refusals if refusal.code == "missing"}
    if application.id_number:
        refusals += judge_identity(id_number=application.id_number, birth_date=application.birth_date, sex=application.sex)
    judged = judge_conditions(regulation, facts_of(application, application.filed_on or on), waived(application))
    # An empty box is said once, not again by each condition that reads it.
    refusals += [refusal for refusal in judged if refusal.field not in empty]
    # A statement that a condition missed already is not asked for twice.
    told = {refusal.field for refusal in judged}
    refusals += [refusal for refusal in why_not_stated(regulation, stated_in(application)) if refusal.field not in told]
    refusals += _employment_gaps(application, regulation)
    refusals += _missing_attachments(application, regulation)
    refusals += _unusable_fields(application, regulation, fields)
    refusals += _out_of_scope(application, regulation, fields)
    refusals += [refusal for refusal in (_why_not_channel(application, regulation), _why_not_again(application, on)) if refusal]
    return refusals


@transaction.atomic
@acts_on("rules.practice", "completeness")
def submit_application(*, application: Application, by: User, on: date | None = None) -> Application:
    """Send the application to the first step of its channel; a returned one runs through every step again.

    From now on it is decided under the edition of this day. Sending twice changes nothing. Raises Refused with every reason
    at once.
    """
    on = on or clock.today()
    application = locked(application)
    who = actor(by, application.pool, clock.today())
    if application.state in (State.UNDER_REVIEW, State.PASSED) and files_for(application, who):
        return application
    refuse_if(why_not_edit(application, who))
    regulation = chain.edition_for(application, on)
    step = chain.due_step(application, regulation)
    # Who completes his own file answers in his step; that is no submission.
    refuse_if(Refusal("state", f"申请已提交，请在“{step.name}”环节办理。") if step is not None else None)
    refuse_all(why_not_submit(application, on))
    chain.go_on(application, regulation)
    application.filed_on = application.filed_on or on
    application.submitted_at = clock.now()
    application.decide_under(regulation)
    application.save()
    record(
        "application.submitted",
        subject=f"application:{application.pk}",
        by=by,
        pool=application.pool.code,
        body={
            "number": application.number,
            "to": application.state,
            "step": application.step,
            "rules": regulation.file_hash,
            "attachments": sorted(application.attachments.values_list("sha256", flat=True)),
        },
    )
    return application


def check_strip(application: Application, regulation: Regulation, on: date | None = None) -> list[Judgement]:
    """Every condition of the applicant with its answer on the day of application (default: of its filing)."""
    day = application.filed_on or on or clock.today()
    return judge_all(regulation, facts_of(application, day), waived(application))


def waived(application: Application) -> set[str]:
    """The codes of the conditions that were set aside for the applicant."""
    return set(application.waivers.values_list("condition", flat=True)) if application.pk else set()


def stated_in(application: Application) -> set[str]:
    """The columns of the statements that the applicant has made."""
    return {column for column in (CONSENTS, ATTESTS) if getattr(application, column)}


def facts_of(application: Application, on: date) -> ApplicantFacts:
    """What the conditions look at, read from the application; ``on`` is the day of application."""
    removed, left = removed_before(application.pool, application.id_digest)
    return ApplicantFacts(
        on=on,
        birth_date=application.birth_date,
        title_level=str(TitleLevel(application.title_level).label) if application.title_level else "",
        title=f"{application.position} {application.title}".strip(),
        title_since=application.title_since,
        licence=application.licence,
        licence_since=application.licence_since,
        degree=application.degree,
        degree_since=application.degree_since,
        years=application.years,
        expert_type=application.expert_type,
        marks=marks_of_application(application, on) if application.pk else frozenset(),
        consents=application.consents,
        attests=application.attests_clean_record,
        employer_named=application.employer_id is not None,
        employer_confirmed=_employer_said(application),
        banned=_banned(application, on),
        removed=removed,
        left=left,
    )


def _employer_said(application: Application) -> bool | None:
    """What the employer answered since the application was last sent; None while he has not been asked."""
    if application.state in chain.NOT_SENT or application.submitted_at is None:
        return None
    edition = chain.edition_to_read(application)
    asked = [step.code for step in edition.intake.steps if step.unit == "employer"]
    said = application.endorsements.filter(step__in=asked, at__gte=application.submitted_at).order_by("-pk").first()
    return said.decision == Endorsement.Decision.CONFIRMED if said is not None else None


def _banned(application: Application, on: date) -> str:
    refusal = why_not_return(application.pool, application.id_digest, on)
    return str(refusal.message) if refusal is not None else ""


def _completed_later(application: Application, regulation: Regulation) -> bool:
    channel = chain.channel_of(application, regulation)
    return channel.by != Role.EXPERT and completes_himself(regulation.intake.chain(channel.code))


def _why_not_applicant(application: Application, regulation: Regulation) -> Refusal | None:
    if application.applicant_id is not None:
        return None
    step = next(step for step in chain.chain_of(application, regulation) if step.kind == "consent")
    message = f"“{step.name}”由申请人本人登录办理：请填写申请人的账号，没有账号的先由安全管理员开通。"
    return Refusal.under(regulation, "applicant", message, step.article, field="applicant_account")


def _why_not_again(application: Application, on: date) -> Refusal | None:
    if not application.id_digest:
        return None
    member = Membership.objects.active().filter(pool_id=application.pool_id, expert__id_digest=application.id_digest).exists()
    if member:
        return Refusal("already_member", "此人已是在库专家，不需要再次申请；信息有变化的，请办理信息更新。", field="id_number")
    return why_not_return(application.pool, application.id_digest, on)


@acts_on("expert_types")
def _incomplete(application: Application, regulation: Regulation, fields: list[Field]) -> Iterable[Refusal]:
    form = regulation.application_form
    boxes = (
        [(box.code, box.label, box.article) for box in form.fields]
        if form
        else [(code, "", "") for code in COLUMNS_OF_BOX] + [("field", "", "")]
    )
    for code, label, article in boxes:
        if code == "field":
            if not fields and application.pool.fields.filter(in_use=True).exists():
                yield Refusal.under(regulation, "missing", f"请选择{label or '申报方向'}。", article, field="fields")
            continue
        columns = COLUMNS_OF_BOX.get(code, ())
        if columns and not any(getattr(application, column) for column in columns):
            words = label or str(getattr(Application._meta.get_field(columns[0]), "verbose_name", code))
            yield Refusal.under(regulation, "missing", f"请填写{words}。", article, field=columns[0])
    if not application.id_number:
        yield Refusal("missing", "请填写身份证号码，用于核对身份和年龄、防止重复入库。", field="id_number")
    types = {one.code for one in regulation.expert_types}
    if types and application.expert_type not in types:
        yield Refusal("missing", "请选择专家类型。", field="expert_type")
    if application.phone and (reason := identity.why_not_phone(application.phone)):
        yield Refusal("phone", reason, field="phone")
    if application.email:
        try:
            validate_email(application.email)
        except ValidationError:
            yield Refusal("email", "电子邮箱的格式不正确，请核对。", field="email")
    if application.postcode and not re.fullmatch(r"[0-9]{6}", application.postcode):
        yield Refusal("postcode", "邮政编码应为6位数字。", field="postcode")


def _employment_gaps(application: Application, regulation: Regulation) -> Iterable[Refusal]:
    """The present employment at the personnel-relation employer must be among the employments: recusal reads them."""
    rows = list(application.employments.all())
    current = [row for row in rows if row.kind == ApplicationEmployment.Kind.PERSONNEL and row.until is None]
    rule = next((one for one in regulation.conditions if one.strategy == "employer_confirmation"), None)
    article = rule.article if rule else ""
    if application.employer_id and application.employer_id not in {row.organisation_id for row in current}:
        message = "任职经历中没有现在的人事关系所在单位：请增加一行，关系选“人事关系所在单位”，终止日期留空，单位与“工作单位”一致。"
        yield Refusal.under(regulation, "employments", message, article, field="employments")
    elif len(current) > 1:
        yield Refusal.under(
            regulation,
            "employments",
            "现在的人事关系所在单位只能有一个，其他单位请改选“兼职、聘用”或填写终止日期。",
            article,
            field="employments",
        )
    for row in rows:
        if row.until and row.until < row.since:
            yield Refusal("employments", "任职经历的终止日期早于起始日期，请核对。", field="employments")


@acts_on("attachments")
@acts_on("attachments.required")
def _missing_attachments(application: Application, regulation: Regulation) -> Iterable[Refusal]:
    present = set(application.attachments.values_list("kind", flat=True))
    for kind in regulation.attachments:
        if kind.required and kind.code not in present:
            yield Refusal.under(
                regulation, "attachment", f"缺少证明材料“{kind.name}”，请上传后再提交。", kind.article, field=f"upload_{kind.code}"
            )


def _unusable_fields(application: Application, regulation: Regulation, fields: list[Field]) -> Iterable[Refusal]:
    """A draft may be older than the pool's present list of fields."""
    names = "、".join(field.name for field in fields if not field.in_use or field.pool_id != application.pool_id)
    if names:
        message = f"申报方向“{names}”不是本专家库在用的专业领域，请改选。"
        yield Refusal.under(regulation, "field-unused", message, regulation.fields_article, field="fields")


@acts_on("intake.field_scope")
def _out_of_scope(application: Application, regulation: Regulation, fields: list[Field]) -> Iterable[Refusal]:
    scope, unit = regulation.intake.field_scope, application.recommending_unit
    if scope is None or unit is None:
        return
    word = regulation.labels.recommending_unit
    listed = RecommendingUnit.objects.filter(pool=application.pool, organisation=unit, in_use=True).first()
    # Where departments recommend, the pool's list of recommending units is not what makes one.
    takes = any(step.unit == RECOMMENDS and step.role != RECOMMENDS for step in chain.chain_of(application, regulation))
    if listed is None and not takes:
        message = f"“{unit.name}”不是{word}，请改选{word}。"
        yield Refusal.under(regulation, "not_recommending", message, scope.article, field="recommending_unit")
        return
    own = set(listed.fields.values_list("pk", flat=True)) if listed is not None else set()
    outside = [field.name for field in fields if field.pk not in own]
    if outside:
        message = f"申报方向“{'、'.join(outside)}”不在{word}“{unit.name}”的推荐领域内，请改选申报方向，或由相应领域的{word}推荐。"
        yield Refusal.under(regulation, "field_scope", message, scope.article, field="fields")


@acts_on("expert_types.channels")
def _why_not_channel(application: Application, regulation: Regulation) -> Refusal | None:
    if not application.expert_type:
        return None
    allowed = regulation.channels_for(application.expert_type)
    if application.channel in {channel.code for channel in allowed}:
        return None
    names = "、".join(channel.name for channel in allowed)
    own = next((one for one in regulation.expert_types if one.code == application.expert_type), None)
    return Refusal.under(regulation, "channel", f"这一类专家只能通过“{names}”入库。", own.article if own else "", field="expert_type")
