"""Forms of the office's acts. They take words and dates in; every rule is the service's."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext_lazy as _

from expertpool import clock, crypto, identity, masking
from expertpool.accounts.models import Organisation
from expertpool.core.acts import ActForm, FilesField
from expertpool.core.forms import HouseModelForm
from experts.models import Application, Expert, Field, Objection, PersonalFile, TitleLevel
from experts.services import applications, exits
from experts.services.editions import edition_on, edition_to_show

TEXT = {"rows": 4}
REVIEWED = [name for name in PersonalFile.personal_fields() if PersonalFile._meta.get_field(name).editable]
EXTRA_REVIEWED = {"fields": _("申报方向"), "employments": _("任职经历"), "attachments": _("证明材料")}


def field_label(name: str) -> str:
    """The label of a part of an application that a review can send back."""
    if name in EXTRA_REVIEWED:
        return str(EXTRA_REVIEWED[name])
    return str(getattr(Application._meta.get_field(name), "verbose_name", name))


def type_name(application: Application) -> str:
    """The name that the regulation gives to the application's type of expert."""
    regulation = edition_to_show(application.pool, application.filed_on or clock.today())
    types = regulation.expert_types if regulation else ()
    return next((one.name for one in types if one.code == application.expert_type), application.expert_type)


class DisclosureForm(ActForm):
    """Why somebody wants to see a masked value."""

    reason = forms.CharField(label=_("查看事由"), max_length=200, help_text=_("至少5个字，例如：电话核实任职经历"))


class ReasonForm(ActForm):
    """One reason."""

    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs=TEXT))


class DayForm(ActForm):
    """A day that has come, today unless the user says otherwise."""

    on = forms.DateField(label=_("日期"), initial=clock.today)


class PassForm(ActForm):
    """审核通过."""

    reason = forms.CharField(label=_("审核意见"), widget=forms.Textarea(attrs=TEXT), required=False)


class ReturnForm(ActForm):
    """退回补正, field by field: a tick and what is to be corrected."""

    reason = forms.CharField(label=_("总的说明"), widget=forms.Textarea(attrs={"rows": 2}), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.labels = {name: field_label(name) for name in [*REVIEWED, *EXTRA_REVIEWED]}
        for name, label in self.labels.items():
            self.fields[f"back_{name}"] = forms.BooleanField(label=_("退回：%(field)s") % {"field": label}, required=False)
            self.fields[f"remark_{name}"] = forms.CharField(
                label=_("%(field)s的补正说明") % {"field": label},
                max_length=300,
                required=False,
                widget=forms.TextInput(attrs={"placeholder": _("怎样补正")}),
            )

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One row for each part of the application: its label, what it says now, the tick and the box for the remark."""
        return [
            {"label": label, "value": self._value(name), "back": self[f"back_{name}"], "remark": self[f"remark_{name}"]}
            for name, label in self.labels.items()
        ]

    def _value(self, name: str) -> str:
        if name in EXTRA_REVIEWED:
            return "、".join(str(row) for row in getattr(self.obj, name).all()) or "（无）"
        shown = getattr(self.obj, f"get_{name}_display", None)
        value = shown() if shown else getattr(self.obj, name)
        if name == "id_number":
            value = masking.mask_id_number(value or "")
        elif name == "phone":
            value = masking.mask_phone(value or "")
        elif name == "expert_type":
            value = type_name(self.obj)
        elif isinstance(value, bool):
            value = _("是") if value else _("否")
        elif isinstance(value, datetime):
            value = f"{value.astimezone(clock.BEIJING):%Y-%m-%d %H:%M}"
        text = str(value or "（空）")
        return text if len(text) <= 80 else text[:80] + "…"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        remarks = {}
        for name in self.labels:
            ticked, remark = data.get(f"back_{name}"), (data.get(f"remark_{name}") or "").strip()
            if ticked and not remark:
                self.add_error(f"remark_{name}", _("请写明这一项需要怎样补正。"))
            if remark:
                remarks[name] = remark
        data["remarks"] = remarks
        return data


class RejectForm(ActForm):
    """不予入库, with the condition that is not met."""

    article = forms.ChoiceField(label=_("依据条款"), required=False)
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs=TEXT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        regulation = edition_on(self.obj.pool, clock.today())
        conditions = regulation.conditions_for(self.obj.expert_type)
        choices = {one.article: f"{one.printed_article} {one.name}" for one in conditions}
        self.fields["article"].choices = [("", _("不指明条款")), *choices.items()]  # type: ignore[attr-defined]


class WaiverForm(ActForm):
    """条件豁免."""

    condition = forms.ChoiceField(label=_("豁免的条件"))
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs=TEXT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = waivable(self.obj)
        self.fields["condition"].choices = [(one.code, f"{one.printed_article} {one.name}") for one in rules]  # type: ignore[attr-defined]


def waivable(application: Application) -> list[Any]:
    """The soft conditions of the application's regulation."""
    regulation = edition_on(application.pool, clock.today())
    return [one for one in regulation.conditions_for(application.expert_type) if one.waivable]


def waits_for_waiver(application: Application) -> bool:
    """Whether nothing but a waiver gets the file past one of the soft conditions."""
    refused = {refusal.article for refusal in applications.why_not_submit(application, clock.today())}
    return any(one.article in refused for one in waivable(application))


class DecisionForm(ActForm):
    """审定."""

    decision_document = forms.CharField(label=_("审定文件名称及文号"), max_length=120)
    on = forms.DateField(label=_("审定日期"), initial=clock.today)


class PublicityForm(ActForm):
    """公示: the number of days where the regulation gives a minimum."""

    days = forms.IntegerField(label=_("公示天数"), min_value=1, max_value=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = edition_on(self.obj.pool, clock.today()).publicity
        if rules is None or rules.bound == "exact":
            del self.fields["days"]
        else:
            self.fields["days"].initial = rules.days


class ObjectionForm(ActForm):
    """登记异议."""

    application = forms.ModelChoiceField(label=_("被异议人"), queryset=Application.objects.none())
    objector = forms.CharField(label=_("异议人"), max_length=120, required=False, help_text=_("匿名的留空"))
    contact = forms.CharField(label=_("联系方式"), max_length=120, required=False)
    content = forms.CharField(label=_("异议内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    on = forms.DateField(label=_("收到日期"), initial=clock.today, help_text=_("公示最后一日24:00前收到的，核实结束前不予入库"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["application"].queryset = Application.objects.filter(batch=self.obj.batch)  # type: ignore[attr-defined]


class ObjectionDecisionForm(ActForm):
    """核实结论."""

    upheld = forms.TypedChoiceField(
        label=_("核实结果"),
        choices=[(Objection.State.DISMISSED, _("异议不成立")), (Objection.State.UPHELD, _("异议成立"))],
        coerce=lambda value: value == Objection.State.UPHELD,
        widget=forms.RadioSelect,
    )
    conclusion = forms.CharField(label=_("核实结论"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))


class ExitCaseForm(ActForm):
    """出库事项: ground, facts, evidence."""

    ground = forms.ChoiceField(label=_("出库情形"))
    reason = forms.CharField(label=_("事实与理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    on = forms.DateField(label=_("发生日期"), initial=clock.today)
    evidence = FilesField(
        label=_("证据材料"), required=False, help_text=_("PDF、JPG、PNG，每个不超过10 MB，可选多个；多数情形须有证据才能决定出库")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grounds = exits.grounds_for(self.obj, clock.today())
        self.fields["ground"].choices = [("", _("请选择")), *((one.code, f"{one.printed_article} {one.name}") for one in grounds)]  # type: ignore[attr-defined]


class EvidenceForm(ActForm):
    """补充证据."""

    evidence = FilesField(label=_("证据材料"), help_text=_("PDF、JPG、PNG，每个不超过10 MB，可选多个"))


class SuspensionForm(ActForm):
    """暂停, from a day to a day."""

    starts_on = forms.DateField(label=_("暂停起"), initial=clock.today)
    ends_on = forms.DateField(label=_("暂停止（含）"), required=False)
    reason = forms.CharField(label=_("理由"), max_length=2000, widget=forms.Textarea(attrs=TEXT))


class DecisiveForm(ActForm):
    """变更关键信息."""

    title = forms.CharField(label=_("职称"), max_length=60, required=False)
    title_level = forms.TypedChoiceField(label=_("职称等级"), choices=TitleLevel.choices, coerce=int)
    employer = forms.ModelChoiceField(
        label=_("工作单位（人事关系所在单位）"),
        queryset=Organisation.objects.all(),
        widget=AutocompleteSelect(Expert._meta.get_field("employer"), admin.site),
    )
    fields_ = forms.ModelMultipleChoiceField(label=_("申报方向"), queryset=Field.objects.none(), widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label=_("变更理由和依据材料"), widget=forms.Textarea(attrs=TEXT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expert = self.obj.expert
        self.fields["fields_"].queryset = Field.objects.filter(pool=self.obj.pool_id)  # type: ignore[attr-defined]
        self.initial = {
            "title": expert.title,
            "title_level": expert.title_level,
            "employer": expert.employer_id,
            "fields_": list(self.obj.fields.values_list("pk", flat=True)),
            **self.initial,
        }


class ExpertForm(HouseModelForm):
    """General details, which are plain editing; the phone is replaced without being shown."""

    new_phone = forms.CharField(label=_("更换联系电话"), required=False, help_text=_("不更换的留空"))

    class Meta:
        model = Expert
        fields = ["email", "address", "postcode"]

    def clean_new_phone(self) -> str:
        text = self.cleaned_data["new_phone"]
        if text and (reason := identity.why_not_phone(text)):
            raise forms.ValidationError(reason)
        return identity.normalise_phone(text)

    def save(self, commit: bool = True) -> Any:
        phone = self.cleaned_data.get("new_phone")
        if phone:
            self.instance.phone = phone
            self.instance.phone_digest = crypto.digest("phone", phone)
        return super().save(commit)
