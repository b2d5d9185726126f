"""公示 and 异议."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.addresses import address
from expertpool.pools.editions import edition_of
from expertpool.web.acts import Act
from experts.models import Objection, Publicity
from experts.services.publicity import objections

from .common import ActAdmin, badge, show_act
from .standing_forms import ObjectionDecisionForm, ObjectionForm


def _articles(publicity: Publicity) -> list[tuple[str, str, str]]:
    """What the edition of the publicity says of objections."""
    edition = edition_of(publicity, publicity.batch.pool)
    return [(edition.code, edition.publicity.objection.article, edition.file_hash)] if edition.publicity else []


def _object(obj: Publicity, data: dict[str, Any], user: Any) -> str:
    objection = objections.record_objection(
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
    decided = objections.decide_objection(objection=obj, upheld=data["upheld"], conclusion=data["conclusion"], by=user)
    return f"核实结论已登记：{decided.get_state_display()}。"


@admin.register(Publicity)
class PublicityAdmin(ActAdmin):
    """公示, ended and exempted ones included."""

    view_duties = ("publicity.read", objections.RECORD, objections.DECIDE)
    pool_path = "batch__pool"
    under = ""

    list_display = ["batch", "shown_state", "opened_on", "last_day", "provisional", "open_objections"]
    list_filter = ["state"]
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
        Act(
            "object",
            _("登记异议"),
            _object,
            lambda o, u, d: objections.why_not_object(o, d, u),
            ObjectionForm,
            _articles,
            duties=(objections.RECORD,),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Publicity]:
        rows = super().get_queryset(request).visible_to(request.actor)  # type: ignore[attr-defined]
        rows = rows.select_related("batch__pool", "opened_by")
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
        return format_html('<a href="{}">{}</a>', address("publicity_public", obj.batch.number), _("打开公示页面"))

    def act_facts(self, obj: Publicity) -> list[tuple[Any, Any]]:
        return [
            (_("批次"), obj.batch.number),
            (_("公示期"), f"{obj.opened_on:%Y-%m-%d} 至 {obj.last_day:%Y-%m-%d} 24:00"),
            (_("状态"), obj.get_state_display()),
        ]


@admin.register(Objection)
class ObjectionAdmin(ActAdmin):
    """异议: read by who enters or judges them."""

    view_duties = (objections.RECORD, objections.DECIDE)
    pool_path = "publicity__batch__pool"
    under = "publicity__"
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
            lambda o, u, d: objections.why_not_decide_objection(o, d, u),
            ObjectionDecisionForm,
            lambda o: _articles(o.publicity),
            consequence=_("异议成立的，该申请人不予入库；不成立的，公示期满后可以入库。结论登记后不能更改。"),
            duties=(objections.DECIDE,),
        ),
        show_act("contact", _("显示联系方式")),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Objection]:
        rows = super().get_queryset(request).visible_to(request.actor)  # type: ignore[attr-defined]
        return rows.select_related("publicity__batch__pool", "application", "recorded_by", "decided_by")

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
