"""入库申请: looked at, reviewed, collected into a batch."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import Role
from expertpool.core.acts import Act
from expertpool.core.admin import HouseInline
from expertpool.core.steps import DONE, NOW, TODO, Step
from expertpool.refusals import Refusal, Refused
from experts.models import Application, ApplicationEmployment, ConditionWaiver, Endorsement, Review
from experts.services import applications, batches, memberships
from experts.services.editions import edition_to_show

from .common import ActAdmin, AttachmentInline, PersonMixin, badge, show_act
from .forms import PassForm, ReasonForm, RejectForm, ReturnForm, WaiverForm, field_label, type_name, waits_for_waiver, waivable

State = Application.State
STEP_STATES = {
    "employer_review": (State.EMPLOYER_REVIEW,),
    "unit_verification": (State.UNIT_VERIFICATION,),
    "office_review": (State.OFFICE_REVIEW,),
    "department_decision": (State.PASSED, State.PROPOSED),
    "publicity": (State.IN_PUBLICITY,),
    "admission": (),
}


def chips(*codes: str) -> Any:
    """The articles of intake steps of an application's regulation, as chips."""

    def articles(obj: Application) -> list[tuple[str, str]]:
        regulation = edition_to_show(obj.pool, clock.today())
        if regulation is None:
            return []
        return [(regulation.code, step.article) for step in regulation.intake.steps if step.code in codes]

    return articles


def _review(outcome: str) -> Any:
    def do(obj: Application, data: dict[str, Any], user: Any) -> str:
        review = applications.review(
            application=obj,
            outcome=outcome,
            reason=data.get("reason", ""),
            article=data.get("article", ""),
            remarks=data.get("remarks"),
            by=user,
        )
        return f"{obj.number}：{review.get_outcome_display()}。"

    return do


def _why_not_waive(obj: Application, user: Any, day: Any) -> Refusal | None:
    # A file that a soft condition keeps from being sent needs its waiver while it is still with its filer.
    if obj.state not in {State.DRAFT, State.RETURNED, State.OFFICE_REVIEW}:
        return Refusal("state", f"申请目前为“{obj.get_state_display()}”，不在资格审核环节。")
    return None if waivable(obj) else Refusal("none", "适用的规定没有可以豁免的条件。")


def _waive(obj: Application, data: dict[str, Any], user: Any) -> str:
    applications.waive_condition(application=obj, condition=data["condition"], reason=data["reason"], by=user)
    return str(_("豁免已登记，纪检监察可见。"))


def _admit(obj: Application, data: dict[str, Any], user: Any) -> str:
    membership = memberships.admit(application=obj, by=user)
    return f"{obj.name}已入库，专家编号{membership.number}。"


def _withdraw(obj: Application, data: dict[str, Any], user: Any) -> str:
    applications.withdraw_application(application=obj, reason=data["reason"], by=user)
    return f"{obj.number}已撤回。"


REVIEW_CHIPS = chips("office_review")


class EmploymentInline(HouseInline):
    """任职经历."""

    model = ApplicationEmployment
    fields = ["organisation", "organisation_name", "kind", "position", "since", "until"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApplicationEmployment]:
        return super().get_queryset(request).select_related("organisation")


class EndorsementInline(HouseInline):
    """单位审核."""

    model = Endorsement
    fields = ["step_name", "decision", "reason", "organisation", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Endorsement]:
        return super().get_queryset(request).select_related("organisation", "by")

    @admin.display(description=_("环节"))
    def step_name(self, obj: Endorsement) -> str:
        regulation = edition_to_show(obj.application.pool, clock.today())
        names = {step.code: step.name for step in regulation.intake.steps} if regulation else {}
        return names.get(obj.step, obj.step)  # type: ignore[call-overload]


class ReviewInline(HouseInline):
    """资格审核."""

    model = Review
    fields = ["outcome", "reason", "article", "returned", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Review]:
        return super().get_queryset(request).select_related("by").prefetch_related("remarks")

    @admin.display(description=_("退回字段"))
    def returned(self, obj: Review) -> str:
        return "；".join(f"{field_label(remark.field_name)}：{remark.remark}" for remark in obj.remarks.all())  # type: ignore[attr-defined]


class WaiverInline(HouseInline):
    """条件豁免."""

    model = ConditionWaiver
    fields = ["condition", "article", "reason", "by", "at"]
    readonly_fields = fields  # type: ignore[assignment]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ConditionWaiver]:
        return super().get_queryset(request).select_related("by")


@admin.register(Application)
class ApplicationAdmin(PersonMixin, ActAdmin):
    """入库申请."""

    list_display = ["number", "name", "employer", "recommending_unit", "shown_state", "batch", "submitted_at"]
    list_display_links = ["number", "name"]
    list_filter = ["state", "pool", "fields", "title_level"]
    search_fields = ["number", "name", "employer__name", "recommending_unit__name"]
    autocomplete_fields = ["employer", "recommending_unit"]
    actions = ["collect"]
    inlines = [EmploymentInline, AttachmentInline, EndorsementInline, ReviewInline, WaiverInline]
    readonly_fields = [
        "number",
        "pool",
        "shown_state",
        "channel_name",
        "recommending_unit",
        "shown_fields",
        "filed_by",
        "filed_on",
        "submitted_at",
        "batch",
        "name",
        "sex",
        "birth_date",
        "masked_id_number",
        "school",
        "degree",
        "major",
        "employer",
        "position",
        "title",
        "title_level",
        "licence",
        "years",
        "type_name",
        "research_area",
        "email",
        "masked_phone",
        "address",
        "postcode",
        "achievements",
        "consents",
        "attests_clean_record",
        "consented_at",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("number", "shown_state"),
                    ("pool", "channel_name"),
                    "recommending_unit",
                    "shown_fields",
                    ("filed_by", "filed_on", "submitted_at"),
                    "batch",
                ]
            },
        ),
        (
            _("申请人"),
            {
                "fields": [
                    ("name", "sex", "birth_date"),
                    "masked_id_number",
                    ("school", "degree", "major"),
                    "employer",
                    ("position", "title", "title_level"),
                    ("licence", "years", "type_name"),
                    "research_area",
                    "achievements",
                ]
            },
        ),
        (_("联系方式"), {"fields": ["masked_phone", "email", ("address", "postcode")]}),
        (_("本人意愿和承诺"), {"fields": [("consents", "attests_clean_record", "consented_at")]}),
    ]
    acts = [
        Act("pass", _("审核通过"), _review("passed"), lambda o, u, d: applications.why_not_review(o, u), PassForm, REVIEW_CHIPS),
        Act(
            "return",
            _("退回补正"),
            _review("returned"),
            lambda o, u, d: applications.why_not_review(o, u),
            ReturnForm,
            REVIEW_CHIPS,
            lead=_("勾选需要补正的内容，并写明怎样补正；填报人在相应字段旁看到说明。"),
            template="admin/act_return.html",
        ),
        Act(
            "reject",
            _("不予入库"),
            _review("rejected"),
            lambda o, u, d: applications.why_not_review(o, u),
            RejectForm,
            REVIEW_CHIPS,
            consequence=_("不予入库后申请办结，填报人收到理由；如需再次申请，须重新填报。"),
            grave=True,
        ),
        Act(
            "waive",
            _("豁免条件"),
            _waive,
            _why_not_waive,
            WaiverForm,
            lambda o: [(o.pool.regulation_code, one.waiver_article or one.article) for one in waivable(o)],
            lead=_("“一般”“原则上”的条件可以豁免，须写明理由；豁免记录纪检监察可见。"),
        ),
        Act("admit", _("批准入库"), _admit, lambda o, u, d: memberships.why_not_admit(o, d), articles=chips("admission")),
        Act(
            "withdraw",
            _("撤回申请"),
            _withdraw,
            lambda o, u, d: applications.why_not_withdraw(o, u),
            ReasonForm,
            consequence=_("撤回后申请办结，不能恢复。"),
            grave=True,
        ),
        show_act("id_number", _("显示身份证号码")),
        show_act("phone", _("显示联系电话")),
    ]

    def _rows(self, request: HttpRequest) -> QuerySet[Application]:
        rows = super().get_queryset(request)
        return rows.select_related("pool", "expert", "employer", "recommending_unit", "batch", "filed_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """Without drafts: they are the filer's own affair."""
        return self._rows(request).exclude(state=State.DRAFT)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Application], search_term: str
    ) -> tuple[QuerySet[Application], bool]:
        """A draft is found by its whole number alone: its filer gives it to the office when he asks for a waiver."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        named = self._rows(request).filter(state=State.DRAFT, number=search_term.strip()).first()
        if named is not None and waits_for_waiver(named):
            found = self._rows(request).filter(Q(pk__in=found.values("pk")) | Q(pk=named.pk))
        return found, distinct

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Application | None:
        """Also a draft that a soft condition keeps from being sent."""
        found = super().get_object(request, object_id, from_field)
        if found is None and object_id.isdigit():
            draft = self._rows(request).filter(state=State.DRAFT, pk=object_id).first()
            found = draft if draft is not None and waits_for_waiver(draft) else None
        return found

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Application) -> Any:
        return badge(obj)

    @admin.display(description=_("申报方向"))
    def shown_fields(self, obj: Application) -> str:
        return "、".join(field.name for field in obj.fields.all())

    @admin.display(description=_("入库方式"))
    def channel_name(self, obj: Application) -> str:
        regulation = edition_to_show(obj.pool, obj.filed_on or clock.today())
        return next((one.name for one in regulation.intake.channels if one.code == obj.channel), obj.channel) if regulation else obj.channel

    @admin.display(description=_("专家类型"))
    def type_name(self, obj: Application) -> str:
        return type_name(obj)

    def act_facts(self, obj: Application) -> list[tuple[Any, Any]]:
        return [
            (_("申请编号"), obj.number),
            (_("姓名"), obj.name),
            (_("出生日期"), obj.birth_date and f"{obj.birth_date:%Y-%m-%d}"),
            (_("工作单位"), obj.employer),
            (_("职务/职称"), f"{obj.position} {obj.title}".strip()),
            (_("申报方向"), self.shown_fields(obj)),
            (_("推荐单位"), obj.recommending_unit),
            (_("状态"), obj.get_state_display()),
        ]

    def act_steps(self, obj: Application) -> list[Step]:
        """The steps of the application's channel, with who did each and when."""
        regulation = edition_to_show(obj.pool, obj.filed_on or clock.today())
        codes = next((one.steps for one in regulation.intake.channels if one.code == obj.channel), ()) if regulation else ()
        if regulation is None or obj.state in (State.REJECTED, State.WITHDRAWN, State.RETURNED):
            return []
        done_by = {one.step: (one.by.name, one.at) for one in obj.endorsements.select_related("by")}
        steps, reached = [], obj.state == State.ADMITTED
        now_index = next((n for n, code in enumerate(codes) if obj.state in STEP_STATES.get(code, ())), len(codes))
        for number, code in enumerate(codes):
            rule = regulation.intake.step(code)
            state = DONE if reached or number < now_index else NOW if number == now_index else TODO
            who, when = (
                done_by.get(code, ("" if state == DONE else Role(rule.role).label, None))
                if state != TODO
                else (Role(rule.role).label, None)
            )
            steps.append(Step(rule.name, state, who, when if state == DONE else None))
        return steps

    def has_collect_permission(self, request: HttpRequest) -> bool:
        """汇总 is the office's."""
        return getattr(request.user, "role", "") == Role.OFFICE

    @admin.action(description=_("汇总为入库批次"), permissions=["collect"])
    def collect(self, request: HttpRequest, queryset: QuerySet[Application]) -> HttpResponse | None:
        """Put the chosen applications onto one list for the department's decision."""
        try:
            batch = batches.collect_batch(applications=queryset, by=request.user)  # type: ignore[arg-type]
        except Refused as refused:
            for refusal in refused.refusals:
                messages.error(request, str(refusal))
            return None
        messages.success(request, _("已汇总为批次%(number)s。") % {"number": batch.number})
        return redirect("admin:experts_batch_change", batch.pk)
