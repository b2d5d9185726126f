"""入库批次."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool.pools.duties import actor
from expertpool.refusals import Refusal, Refused
from expertpool.web.acts import Act
from expertpool.web.admin import HouseInline
from expertpool.web.steps import Step
from experts.models import Application, Batch, BatchDecision, Publicity
from experts.pages.batch import admitted_words, batch_steps, words
from experts.services import batches, chain, memberships, publicity

from .common import ActAdmin, badge
from .forms import DecisionForm, PublicityForm

READ = ("batches.read",)
STEPS = ("intake.*", "applications.manage")


def _chips(*kinds: str) -> Any:
    """The articles of a list's steps of these kinds; ``exemption`` and ``objection`` are those of its publicity."""

    def articles(obj: Batch) -> list[tuple[str, str, str]]:
        edition = chain.edition_of_list(obj)
        rules = edition.publicity
        found: dict[str, str] = {step.kind: step.article for step in chain.steps_of(obj, edition)}
        due = chain.due_step_of(obj, edition)
        if due is not None:
            found[due.kind] = due.article
        if rules is not None:
            found["objection"] = rules.objection.article
            found["exemption"] = rules.exemption.article if rules.exemption else ""
        return [(edition.code, found[kind], edition.file_hash) for kind in kinds if found.get(kind)]

    return articles


def _decide(obj: Batch, data: dict[str, Any], user: Any) -> str:
    batches.decide_batch(
        batch=obj, decision_document=data["decision_document"], reason=data["reason"], step=data["step"], on=data["on"], by=user
    )
    return f"批次{obj.number}的审定已登记。"


def _open(obj: Batch, data: dict[str, Any], user: Any) -> str:
    opened = publicity.open_publicity(batch=obj, by=user, days=data.get("days"))
    day = opened.last_day
    return f"批次{obj.number}已开始公示，到{day.year}年{day.month}月{day.day}日24:00期满。"


def _why_not_exempt(obj: Batch, user: Any, day: Any) -> Refusal | None:
    refusal = publicity.why_not_exempt(obj, day, user)
    if refusal is None or refusal.code != "duty":
        return refusal
    return Refusal(refusal.code, f"{refusal.message}请由其在“入库审定”页面批准。", refusal.article, refusal.regulation)


def _never(obj: Any, data: dict[str, Any], user: Any) -> str:
    raise Refused(Refusal("role", "不予公示由规定的批准人在门户“入库审定”页面批准。"))


def _admit_batch(obj: Batch, data: dict[str, Any], user: Any) -> str:
    return admitted_words(memberships.admit_batch(batch=obj, by=user))


class BatchApplicationInline(HouseInline):
    """The list itself."""

    model = Application
    view_duties = READ
    fields = ["linked", "name", "employer", "title", "shown_state"]
    readonly_fields = fields  # type: ignore[assignment]
    can_delete = False
    verbose_name_plural = _("拟入库专家名单")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        return super().get_queryset(request).select_related("employer").order_by("pk")

    @admin.display(description=_("申请编号"))
    def linked(self, obj: Application) -> Any:
        return format_html('<a href="{}">{}</a>', reverse("admin:experts_application_change", args=[obj.pk]), obj.number)

    @admin.display(description=_("状态"))
    def shown_state(self, obj: Application) -> Any:
        return badge(obj)


class DecisionInline(HouseInline):
    """审定, each with its document and who entered it."""

    model = BatchDecision
    view_duties = READ
    fields = ["document", "reason", "decided_on", "by", "recorded", "at"]
    readonly_fields = fields  # type: ignore[assignment]
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchDecision]:
        return super().get_queryset(request).select_related("by")


@admin.register(Batch)
class BatchAdmin(ActAdmin):
    """入库批次."""

    view_duties = READ
    under = ""
    list_display = ["number", "shown_state", "due", "people", "collected_at", "period"]
    list_filter = ["state"]
    search_fields = ["number", "decisions__document", "applications__name", "applications__number"]
    search_help_text = _("按批次号、审定文件、申请人姓名或申请编号查找")
    date_hierarchy = None
    readonly_fields = [
        "number",
        "pool",
        "shown_state",
        "collected_by",
        "due",
        "collected_at",
        "period",
    ]
    fieldsets = [
        (None, {"fields": [("number", "shown_state", "due"), "pool", ("collected_by", "collected_at")]}),
        (_("公示"), {"fields": ["period"]}),
    ]
    inlines = [DecisionInline, BatchApplicationInline]
    acts = [
        Act(
            "decide",
            _("登记审定"),
            _decide,
            lambda o, u, d: batches.why_not_decide(o, actor(u, o.pool, d)),
            DecisionForm,
            _chips("decide"),
            duties=STEPS,
        ),
        Act(
            "open-publicity",
            _("发布公示"),
            _open,
            lambda o, u, d: publicity.why_not_open_publicity(o, d, u),
            PublicityForm,
            _chips("publicity"),
            consequence=_("发布后名单立即公开，公示期满前不能入库，也不能收回。"),
            duties=STEPS,
        ),
        Act("exempt", _("不予公示"), _never, _why_not_exempt, articles=_chips("exemption"), duties=STEPS),
        Act(
            "admit",
            _("批准整批入库"),
            _admit_batch,
            lambda o, u, d: memberships.why_not_admit_batch(o, d, u),
            articles=_chips("admission", "objection"),
            lead=_("没有异议的申请人全部入库；有异议或其他情形的逐人列出原因，不影响他人。"),
            duties=STEPS,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        rows = super().get_queryset(request).select_related("pool", "publicity", "collected_by")
        return rows.annotate(people_count=Count("applications", distinct=True))

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Batch) -> Any:
        return badge(obj)

    @admin.display(description=_("进展"))
    def due(self, obj: Batch) -> str:
        return words(obj, chain.edition_of_list(obj))

    @admin.display(description=_("人数"))
    def people(self, obj: Batch) -> int:
        return obj.people_count  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=_("公示"))
    def period(self, obj: Batch) -> Any:
        shown = getattr(obj, "publicity", None)
        if shown is None:
            return "—"
        link = reverse("admin:experts_publicity_change", args=[shown.pk])
        text = (
            shown.get_state_display()
            if shown.state == Publicity.State.EXEMPT
            else f"{shown.opened_on:%Y-%m-%d} 至 {shown.last_day:%Y-%m-%d}"
        )
        return format_html('<a href="{}">{}</a>', link, text)

    def act_facts(self, obj: Batch) -> list[tuple[Any, Any]]:
        rows = list(obj.applications.select_related("employer").order_by("pk"))  # type: ignore[attr-defined]
        names = "\n".join(f"{row.name}　{row.employer or ''}　{row.get_state_display()}" for row in rows)
        return [(_("批次号"), obj.number), (_("状态"), obj.get_state_display()), (_("人数"), len(rows)), (_("名单"), names)]

    def act_steps(self, obj: Batch) -> list[Step]:
        """汇总, and the steps of the list's chain."""
        return batch_steps(obj, chain.edition_of_list(obj))
