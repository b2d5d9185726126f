"""What must stand in 附表2 before it is sent, and sending it."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from expertpool import clock, identity
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.duties import actor
from expertpool.pools.editions import edition_on
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.workcalendar.services import table
from selection.domain.form_words import FormWords
from selection.models import DrawRequest, RequestRecusal

from .approvals import go_on
from .canonical import text_hash
from .filing import FILE, PLAIN_FIELDS, why_not_edit, wrong_days

LANDLINE = re.compile(r"(0\d{2,3}-?)?[2-9]\d{6,7}(-\d{1,6})?")
REQUIRED: Mapping[str, tuple[str, ...]] = {
    "qualification": ("qualification",),
    "scope": ("scope",),
    "industry": ("industry",),
    "dates": ("starts_on", "ends_on"),
    "place": ("place",),
    "basis_document": ("basis_document",),
    "summary": ("summary",),
    "nature": ("nature",),
}
ALWAYS_REQUIRED = (
    "leader_name",
    "leader_phone",
    "handler_name",
    "handler_phone",
    "title",
    "activity_type",
    "total",
    "starts_on",
    "ends_on",
)


@acts_on("request.required_fields", *REQUIRED)
@acts_on("request")
def required_fields(regulation: Regulation) -> frozenset[str]:
    """The plain fields of the form that must be filled under ``regulation``."""
    listed = regulation.request.required_fields if regulation.request else ()
    return frozenset(ALWAYS_REQUIRED).union(*(REQUIRED.get(code, ()) for code in listed))


@acts_on("request.required_fields", "recusal")
@acts_on("request.natures")
@acts_on("request.summary_max_chars")
@acts_on("activities.types")
@acts_on("activities")
def wrong_parts(request: DrawRequest, on: date, regulation: Regulation | None = None) -> list[Refusal]:
    """Everything that keeps ``request`` from being submitted on the Beijing day ``on``, each with its field and article.

    ``regulation``: the edition in force on that day, by who has looked it up already.
    """
    if regulation is None:
        try:
            regulation = edition_on(request.pool, on)
        except Refused as missing:
            return list(missing.refusals)
    edition = regulation
    words = FormWords(edition)
    rules = regulation.request
    form_article = regulation.request_form.article if regulation.request_form else ""
    own_articles = {
        "summary": "summary_article",
        "nature": "natures_article",
        "total": "sum_article",
        "starts_on": "clash_article",
        "ends_on": "clash_article",
    }
    found: list[Refusal] = []

    def cite(code: str, message: str, article: str, field: str) -> None:
        found.append(Refusal(code, message, article, edition.code if article else "", field))

    def refuse(code: str, message: str, field: str = "", article: str = "") -> None:
        cite(code, message, article or (rules.article if rules else ""), field)

    needed = required_fields(regulation)
    for name in PLAIN_FIELDS:
        if name in needed and getattr(request, name) in ("", None):
            column: Any = DrawRequest._meta.get_field(name)
            listed = any(name in REQUIRED.get(code, ()) for code in (rules.required_fields if rules else ()))
            own = getattr(rules, own_articles[name], "") if rules and listed and name in own_articles else ""
            # What the system itself cannot do without cites no article that does not ask for it.
            article = own or (rules.article if rules and listed else form_article)
            cite("required", f"请填写“{words.box(name) or column.verbose_name}”。", article, name)
    for name in ("leader_phone", "handler_phone"):
        phone = getattr(request, name)
        reason = identity.why_not_phone(phone) if phone and not LANDLINE.fullmatch(phone) else None
        if reason:
            cite("phone", f"{reason}座机请按“区号-号码”的样式填写。", form_article, name)
    if request.activity_type and request.activity_type not in regulation.activities.types:
        refuse(
            "activity-type", f"活动类型应为{'、'.join(regulation.activities.types)}之一。", "activity_type", regulation.activities.article
        )
    if rules:
        choice = next((one for one in rules.natures if one.code == request.nature), None)
        if request.nature and rules.natures and choice is None:
            refuse(
                "nature", f"{words.box('nature')}应为{'、'.join(one.name for one in rules.natures)}之一。", "nature", rules.natures_article
            )
        if choice and choice.needs_text and not request.nature_other:
            refuse("nature-other", f"{words.box('nature')}选“{choice.name}”的，请作说明。", "nature_other", rules.natures_article)
        most = rules.summary_max_chars
        if most and len(request.summary) > most:
            refuse(
                "summary-long",
                f"{words.box('summary')}最多{most}字，现有{len(request.summary)}字，请删减{len(request.summary) - most}字。",
                "summary",
                rules.summary_article,
            )
        if "recusal" in rules.required_fields and not request.recusal_text and not request.recusals.exists():
            refuse("recusal", "请填写回避要求；没有的，请填“无”。", "recusal_text")
    found += _wrong_seats(request, regulation)
    found += _wrong_rows(request, regulation)
    found += _wrong_dates(request, regulation, on)
    return found


@acts_on("request.required_fields", "seats")
@acts_on("request.sum_must_match")
def _wrong_seats(request: DrawRequest, regulation: Regulation) -> Iterable[Refusal]:
    rules = regulation.request
    article = (rules.sum_article or rules.article) if rules else ""
    rows = list(request.seats.select_related("field"))
    if not rows:
        yield Refusal.under(regulation, "seats", "请至少填写一个专业领域及人数。", article, field="total")
        return
    for row in rows:
        if row.count < 1:
            yield Refusal.under(regulation, "seat-count", f"“{row.field.name}”的人数至少为1人。", article, field="total")
        if not row.field.in_use:
            yield Refusal.under(regulation, "field-unused", f"专业领域“{row.field.name}”已停用，请另选。", article, field="total")
    added = sum(row.count for row in rows)
    if rules and rules.sum_must_match and request.total is not None and added != request.total:
        yield Refusal.under(
            regulation, "sum", f"各专业领域人数合计{added}人，与拟使用专家总数量{request.total}人不一致，请核对。", article, field="total"
        )


def _wrong_rows(request: DrawRequest, regulation: Regulation) -> Iterable[Refusal]:
    article = regulation.request.article if regulation.request else ""
    for number, row in enumerate(request.recusals.all(), 1):
        if row.kind == RequestRecusal.Kind.ORGANISATION and row.organisation_id is None:
            yield Refusal.under(regulation, "recusal-unit", f"回避名单第{number}行请选择单位。", article, field="recusal_text")
        if row.kind == RequestRecusal.Kind.PERSON and not row.person_name:
            yield Refusal.under(regulation, "recusal-person", f"回避名单第{number}行请填写姓名。", article, field="recusal_text")
    for number, project in enumerate(request.projects.all(), 1):
        if not project.name:
            yield Refusal.under(regulation, "project-name", f"被评审项目第{number}项请填写项目名称。", article)
        if project.applicant_id is None and not project.applicant_name:
            yield Refusal.under(regulation, "project-unit", f"被评审项目第{number}项请填写申报单位，回避核查需要。", article)


@acts_on("request.lead_workdays")
def _wrong_dates(request: DrawRequest, regulation: Regulation, on: date) -> Iterable[Refusal]:
    rules = regulation.request
    if request.starts_on is None:
        return
    # Also of drafts from before this was judged on saving.
    yield from wrong_days(request.starts_on, request.ends_on, on)
    if request.ends_on is not None and request.ends_on < request.starts_on:
        yield Refusal.under(regulation, "dates", "结束日期不能早于开始日期。", rules.clash_article if rules else "", field="ends_on")
    if request.starts_on <= on:
        yield Refusal.under(
            regulation, "past", "开始日期应在今天之后：审批、抽取和联系专家都需要时间。", rules.article if rules else "", field="starts_on"
        )
    elif rules and rules.lead_workdays:
        try:
            left = table().workdays_between(on, request.starts_on)
        except Refused as missing:
            yield from missing.refusals
        else:
            if left < rules.lead_workdays:
                message = f"使用申请应提前{rules.lead_workdays}个工作日提出，距开始日期只有{left}个工作日，请调整日期。"
                yield Refusal.under(regulation, "lead", message, rules.lead_article or rules.article, field="starts_on")
    # 有效期: an activity after the lapse has no rule to be drawn under (reading A19).
    for name in ("starts_on", "ends_on"):
        day = getattr(request, name)
        if day is None or day < on:
            continue
        try:
            edition_on(request.pool, day)
        except Refused as missing:
            yield Refusal.under(regulation, "no-edition", str(missing), regulation.effective_article, field=name)
            break


@transaction.atomic
def submit_request(*, request: DrawRequest, by: User, on: date | None = None) -> DrawRequest:
    """Send 附表2 on its way; every missing or wrong part is refused at once (第十三条（一）, 附表2).

    ``on``: the Beijing day of submission (default today); the time to answer is counted from it. The edition of that day
    says which approvals there are; where it wants none the request is approved. Sent again after it was returned, the
    request becomes the next version and the time starts afresh. A second click, before anybody has answered, changes
    nothing. Raises Refused.
    """
    on = on or clock.today()
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool", "department").get(pk=request.pk)
    who = actor(by, request.pool, clock.today())
    sent = request.state in {DrawRequest.State.UNDER_APPROVAL, DrawRequest.State.APPROVED}
    if sent and who.holds(FILE, organisation=request.department_id) and not request.approvals.filter(version=request.version).exists():
        return request
    refuse_if(why_not_edit(request, who))
    edition = edition_on(request.pool, on)
    refuse_all(wrong_parts(request, on, edition))
    if request.state == DrawRequest.State.RETURNED:
        request.version += 1
    request.submitted_at = clock.now()
    request.approved_at, request.canonical = None, ""
    request.decide_under(edition)
    go_on(request, None, edition, on)
    request.save()
    record(
        "request.submitted",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={
            "number": request.number,
            "version": request.version,
            "state": request.state,
            "step": request.step or None,
            "due": request.due_at.isoformat() if request.due_at else None,
            "canonical": text_hash(request.canonical) or None,
            "rules": edition.file_hash,
        },
    )
    return request
