"""Forms of the office's acts. They take words and dates in; every rule is the service's."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expertpool import clock, masking
from expertpool.web.acts import ActForm
from experts.domain.chain import step_at
from experts.forms.batches import shape_days
from experts.forms.steps import TickFields
from experts.models import Application, PersonalFile
from experts.services import applications, chain

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
    types = chain.edition_to_read(application).expert_types
    return next((one.name for one in types if one.code == application.expert_type), application.expert_type)


class DisclosureForm(ActForm):
    """Why somebody wants to see a masked value."""

    reason = forms.CharField(label=_("查看事由"), max_length=200, help_text=_("至少5个字，例如：电话核实任职经历"))


class ReasonForm(ActForm):
    """One reason."""

    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs=TEXT))


class AnswerForm(ActForm):
    """An answer carries the step that it is meant for, so that no second click answers the next one."""

    step = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, obj: Application, **kwargs: Any) -> None:
        super().__init__(*args, obj=obj, **kwargs)
        self.edition = chain.edition_to_read(obj)
        due = chain.due_step(obj, self.edition)
        self.initial["step"] = due.code if due is not None else ""
        #: The step that was shown: of a form that was sent, the one that it was meant for.
        self.meant = step_at(chain.chain_of(obj, self.edition), self.data.get("step", "")) or due


class PassForm(TickFields, AnswerForm):
    """审核通过: what the file says of each condition, and a tick with its reason where only a person can judge."""

    document = forms.CharField(label=_("文件名称及文号"), max_length=120, required=False)
    reason = forms.CharField(label=_("审核意见"), widget=forms.Textarea(attrs=TEXT), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        step = self.meant
        if step is None or "document" not in step.needs:
            del self.fields["document"]
        reviewed = step is not None and step.kind == "review"
        self.add_ticks(applications.check_strip(self.obj, self.edition) if reviewed else [], required=True)


class ReturnForm(AnswerForm):
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


class RejectForm(AnswerForm):
    """不予入库, with the condition that is not met."""

    article = forms.ChoiceField(label=_("依据条款"), required=False)
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs=TEXT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        conditions = self.edition.conditions_for(self.obj.expert_type)
        choices = {one.article: f"{one.printed_article} {one.name}" for one in conditions}
        self.fields["article"].choices = [("", _("不指明条款")), *choices.items()]  # type: ignore[attr-defined]


class WaiverForm(ActForm):
    """条件豁免."""

    condition = forms.ChoiceField(label=_("豁免的条件"))
    reason = forms.CharField(label=_("理由"), widget=forms.Textarea(attrs=TEXT))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rules = applications.waivable(self.obj)
        self.fields["condition"].choices = [(one.code, f"{one.printed_article} {one.name}") for one in rules]  # type: ignore[attr-defined]


class DecisionForm(ActForm):
    """审定; it carries the step that it is meant for."""

    step = forms.CharField(widget=forms.HiddenInput, required=False)
    decision_document = forms.CharField(label=_("审定文件名称及文号"), max_length=120)
    reason = forms.CharField(label=_("意见"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000)
    on = forms.DateField(label=_("审定日期"), initial=clock.today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        due = chain.due_step_of(self.obj, chain.edition_of_list(self.obj))
        self.initial["step"] = due.code if due is not None else ""
        self.fields["decision_document"].required = due is None or "document" in due.needs


class PublicityForm(ActForm):
    """公示: the number of days where the regulation gives a minimum."""

    days = forms.IntegerField(label=_("公示天数"), min_value=1, max_value=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shape_days(self, chain.edition_of_list(self.obj))
