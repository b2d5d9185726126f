"""入库申请: looked at, reviewed, collected into a batch."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from expertpool.pools.duties import actor
from expertpool.refusals import Refusal, Refused
from expertpool.web.acts import Act
from expertpool.web.steps import Step
from expertpool.web.typed import whole
from experts.models import Application
from experts.pages.application_steps import application_steps
from experts.services import applications, batches, chain, memberships

from .application_inlines import READ, EmploymentInline, EndorsementInline, ReviewInline, WaiverInline
from .common import ActAdmin, AttachmentInline, FieldsHereFilter, PersonMixin, badge, show_act
from .forms import PassForm, ReasonForm, RejectForm, ReturnForm, WaiverForm, type_name

State = Application.State
STEPS = ("intake.*", "applications.manage")


def due_chip(obj: Application) -> list[tuple[str, str, str]]:
    """The article of the step that is due, as a chip."""
    edition = chain.edition_to_read(obj)
    step = chain.due_step(obj, edition)
    return [(edition.code, step.article, edition.file_hash)] if step is not None else []


def admission_chip(obj: Application) -> list[tuple[str, str, str]]:
    """The article of the admission at the end of the application's channel."""
    edition = chain.edition_to_read(obj)
    return [(edition.code, chain.chain_of(obj, edition)[-1].article, edition.file_hash)]


def _review(outcome: str) -> Any:
    def do(obj: Application, data: dict[str, Any], user: Any) -> str:
        review = applications.review(
            application=obj,
            outcome=outcome,
            reason=data.get("reason", ""),
            article=data.get("article", ""),
            remarks=data.get("remarks"),
            ticks=_ticks(data),
            document=data.get("document", ""),
            step=data["step"],
            by=user,
        )
        return f"{obj.number}：{review.get_outcome_display()}。"

    return do


def _ticks(data: dict[str, Any]) -> dict[str, tuple[bool, str]]:
    """The ticks of a form, by condition."""
    given = {name.removeprefix("tick_"): value for name, value in data.items() if name.startswith("tick_") and value}
    return {code: (value == "yes", data.get(f"note_{code}", "")) for code, value in given.items()}


def _why_not_review(outcome: str) -> Any:
    return lambda obj, user, day: applications.why_not_review(obj, actor(user, obj.pool, day), outcome)


def _why_not_waive(obj: Application, user: Any, day: Any) -> Refusal | None:
    # A file that a soft condition keeps from being sent needs its waiver while it is still with its filer.
    return applications.why_not_waive(obj, actor(user, obj.pool, day))


def _waive(obj: Application, data: dict[str, Any], user: Any) -> str:
    applications.waive_condition(application=obj, condition=data["condition"], reason=data["reason"], by=user)
    return str(_("豁免已登记，查阅专家库的人员可见。"))


def _waiver_chips(obj: Application) -> list[tuple[str, str, str]]:
    edition = chain.edition_to_read(obj)
    return [(edition.code, one.waiver_article or one.article, edition.file_hash) for one in applications.waivable(obj, edition)]


def _admit(obj: Application, data: dict[str, Any], user: Any) -> str:
    membership = memberships.admit(application=obj, by=user)
    return f"{obj.name}已入库，专家编号{membership.number}。"


def _withdraw(obj: Application, data: dict[str, Any], user: Any) -> str:
    applications.withdraw_application(application=obj, reason=data["reason"], by=user)
    return f"{obj.number}已撤回。"


RECOMMENDING = "recommending_unit"


@admin.register(Application)
class ApplicationAdmin(PersonMixin, ActAdmin):
    """入库申请."""

    view_duties = READ
    under = ""
    list_display = ["number", "name", "employer", "recommending_unit", "shown_state", "due", "batch", "submitted_at"]
    list_display_links = ["number", "name"]
    list_filter = ["state", FieldsHereFilter, "title_level"]
    search_fields = ["number", "name", "employer__name", "recommending_unit__name"]
    autocomplete_fields = ["employer", "recommending_unit"]
    actions = ["collect"]
    inlines = [EmploymentInline, AttachmentInline, EndorsementInline, ReviewInline, WaiverInline]
    readonly_fields = [
        "number",
        "pool",
        "shown_state",
        "due",
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
        "degree_since",
        "major",
        "employer",
        "position",
        "title",
        "title_level",
        "title_since",
        "licence",
        "licence_since",
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
                    ("number", "shown_state", "due"),
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
                    ("school", "degree", "degree_since", "major"),
                    "employer",
                    ("position", "title", "title_level", "title_since"),
                    ("licence", "licence_since", "years", "type_name"),
                    "research_area",
                    "achievements",
                ]
            },
        ),
        (_("联系方式"), {"fields": ["masked_phone", "email", ("address", "postcode")]}),
        (_("本人意愿和承诺"), {"fields": [("consents", "attests_clean_record", "consented_at")]}),
    ]
    acts = [
        Act(
            "pass",
            _("审核通过"),
            _review("passed"),
            _why_not_review("passed"),
            PassForm,
            due_chip,
            lead=_("系统逐项核对入库条件；须由人认定的，逐项选择是否符合并写明理由，认定随审核记录留存。"),
            template="admin/act_pass.html",
            duties=STEPS,
        ),
        Act(
            "return",
            _("退回补正"),
            _review("returned"),
            _why_not_review("returned"),
            ReturnForm,
            due_chip,
            lead=_("勾选需要补正的内容，并写明怎样补正；填报人在相应字段旁看到说明。"),
            template="admin/act_return.html",
            duties=STEPS,
        ),
        Act(
            "reject",
            _("不予入库"),
            _review("rejected"),
            _why_not_review("rejected"),
            RejectForm,
            due_chip,
            consequence=_("不予入库后申请办结，填报人收到理由；如需再次申请，须重新填报。"),
            grave=True,
            duties=STEPS,
        ),
        Act(
            "waive",
            _("豁免条件"),
            _waive,
            _why_not_waive,
            WaiverForm,
            _waiver_chips,
            lead=_("“一般”“原则上”的条件可以豁免，须写明理由；豁免记录对查阅专家库的人员可见。"),
            duties=("applications.waive",),
        ),
        Act(
            "admit",
            _("批准入库"),
            _admit,
            lambda o, u, d: memberships.why_not_admit(o, d, u),
            articles=admission_chip,
            duties=("intake.*",),
        ),
        Act(
            "withdraw",
            _("撤回申请"),
            _withdraw,
            lambda o, u, d: applications.why_not_withdraw(o, actor(u, o.pool, d)),
            ReasonForm,
            consequence=_("撤回后申请办结，不能恢复。"),
            grave=True,
            duties=(applications.RECORD,),
        ),
        show_act("id_number", _("显示身份证号码")),
        show_act("phone", _("显示联系电话")),
    ]

    def _rows(self, request: HttpRequest) -> QuerySet[Application]:
        rows = super().get_queryset(request)
        return rows.select_related("pool", "expert", "employer", "recommending_unit", "batch__publicity", "filed_by")

    def _recommended_by(self, request: HttpRequest) -> Any:
        """The column of the recommending unit, by the name that the pool's edition gives it; one for a request."""
        if not hasattr(request, "recommended_by"):

            def recommended_by(obj: Application) -> str:
                return str(obj.recommending_unit or "—")

            recommended_by.short_description = request.actor.edition.labels.recommending_unit  # type: ignore[attr-defined]
            request.recommended_by = recommended_by  # type: ignore[attr-defined]
        return request.recommended_by  # type: ignore[attr-defined]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Without the recommending unit where no channel of the edition knows one."""
        intake = request.actor.edition.intake  # type: ignore[attr-defined]
        known = any(intake.needs_recommending_unit(channel.code) for channel in intake.channels)
        named = [self._recommended_by(request) if one == RECOMMENDING else one for one in self.list_display]
        return named if known else [one for one in named if one != self._recommended_by(request)]

    def get_readonly_fields(self, request: HttpRequest, obj: Application | None = None) -> list[Any]:
        return [self._recommended_by(request) if one == RECOMMENDING else one for one in super().get_readonly_fields(request, obj)]

    def get_fieldsets(self, request: HttpRequest, obj: Application | None = None) -> Any:
        """With the recommending unit by the edition's name."""
        own = self._recommended_by(request)
        return [
            (title, {**part, "fields": [own if one == RECOMMENDING else one for one in part["fields"]]})
            for title, part in super().get_fieldsets(request, obj)
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        """What the account may see, without drafts: they are the filer's own affair."""
        mine = Application.objects.visible_to(request.actor)  # type: ignore[attr-defined]
        return self._rows(request).filter(pk__in=mine.values("pk")).exclude(state=State.DRAFT)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Application], search_term: str
    ) -> tuple[QuerySet[Application], bool]:
        """A draft is found by its whole number alone: its filer gives it to the office when he asks for a waiver."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        named = self._rows(request).filter(state=State.DRAFT, number=search_term.strip()).first()
        if named is not None and self._waits_for_waiver(request, named):
            found = self._rows(request).filter(Q(pk__in=found.values("pk")) | Q(pk=named.pk))
        return found, distinct

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Application | None:
        """Also a draft that a soft condition keeps from being sent."""
        found = super().get_object(request, object_id, from_field)
        if found is None and whole(object_id) is not None:
            draft = self._rows(request).filter(state=State.DRAFT, pk=object_id).first()
            found = draft if draft is not None and self._waits_for_waiver(request, draft) else None
        return found

    @staticmethod
    def _waits_for_waiver(request: HttpRequest, draft: Application) -> bool:
        return applications.why_not_waive(draft, request.actor) is None and applications.waits_for_waiver(draft)  # type: ignore[attr-defined]

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Application) -> Any:
        return badge(obj)

    @admin.display(description=_("待办环节"), ordering="step")
    def due(self, obj: Application) -> str:
        step = chain.due_step(obj, chain.edition_to_read(obj))
        return step.name if step is not None else "—"

    @admin.display(description=_("申报方向"))
    def shown_fields(self, obj: Application) -> str:
        return "、".join(field.name for field in obj.fields.all())

    @admin.display(description=_("入库方式"))
    def channel_name(self, obj: Application) -> str:
        edition = chain.edition_to_read(obj)
        return next((one.name for one in edition.intake.channels if one.code == obj.channel), obj.channel)

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
            (chain.edition_to_read(obj).labels.recommending_unit, obj.recommending_unit),
            (_("状态"), obj.get_state_display()),
        ]

    def act_steps(self, obj: Application) -> list[Step]:
        """The steps of the application's channel, with who did each and when."""
        return application_steps(obj, chain.edition_to_read(obj))

    def has_collect_permission(self, request: HttpRequest) -> bool:
        """汇总 is for whom an edition names; the service asks that of the applications."""
        actor = request.actor  # type: ignore[attr-defined]
        return actor.pool is not None and actor.opens(batches.COLLECT)

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
