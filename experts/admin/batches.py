"""入库批次、公示、异议."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.core.acts import Act
from expertpool.core.admin import HouseInline
from expertpool.core.steps import DONE, NOW, TODO, Step
from expertpool.refusals import Refusal, Refused
from experts.models import Application, Batch, Objection, Publicity
from experts.services import batches, memberships, publicity
from experts.services.editions import edition_on, edition_to_show
from experts.services.permits import why_not_by

from .common import OFFICE_ONLY, ActAdmin, badge, show_act
from .forms import DecisionForm, ObjectionDecisionForm, ObjectionForm, PublicityForm


def _articles(*parts: str) -> Any:
    def articles(obj: Any) -> list[tuple[str, str]]:
        pool = obj.pool if isinstance(obj, Batch) else obj.publicity.batch.pool if isinstance(obj, Objection) else obj.batch.pool
        regulation = edition_to_show(pool, clock.today())
        if regulation is None:
            return []
        rules = regulation.publicity
        known = {
            "decision": batches.step_article(regulation, "department_decision"),
            "admission": batches.step_article(regulation, "admission"),
            "publicity": rules.article if rules else "",
            "objection": rules.objection.article if rules else "",
            "exemption": rules.exemption.article if rules and rules.exemption else "",
        }
        return [(regulation.code, known[part]) for part in parts if known[part]]

    return articles


def _decide(obj: Batch, data: dict[str, Any], user: Any) -> str:
    batches.decide_batch(batch=obj, decision_document=data["decision_document"], on=data["on"], by=user)
    return f"批次{obj.number}的审定已登记。"


def _open(obj: Batch, data: dict[str, Any], user: Any) -> str:
    opened = publicity.open_publicity(batch=obj, by=user, days=data.get("days"))
    day = opened.last_day
    return f"批次{obj.number}已开始公示，到{day.year}年{day.month}月{day.day}日24:00期满。"


def _why_not_exempt(obj: Batch, user: Any, day: Any) -> Refusal | None:
    if refusal := publicity.why_not_exempt(obj, day):
        return refusal
    rules = edition_on(obj.pool, day).publicity
    assert rules is not None
    assert rules.exemption is not None
    refusal = why_not_by(user, rules.exemption.approver, article=rules.exemption.article, regulation=obj.pool.regulation_code)
    if refusal is None:
        return None
    return Refusal(refusal.code, f"{refusal.message}请在门户“入库审定”页面批准。", refusal.article, refusal.regulation)


def _never(obj: Any, data: dict[str, Any], user: Any) -> str:
    raise Refused(Refusal("role", "不予公示由规定的批准人在门户“入库审定”页面批准。"))


def _admit_batch(obj: Batch, data: dict[str, Any], user: Any) -> str:
    result = memberships.admit_batch(batch=obj, by=user)
    told = f"已入库{len(result.admitted)}人。"
    for application, refusals in result.refused:
        told += f"{application.name}（{application.number}）未入库：{'；'.join(str(refusal) for refusal in refusals)}"
    return told


def _object(obj: Publicity, data: dict[str, Any], user: Any) -> str:
    objection = publicity.record_objection(
        publicity=obj,
        application=data["application"],
        objector=data["objector"],
        contact=data["contact"],
        content=data["content"],
        on=data["on"],
        by=user,
    )
    return str(_("异议已登记，公示期后收到，作为线索处理。") if objection.late else _("异议已登记，核实结束前该申请人不予入库。"))


def _conclude(obj: Objection, data: dict[str, Any], user: Any) -> str:
    decided = publicity.decide_objection(objection=obj, upheld=data["upheld"], conclusion=data["conclusion"], by=user)
    return f"核实结论已登记：{decided.get_state_display()}。"


class BatchApplicationInline(HouseInline):
    """The list itself."""

    model = Application
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


@admin.register(Batch)
class BatchAdmin(ActAdmin):
    """入库批次."""

    list_display = ["number", "pool", "shown_state", "people", "collected_at", "decided_on", "period"]
    list_filter = ["state", "pool"]
    search_fields = ["number", "decision_document", "applications__name", "applications__number"]
    search_help_text = _("按批次号、审定文件、申请人姓名或申请编号查找")
    date_hierarchy = None
    readonly_fields = [
        "number",
        "pool",
        "shown_state",
        "collected_by",
        "collected_at",
        "decision_document",
        "decided_on",
        "decided_by",
        "period",
    ]
    fieldsets = [
        (None, {"fields": [("number", "shown_state"), "pool", ("collected_by", "collected_at")]}),
        (_("审定"), {"fields": ["decision_document", ("decided_on", "decided_by")]}),
        (_("公示"), {"fields": ["period"]}),
    ]
    inlines = [BatchApplicationInline]
    acts = [
        Act("decide", _("登记审定"), _decide, lambda o, u, d: batches.why_not_decide(o), DecisionForm, _articles("decision")),
        Act(
            "open-publicity",
            _("发布公示"),
            _open,
            lambda o, u, d: publicity.why_not_open_publicity(o, d),
            PublicityForm,
            _articles("publicity"),
            consequence=_("发布后名单立即公开，公示期满前不能入库，也不能收回。"),
        ),
        Act("exempt", _("不予公示"), _never, _why_not_exempt, articles=_articles("exemption")),
        Act(
            "admit",
            _("批准整批入库"),
            _admit_batch,
            lambda o, u, d: memberships.why_not_admit_batch(o, d),
            articles=_articles("admission", "objection"),
            lead=_("没有异议的申请人全部入库；有异议或其他情形的逐人列出原因，不影响他人。"),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        rows = super().get_queryset(request).select_related("pool", "publicity", "collected_by", "decided_by")
        return rows.annotate(people_count=Count("applications", distinct=True))

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Batch) -> Any:
        return badge(obj)

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
        """汇总 → 审定 → 公示 → 入库."""
        order = [Batch.State.COLLECTING, Batch.State.DECIDED, Batch.State.IN_PUBLICITY, Batch.State.CLOSED]
        place = order.index(Batch.State(obj.state))
        shown = getattr(obj, "publicity", None)
        over = shown is not None and (shown.state != Publicity.State.OPEN or publicity.has_ended(shown))

        def state(done: bool, now: bool) -> str:
            return DONE if done else NOW if now else TODO

        due = clock.end_of(shown.last_day) if shown is not None and shown.state == Publicity.State.OPEN and not over else None
        return [
            Step(_("汇总"), DONE, obj.collected_by, obj.collected_at),
            Step(_("审定"), state(place >= 1, True), obj.decided_by or "", obj.decided_on),
            Step(_("公示"), state(over, place >= 1), note=shown.get_state_display() if shown else "", due=due),
            Step(_("批准入库"), state(place == 3, over)),
        ]


@admin.register(Publicity)
class PublicityAdmin(ActAdmin):
    """公示, ended and exempted ones included."""

    list_display = ["batch", "shown_state", "opened_on", "last_day", "provisional", "open_objections"]
    list_filter = ["state", "batch__pool"]
    search_fields = ["batch__number"]
    search_help_text = _("按批次号查找")
    readonly_fields = [
        "batch",
        "shown_state",
        "opened_on",
        "opened_at",
        "opened_by",
        "days",
        "counting_name",
        "last_day",
        "provisional",
        "column_names",
        "exemption_provision",
        "exemption_reason",
        "ended_at",
        "public_page",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("batch", "shown_state"),
                    ("opened_on", "last_day", "provisional"),
                    ("days", "counting_name"),
                    "column_names",
                    ("opened_by", "opened_at", "ended_at"),
                    "public_page",
                ]
            },
        ),
        (_("不予公示"), {"fields": ["exemption_provision", "exemption_reason"], "classes": ["collapse"]}),
    ]
    acts = [
        Act("object", _("登记异议"), _object, lambda o, u, d: publicity.why_not_object(o), ObjectionForm, _articles("objection")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Publicity]:
        rows = super().get_queryset(request).select_related("batch__pool", "opened_by")
        return rows.annotate(objection_count=Count("objections", distinct=True))

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Publicity) -> Any:
        return badge(obj)

    @admin.display(description=_("异议"))
    def open_objections(self, obj: Publicity) -> int:
        return obj.objection_count  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=_("计算方式"))
    def counting_name(self, obj: Publicity) -> Any:
        return _("工作日") if obj.counting == "workdays" else _("自然日")

    @admin.display(description=_("公示栏目"))
    def column_names(self, obj: Publicity) -> str:
        names = {"name": "姓名", "employer": "工作单位", "title": "职称", "degree": "学历/学位", "field": "申报方向"}
        return "、".join(names.get(one, one) for one in obj.columns) or "—"

    @admin.display(description=_("公开页面"))
    def public_page(self, obj: Publicity) -> Any:
        if obj.state == Publicity.State.EXEMPT:
            return "—"
        try:
            address = reverse("publicity_public", args=[obj.batch.number])
        except NoReverseMatch:
            return "—"
        return format_html('<a href="{}">{}</a>', address, _("打开公示页面"))

    def act_facts(self, obj: Publicity) -> list[tuple[Any, Any]]:
        return [
            (_("批次"), obj.batch.number),
            (_("公示期"), f"{obj.opened_on:%Y-%m-%d} 至 {obj.last_day:%Y-%m-%d} 24:00"),
            (_("状态"), obj.get_state_display()),
        ]


@admin.register(Objection)
class ObjectionAdmin(ActAdmin):
    """异议: the office alone reads them."""

    view_roles = OFFICE_ONLY
    list_display = ["__str__", "publicity_number", "application", "shown_state", "late", "received_at"]
    list_filter = ["state", "late"]
    search_fields = ["application__name", "application__number", "publicity__batch__number"]
    search_help_text = _("按被异议人姓名、申请编号或批次号查找")
    readonly_fields = [
        "publicity",
        "application",
        "shown_state",
        "late",
        "received_at",
        "recorded_by",
        "objector",
        "masked_contact",
        "content",
        "conclusion",
        "decided_by",
        "decided_at",
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("publicity", "application"),
                    ("shown_state", "late"),
                    ("received_at", "recorded_by"),
                    "objector",
                    "masked_contact",
                    "content",
                ]
            },
        ),
        (_("核实"), {"fields": ["conclusion", ("decided_by", "decided_at")]}),
    ]
    acts = [
        Act(
            "decide",
            _("登记核实结论"),
            _conclude,
            lambda o, u, d: None if o.state == Objection.State.OPEN else Refusal("state", "该异议已经核实。"),
            ObjectionDecisionForm,
            _articles("objection"),
            consequence=_("异议成立的，该申请人不予入库；不成立的，公示期满后可以入库。结论登记后不能更改。"),
        ),
        show_act("contact", _("显示联系方式")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objection]:
        return super().get_queryset(request).select_related("publicity__batch__pool", "application", "recorded_by", "decided_by")

    @admin.display(description=_("批次"))
    def publicity_number(self, obj: Objection) -> str:
        return obj.publicity.batch.number

    @admin.display(description=_("状态"), ordering="state")
    def shown_state(self, obj: Objection) -> Any:
        return badge(obj)

    @admin.display(description=_("联系方式"))
    def masked_contact(self, obj: Objection) -> Any:
        return self._masked(self, obj, "contact", masking.mask_phone(obj.contact))

    def act_facts(self, obj: Objection) -> list[tuple[Any, Any]]:
        return [
            (_("批次"), obj.publicity.batch.number),
            (_("被异议人"), obj.application),
            (_("异议人"), obj.objector),
            (_("异议内容"), obj.content),
            (_("收到时间"), f"{obj.received_at.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"),
        ]
