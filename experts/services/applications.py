"""入库申请: file, save, submit, endorse, review, waive, withdraw (第五条、第六条)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import count
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q
from simple_history.utils import bulk_create_with_history

from expertpool import clock, crypto, identity
from expertpool.accounts.models import User
from expertpool.ledger.models import LedgerEvent
from expertpool.ledger.services import plain, record, record_all
from expertpool.messaging.services import queue_message
from expertpool.names import name_initials, name_key
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Channel
from experts.domain.conditions import ApplicantFacts, judge_conditions, judge_identity
from experts.domain.lifecycles import APPLICATION, state_after
from experts.models import (
    Application,
    ApplicationEmployment,
    ApplicationQuerySet,
    ConditionWaiver,
    Endorsement,
    Field,
    Membership,
    Pool,
    ReentryBan,
    Review,
    ReviewRemark,
    TitleLevel,
)

from .editions import edition_on

State = Application.State
PERSONAL = (
    "name", "sex", "birth_date", "id_number", "school", "degree", "major", "employer", "position", "title", "title_level", "licence",
    "years", "expert_type", "research_area", "email", "phone", "address", "postcode", "achievements",
)  # fmt: skip
OWN = ("channel", "recommending_unit", "consents", "attests_clean_record")
EDITABLE = (*PERSONAL, *OWN, "fields", "employments")
# Boxes of an official form, by their code in the regulation, and the columns that fill them (one is enough).
COLUMNS_OF_BOX = {
    "name": ("name",), "gender": ("sex",), "birth": ("birth_date",), "school": ("school",), "degree": ("degree",), "major": ("major",),
    "employer": ("employer",), "title": ("title", "position"), "research": ("research_area",), "email": ("email",), "phone": ("phone",),
    "address": ("address",), "postcode": ("postcode",), "achievements": ("achievements",),
}  # fmt: skip
MOVED_BY_STEP = {"employer_review": State.EMPLOYER_REVIEW, "unit_verification": State.UNIT_VERIFICATION}


def files_for(application: Application, user: User) -> bool:
    """Whether ``user`` is on the side that filed the application: the filer, or his colleagues in the recommending unit."""
    if application.filed_by_id == user.pk:
        return True
    unit = user.organisation_id
    same_unit = user.role == "recommending_unit" and unit is not None and unit == application.recommending_unit_id
    return same_unit and application.filed_by.role == "recommending_unit"


def why_not_edit(application: Application, user: User) -> Refusal | None:
    """The reason why ``user`` may not change the file now, or None."""
    if not files_for(application, user):
        return Refusal("not_filer", "只有填报单位或填报人可以修改这份申请。")
    if application.state not in (State.DRAFT, State.RETURNED):
        label = application.get_state_display()
        return Refusal("state", f"申请已提交，目前为“{label}”，不能修改。如确需修改，请与当前办理单位联系退回补正。")
    return None


def why_not_endorse(application: Application, user: User) -> Refusal | None:
    """The reason why ``user`` may not confirm or refuse the application at its present step, or None."""
    step = next((code for code, state in MOVED_BY_STEP.items() if state == application.state), None)
    if step is None:
        return Refusal("state", f"申请目前为“{application.get_state_display()}”，不在单位审核环节。可能已有人办理，请刷新页面查看。")
    role = edition_on(application.pool, clock.today()).intake.step(step).role
    unit = application.employer_id if step == "employer_review" else application.recommending_unit_id
    if user.role != role or user.organisation_id is None or user.organisation_id != unit:
        who = "申请人的人事关系所在单位" if step == "employer_review" else "该申请的推荐单位"
        rule = edition_on(application.pool, clock.today()).intake.step(step)
        return Refusal("not_this_unit", f"这一环节只能由{who}办理。", rule.article, application.pool.regulation_code)
    return None


def why_not_review(application: Application, user: User) -> Refusal | None:
    """The reason why ``user`` may not review the application now, or None."""
    if application.state != State.OFFICE_REVIEW:
        return Refusal("state", f"申请目前为“{application.get_state_display()}”，不在资格审核环节。可能已有人办理，请刷新页面查看。")
    step = edition_on(application.pool, clock.today()).intake.step("office_review")
    if user.role != step.role:
        return Refusal("role", "资格审核只能由专家库管理处室办理。", step.article, application.pool.regulation_code)
    return None


def why_not_withdraw(application: Application, user: User) -> Refusal | None:
    """The reason why ``user`` may not withdraw the application now, or None."""
    if user.role != "office" and not files_for(application, user):
        return Refusal("not_filer", "只有填报单位、填报人或管理处室可以撤回这份申请。")
    return APPLICATION.why_not(application.state, State.WITHDRAWN, labels=dict(State.choices))


def channels_open_to(regulation: Regulation, user: User) -> tuple[Channel, ...]:
    """The channels on which an account of this role opens applications."""
    return tuple(channel for channel in regulation.intake.channels if channel.by == user.role)


@transaction.atomic
def file_application(*, pool: Pool, by: User, on: date | None = None, once: str = "", **data: Any) -> Application:
    """A new draft, complete or not; ``data`` as for :func:`save_application`.

    ``channel`` defaults to the first one that the role of ``by`` opens, ``recommending_unit`` to his own unit.
    ``once``: a key of the form that was sent; the same form sent again returns the draft that it made.
    """
    on = on or clock.today()
    regulation = edition_on(pool, on)
    _complete(data, regulation, by)
    _lock_numbers()
    key = f"application.filed:{by.pk}:{once}" if once else None
    if key is not None and (known := LedgerEvent.objects.filter(idem=key).first()) is not None:
        return Application.objects.get(pk=int(known.subject.removeprefix("application:")))
    application = Application(pool=pool, number=next(_free_numbers(on)), filed_by=by)
    _fill(application, data, by, on)
    record("application.filed", subject=f"application:{application.pk}", by=by, body=_told_of_filing(application), idem=key)
    return application


class RowsRefused(Refused):
    """None of several drafts was filed; ``rows`` holds the refusals by the place of the draft in the list."""

    def __init__(self, rows: dict[int, tuple[Refusal, ...]]) -> None:
        super().__init__(*(refusal for refusals in rows.values() for refusal in refusals))
        self.rows = rows


@transaction.atomic
def file_applications(*, pool: Pool, by: User, drafts: Sequence[dict[str, Any]], on: date | None = None) -> list[Application]:
    """New drafts, all or none, each with the data that :func:`file_application` takes; as many statements for 500 as for one.

    Raises RowsRefused with everything that stands against any of them.
    """
    on = on or clock.today()
    regulation = edition_on(pool, on)
    _lock_numbers()
    numbers = _free_numbers(on)
    made: list[Application] = []
    refused: dict[int, tuple[Refusal, ...]] = {}
    rows = [dict(draft) for draft in drafts]
    for place, data in enumerate(rows):
        application = Application(pool=pool, number=next(numbers), filed_by=by)
        try:
            _complete(data, regulation, by)
            _write(application, data, regulation)
        except Refused as error:
            refused[place] = error.refusals
        made.append(application)
    refused |= _seconds(pool, made, by)
    if refused:
        raise RowsRefused(dict(sorted(refused.items())))
    try:
        with transaction.atomic():
            bulk_create_with_history(made, Application)
    except IntegrityError:
        # Somebody filed one of these persons in this very moment.
        if taken := _seconds(pool, made, by):
            raise RowsRefused(taken) from None
        raise
    through = Application.fields.through
    through.objects.bulk_create(
        through(application_id=application.pk, field_id=field.pk)
        for application, data in zip(made, rows, strict=True)
        for field in dict.fromkeys(data.get("fields", ()))
    )
    ApplicationEmployment.objects.bulk_create(
        ApplicationEmployment(application=application, **one)
        for application, data in zip(made, rows, strict=True)
        for one in data.get("employments", ())
    )
    record_all("application.filed", [(f"application:{one.pk}", _told_of_filing(one)) for one in made], by=by)
    return made


def _complete(data: dict[str, Any], regulation: Regulation, by: User) -> None:
    """Channel and recommending unit of a new draft, where who files decides them."""
    mine = channels_open_to(regulation, by)
    if not mine:
        raise Refused(Refusal("role", "您的账号角色不能填报入库申请。", regulation.intake.article, regulation.code))
    data.setdefault("channel", mine[0].code)
    if by.role == "recommending_unit":
        data["recommending_unit"] = by.organisation
    if data.get("recommending_unit") is None:
        raise Refused(Refusal("recommending_unit", "请选择推荐单位。", field="recommending_unit"))


def _told_of_filing(application: Application) -> dict[str, Any]:
    return {"number": application.number, "channel": application.channel}


@transaction.atomic
def save_application(*, application: Application, by: User, on: date | None = None, **data: Any) -> Application:
    """Keep what was typed, however incomplete. Only draft and returned applications of one's own can be changed.

    ``data``: columns of the file; ``fields`` (rows of Field), ``employments`` (mappings with the columns of an
    employment; the whole list is replaced). What is not given stays. An identity number with an open application
    elsewhere is refused at once.
    """
    application = _locked(application)
    refuse_if(why_not_edit(application, by))
    _fill(application, data, by, on or clock.today())
    record("application.saved", subject=f"application:{application.pk}", by=by, body={"number": application.number})
    return application


def _fill(application: Application, data: dict[str, Any], by: User, on: date) -> None:
    _write(application, data, edition_on(application.pool, on))
    refuse_if(_why_not_second(application, by))
    try:
        with transaction.atomic():
            application.save()
    except IntegrityError:
        # Somebody filed the same person in this very moment.
        refuse_if(_why_not_second(application, by))
        raise
    if "fields" in data:
        application.fields.set(data["fields"])
    if "employments" in data:
        application.employments.all().delete()
        ApplicationEmployment.objects.bulk_create(ApplicationEmployment(application=application, **one) for one in data["employments"])


def _write(application: Application, data: dict[str, Any], regulation: Regulation) -> None:
    """Put ``data`` into the application's columns and what follows from them; nothing is saved."""
    unknown = set(data) - set(EDITABLE)
    if unknown:
        raise TypeError(f"an application has no {', '.join(sorted(unknown))}")
    for column in (*PERSONAL, *OWN):
        if column in data:
            setattr(application, column, data[column])
    if application.channel not in {channel.code for channel in channels_open_to(regulation, application.filed_by)}:
        raise Refused(Refusal("channel", "这一入库方式不能由您的账号填报。", regulation.intake.article, regulation.code, "channel"))
    application.name = application.name.strip()
    application.name_key, application.name_initials = name_key(application.name), name_initials(application.name)
    application.id_number = identity.normalise_id(application.id_number)
    application.phone = identity.normalise_phone(application.phone)
    application.phone_digest = crypto.digest("phone", application.phone) if application.phone else ""
    # Only a possible number identifies somebody: a half-typed one stays in the draft without a digest.
    possible = bool(application.id_number) and identity.why_not_id_number(application.id_number) is None
    application.id_digest = crypto.digest("id-number", application.id_number) if possible else ""
    stated = application.consents and application.attests_clean_record
    application.consented_at = (application.consented_at or clock.now()) if stated else None
    application.changed_at = clock.now()


def _why_not_second(application: Application, by: User) -> Refusal | None:
    """The reason why there may not be another application of this person, or None."""
    return _seconds(application.pool, [application], by).get(0, (None,))[0]


def _seconds(pool: Pool, applications: Sequence[Application], by: User) -> dict[int, tuple[Refusal, ...]]:
    """One open application a person: which of ``applications`` are a second one, without telling other units' files."""
    digests = [one.id_digest for one in applications if one.id_digest]
    if not digests:
        return {}
    own = [one.pk for one in applications if one.pk]
    others = Application.objects.open().filter(pool=pool, id_digest__in=digests).exclude(pk__in=own).select_related("filed_by")
    known: dict[str, Application] = {}
    for other in others.defer("id_number", "phone", "achievements"):
        known.setdefault(other.id_digest, other)
    found: dict[int, tuple[Refusal, ...]] = {}
    for place, application in enumerate(applications):
        first = known.setdefault(application.id_digest, application) if application.id_digest else application
        if first is not application:
            number = f"（{first.number}）" if files_for(first, by) else ""
            message = f"此人已有一份办理中的入库申请{number}，同一人不能同时提交两份。请核对身份证号码，或等前一份办结后再申请。"
            found[place] = (Refusal("second_application", message, field="id_number"),)
    return found


def _lock_numbers() -> None:
    """One lock for the serial numbers of all pools, held until the act commits."""
    list(Pool.objects.select_for_update().order_by("pk").values_list("pk", flat=True))


def _free_numbers(on: date) -> Iterator[str]:
    """The serial numbers of the year that nobody has yet, ascending; the caller holds the lock."""
    prefix = f"SQ{on.year}-"
    last = Application.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return (f"{prefix}{serial:06d}" for serial in count(int(last.removeprefix(prefix)) + 1 if last else 1))


def why_not_submit(application: Application, on: date) -> list[Refusal]:
    """Everything that stands against submitting on ``on``, each reason with its form field and article.

    The age is judged on the day of the first submission (readings A1); an application that comes back keeps it.
    """
    regulation = edition_on(application.pool, on)
    fields = list(application.fields.all())
    refusals = [*_incomplete(application, regulation, fields)]
    empty = {refusal.field for refusal in refusals if refusal.code == "missing"}
    if application.id_number:
        refusals += judge_identity(id_number=application.id_number, birth_date=application.birth_date, sex=application.sex)
    judged = judge_conditions(regulation, facts_of(application, regulation, application.filed_on or on), _waived(application))
    # An empty box is said once, not again by each condition that reads it.
    refusals += [refusal for refusal in judged if refusal.field not in empty]
    refusals += _employment_gaps(application, regulation)
    refusals += _missing_attachments(application, regulation)
    refusals += _out_of_scope(application, regulation, fields)
    refusals += [refusal for refusal in (_why_not_channel(application, regulation), _why_not_again(application, on)) if refusal]
    return refusals


@transaction.atomic
def submit_application(*, application: Application, by: User, on: date | None = None) -> Application:
    """Send the application to the first step of its channel; a returned one runs through every step again.

    Sending twice changes nothing. Raises Refused with every reason at once.
    """
    on = on or clock.today()
    application = _locked(application)
    if application.state in (State.EMPLOYER_REVIEW, State.UNIT_VERIFICATION, State.OFFICE_REVIEW) and files_for(application, by):
        return application
    refuse_if(why_not_edit(application, by))
    refuse_if(_why_not_second(application, by))
    refuse_all(why_not_submit(application, on))
    regulation = edition_on(application.pool, on)
    steps = regulation.intake.channel(application.channel).steps
    APPLICATION.go(application, state_after(steps, None))
    application.filed_on = application.filed_on or on
    application.submitted_at = application.changed_at = clock.now()
    application.decide_under(regulation)
    application.save()
    digests = sorted(application.attachments.values_list("sha256", flat=True))
    record(
        "application.submitted",
        subject=f"application:{application.pk}",
        by=by,
        body={"number": application.number, "to": application.state, "rules": regulation.file_hash, "attachments": digests},
    )
    return application


def facts_of(application: Application, regulation: Regulation, on: date) -> ApplicantFacts:
    """What the conditions look at, read from the application; ``on`` is the day of application."""
    employer_step = application.endorsements.filter(step="employer_review").order_by("-pk").first() if application.pk else None
    confirmed = None
    if application.state not in (State.DRAFT, State.RETURNED) and employer_step is not None:
        confirmed = employer_step.decision == Endorsement.Decision.CONFIRMED
    return ApplicantFacts(
        on=on,
        birth_date=application.birth_date,
        title_level=str(TitleLevel(application.title_level).label) if application.title_level else "",
        title=f"{application.position} {application.title}".strip(),
        licence=application.licence,
        degree=application.degree,
        years=application.years,
        expert_type=application.expert_type,
        consents=application.consents,
        attests=application.attests_clean_record,
        employer_named=application.employer_id is not None,
        employer_confirmed=confirmed,
        banned="",
    )


def why_not_return_to_pool(pool: Pool, id_digest: str, on: date) -> Refusal | None:
    """The re-entry ban (重新入库限制) that still runs on ``on`` for the person behind the digest, or None."""
    if not id_digest:
        return None
    ban = ReentryBan.objects.filter(Q(until__isnull=True) | Q(until__gte=on), pool=pool, id_digest=id_digest).order_by("-pk").first()
    if ban is None:
        return None
    until = f"至{ban.until.year}年{ban.until.month}月{ban.until.day}日" if ban.until else "，终身有效"
    return Refusal(
        "reentry_ban", f"此人出库后受重新入库限制{until}，限制期内不能再次申请。", ban.article, pool.regulation_code, "id_number"
    )


def _why_not_again(application: Application, on: date) -> Refusal | None:
    if not application.id_digest:
        return None
    member = Membership.objects.active().filter(pool_id=application.pool_id, expert__id_digest=application.id_digest).exists()
    if member:
        return Refusal("already_member", "此人已是在库专家，不需要再次申请；信息有变化的，请办理信息更新。", field="id_number")
    return why_not_return_to_pool(application.pool, application.id_digest, on)


def _waived(application: Application) -> set[str]:
    return set(application.waivers.values_list("condition", flat=True))


def _incomplete(application: Application, regulation: Regulation, fields: list[Field]) -> Iterable[Refusal]:
    form = regulation.application_form
    boxes = (
        [(box.code, box.label, box.article) for box in form.fields]
        if form
        else [(code, "", "") for code in COLUMNS_OF_BOX] + [("field", "", "")]
    )
    for code, label, article in boxes:
        if code == "field":
            if not fields:
                yield Refusal("missing", f"请选择{label or '申报方向'}。", article, regulation.code, "fields")
            continue
        columns = COLUMNS_OF_BOX.get(code, ())
        if columns and not any(getattr(application, column) for column in columns):
            words = label or str(getattr(Application._meta.get_field(columns[0]), "verbose_name", code))
            yield Refusal("missing", f"请填写{words}。", article, regulation.code, columns[0])
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
        yield Refusal("employments", message, article, regulation.code, "employments")
    elif len(current) > 1:
        yield Refusal(
            "employments",
            "现在的人事关系所在单位只能有一个，其他单位请改选“兼职、聘用”或填写终止日期。",
            article,
            regulation.code,
            "employments",
        )
    for row in rows:
        if row.until and row.until < row.since:
            yield Refusal("employments", "任职经历的终止日期早于起始日期，请核对。", field="employments")


def _missing_attachments(application: Application, regulation: Regulation) -> Iterable[Refusal]:
    present = set(application.attachments.values_list("kind", flat=True))
    for kind in regulation.attachments:
        if kind.required and kind.code not in present:
            yield Refusal(
                "attachment", f"缺少证明材料“{kind.name}”，请上传后再提交。", kind.article, regulation.code, f"upload_{kind.code}"
            )


def _out_of_scope(application: Application, regulation: Regulation, fields: list[Field]) -> Iterable[Refusal]:
    scope = regulation.intake.field_scope
    if scope is None:
        return
    unit = application.recommending_unit
    if not unit.recommends:
        yield Refusal(
            "not_recommending", f"“{unit.name}”不是推荐单位，请改选推荐单位。", scope.article, regulation.code, "recommending_unit"
        )
        return
    outside = [field.name for field in fields if field.code not in unit.field_scope]
    if outside:
        message = f"申报方向“{'、'.join(outside)}”不在推荐单位“{unit.name}”的推荐领域内，请改选申报方向，或由相应领域的推荐单位推荐。"
        yield Refusal("field_scope", message, scope.article, regulation.code, "fields")


def _why_not_channel(application: Application, regulation: Regulation) -> Refusal | None:
    if not application.expert_type:
        return None
    allowed = regulation.channels_for(application.expert_type)
    if application.channel in {channel.code for channel in allowed}:
        return None
    names = "、".join(channel.name for channel in allowed)
    own = next((one for one in regulation.expert_types if one.code == application.expert_type), None)
    return Refusal("channel", f"这一类专家只能通过“{names}”入库。", own.article if own else "", regulation.code, "expert_type")


@transaction.atomic
def endorse(*, application: Application, confirmed: bool, reason: str = "", by: User, on: date | None = None) -> Endorsement:
    """单位审核 at the application's present step (第六条（二）（三）): forward it, or send it back with a reason.

    The same answer by the same account a second time returns the first one.
    """
    on = on or clock.today()
    application = _locked(application)
    decision = Endorsement.Decision.CONFIRMED if confirmed else Endorsement.Decision.REFUSED
    refusal = why_not_endorse(application, by)
    if refusal is not None:
        given = application.endorsements.filter(by=by).order_by("-pk").first()
        if given is not None and given.decision == decision and application.submitted_at and given.at >= application.submitted_at:
            return given
        raise Refused(refusal)
    if not confirmed and not reason.strip():
        raise Refused(Refusal("reason", "不予确认须写明理由，填报人据此修改或撤回。", field="reason"))
    step = next(code for code, state in MOVED_BY_STEP.items() if state == application.state)
    regulation = edition_on(application.pool, on)
    steps = regulation.intake.channel(application.channel).steps
    APPLICATION.go(application, state_after(steps, step) if confirmed else State.RETURNED)
    application.changed_at = clock.now()
    application.save()
    assert by.organisation is not None
    given = Endorsement.objects.create(
        application=application, step=step, decision=decision, reason=reason.strip(), organisation=by.organisation, by=by
    )
    if not confirmed:
        _tell_filer(application, f"endorsement:{given.pk}", "不予确认并退回", reason)
    body = {"number": application.number, "step": step, "decision": str(decision), "to": application.state}
    record("application.endorsed", subject=f"application:{application.pk}", by=by, body=body)
    return given


@transaction.atomic
def review(
    *,
    application: Application,
    outcome: str,
    reason: str = "",
    article: str = "",
    remarks: dict[str, str] | None = None,
    by: User,
    on: date | None = None,
) -> Review:
    """资格审核 (第六条（三）): ``passed``, ``returned`` (with ``remarks``: field name → remark) or ``rejected``.

    A pass judges every condition again. A rejection names its reason, and the condition's ``article`` where the
    regulation wants that. The same outcome by the same account a second time returns the first one.
    """
    on = on or clock.today()
    remarks = {name: text.strip() for name, text in (remarks or {}).items() if text.strip()}
    application = _locked(application)
    outcome = Review.Outcome(outcome)
    refusal = why_not_review(application, by)
    if refusal is not None:
        last = application.reviews.filter(by=by).order_by("-pk").first()
        if last is not None and last.outcome == outcome and application.state == outcome.value:
            return last
        raise Refused(refusal)
    regulation = edition_on(application.pool, on)
    if outcome == Review.Outcome.PASSED:
        refuse_all(why_not_submit(application, on))
    elif outcome == Review.Outcome.RETURNED and not (reason.strip() or remarks):
        raise Refused(Refusal("remarks", "退回补正须说明要补正的内容：请在相应字段旁填写说明，或填写总的理由。", field="reason"))
    elif outcome == Review.Outcome.REJECTED:
        if not reason.strip():
            raise Refused(Refusal("reason", "不予入库须写明理由。", field="reason"))
        known = {condition.article for condition in regulation.conditions_for(application.expert_type)}
        if regulation.intake.reject_needs_condition and article not in known:
            rule = regulation.intake.reject_article
            raise Refused(Refusal("article", "不予入库须指明所不符合的入库条件。", rule, regulation.code, "article"))
    APPLICATION.go(application, {"passed": State.PASSED, "returned": State.RETURNED, "rejected": State.REJECTED}[outcome.value])
    application.changed_at = clock.now()
    application.decide_under(regulation)
    application.save()
    given = Review.objects.create(application=application, outcome=outcome, reason=reason.strip(), article=article, by=by)
    ReviewRemark.objects.bulk_create(ReviewRemark(review=given, field_name=name, remark=text) for name, text in remarks.items())
    _tell_filer(application, f"review:{given.pk}", given.get_outcome_display(), reason)
    body = {
        "number": application.number,
        "outcome": outcome.value,
        "article": plain(article),
        "fields": sorted(remarks),
        "rules": regulation.file_hash,
    }
    record("application.reviewed", subject=f"application:{application.pk}", by=by, body=body)
    return given


@transaction.atomic
def waive_condition(*, application: Application, condition: str, reason: str, by: User, on: date | None = None) -> ConditionWaiver:
    """Set a soft condition aside for one applicant (“一般”, readings A3): reason and approver are kept and shown.

    Waiving twice returns the first waiver.
    """
    on = on or clock.today()
    application = _locked(application)
    known = application.waivers.filter(condition=condition).first()
    if known is not None:
        return known
    regulation = edition_on(application.pool, on)
    rule = next((one for one in regulation.conditions_for(application.expert_type) if one.code == condition), None)
    if rule is None or not rule.waivable:
        article = rule.article if rule else ""
        raise Refused(Refusal("not_waivable", "这一条件不能豁免。", article, regulation.code, "condition"))
    if by.role != rule.waiver_approver:
        raise Refused(Refusal("role", "您的账号角色不能批准这一豁免。", rule.waiver_article or rule.article, regulation.code))
    if application.state not in (State.DRAFT, State.RETURNED, State.EMPLOYER_REVIEW, State.UNIT_VERIFICATION, State.OFFICE_REVIEW):
        raise Refused(Refusal("state", f"申请目前为“{application.get_state_display()}”，不能再批准豁免。"))
    if not reason.strip():
        raise Refused(Refusal("reason", "批准豁免须写明理由。", field="reason"))
    waiver = ConditionWaiver.objects.create(
        application=application, condition=condition, article=rule.waiver_article or rule.article, reason=reason.strip(), by=by
    )
    body = {"number": application.number, "condition": condition, "article": plain(waiver.article), "rules": regulation.file_hash}
    record("application.condition_waived", subject=f"application:{application.pk}", by=by, body=body)
    return waiver


@transaction.atomic
def withdraw_application(*, application: Application, reason: str, by: User, on: date | None = None) -> Application:
    """Take an application back before admission; it stays in the records. Withdrawing twice changes nothing."""
    application = _locked(application)
    if application.state == State.WITHDRAWN and (by.role == "office" or files_for(application, by)):
        return application
    refuse_if(why_not_withdraw(application, by))
    if not reason.strip():
        raise Refused(Refusal("reason", "请写明撤回的理由。", field="reason"))
    APPLICATION.go(application, State.WITHDRAWN)
    application.changed_at = clock.now()
    # The reason lies in the file's history, beside who and when.
    application._change_reason = reason.strip()[:100]  # type: ignore[attr-defined]
    application.save()
    record("application.withdrawn", subject=f"application:{application.pk}", by=by, body={"number": application.number})
    return application


def searched(applications: ApplicationQuerySet, *, text: str = "", state: str = "") -> ApplicationQuerySet:
    """Those with a state, and with ``text`` in name, pinyin, initials or number (a full phone number finds too)."""
    if state in State.values:
        applications = applications.filter(state=state)
    text = text.strip()
    if text:
        compact = text.lower().replace(" ", "")
        found = (
            Q(name__icontains=text)
            | Q(number__icontains=text)
            | Q(name_initials__startswith=compact)
            | Q(name_key__startswith=text.lower())
        )
        if identity.why_not_phone(text) is None:
            found |= Q(phone_digest=crypto.digest("phone", identity.normalise_phone(text)))
        applications = applications.filter(found)
    return applications


def open_remarks(application: Application) -> tuple[Review | Endorsement | None, dict[str, str]]:
    """What sent a returned application back, and the remarks beside its fields."""
    if application.state != State.RETURNED:
        return None, {}
    sent_back = [
        application.reviews.filter(outcome=Review.Outcome.RETURNED).prefetch_related("remarks").order_by("-pk").first(),
        application.endorsements.filter(decision=Endorsement.Decision.REFUSED).order_by("-pk").first(),
    ]
    latest = max((one for one in sent_back if one is not None), key=lambda one: one.at, default=None)
    remarks = {remark.field_name: remark.remark for remark in latest.remarks.all()} if isinstance(latest, Review) else {}
    return latest, remarks


def _locked(application: Application) -> Application:
    return Application.objects.select_for_update().get(pk=application.pk)


def _tell_filer(application: Application, source: str, outcome: str, reason: str) -> None:
    body = f"入库申请{application.number}：{outcome}。"
    if reason.strip():
        body += f"\n理由：{reason.strip()}"
    queue_message(
        kind="application.answered",
        to=application.filed_by,
        address="",
        title=f"入库申请{application.number}{outcome}",
        body=body,
        about=f"application:{application.pk}",
        idem=f"application.answered:{source}",
    )
