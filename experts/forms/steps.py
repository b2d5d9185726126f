"""Forms of the steps of one file: confirm, agree, review condition by condition, decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expertpool.regulations.schema import Condition, Step
from expertpool.web.forms import HouseForm, SometimesNeeded
from experts.domain.conditions import Answer, Judgement

TICK, NOTE = "tick_", "note_"


class StepForm(HouseForm):
    """What every answer of a step carries: the step it is meant for, its paper where the step needs one."""

    step = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, step: Step | None, **kwargs: Any) -> None:
        super().__init__(*args, initial={"step": step.code if step is not None else ""}, **kwargs)
        if step is not None and "document" in step.needs:
            self.fields["document"] = SometimesNeeded(label=_("文件名称及文号"), max_length=120, help_text=_("确认或通过的必须填写。"))
        if step is not None and "reason" in step.needs:
            self.fields["reason"].required = True


class EndorsementForm(StepForm):
    """Confirm, or refuse with a reason."""

    decision = forms.ChoiceField(
        label=_("审核结论"), choices=[("confirmed", _("确认")), ("refused", _("不予确认，退回填报人"))], widget=forms.RadioSelect
    )
    reason = SometimesNeeded(
        label=_("意见"), widget=forms.Textarea(attrs={"rows": 3}), max_length=1000, help_text=_("不予确认的必须写明理由。")
    )

    def __init__(self, *args: Any, step: Step | None, **kwargs: Any) -> None:
        super().__init__(*args, step=step, **kwargs)
        if step is not None and step.kind == "consent":
            self.fields["decision"].choices = [  # type: ignore[attr-defined]
                ("confirmed", _("同意，所填信息真实、完整")),
                ("refused", _("不同意，退回填报人")),
            ]


class TickFields:
    """A tick and its reason for each condition that only a person can judge."""

    fields: dict[str, forms.Field]

    def add_ticks(self, judged: list[Judgement], *, required: bool) -> None:
        """Add the boxes of the conditions that are open in ``judged``."""
        self.judged = judged
        for one in self.to_judge:
            self.fields[TICK + one.code] = forms.ChoiceField(
                label=_("%(name)s（是否符合）") % {"name": one.name},
                choices=[("yes", _("符合")), ("no", _("不符合"))],
                widget=forms.RadioSelect,
                required=required,
            )
            self.fields[NOTE + one.code] = forms.CharField(
                label=_("%(name)s（认定理由）") % {"name": one.name},
                max_length=500,
                required=required,
                widget=forms.TextInput,
            )

    @property
    def to_judge(self) -> list[Condition]:
        """The conditions that a person judges."""
        return [one.condition for one in self.judged if one.answer == Answer.TO_JUDGE]

    @property
    def ticks(self) -> dict[str, tuple[bool, str]]:
        """What was decided, by condition."""
        data: dict[str, Any] = self.cleaned_data  # type: ignore[attr-defined]
        return {
            one.code: (data[TICK + one.code] == "yes", data.get(NOTE + one.code, "")) for one in self.to_judge if data.get(TICK + one.code)
        }

    @property
    def strip(self) -> list[dict[str, Any]]:
        """One row a condition: what the file says of it, or the boxes in which a person decides."""
        return [
            {
                "condition": one.condition,
                "answer": str(one.answer),
                "waived": one.waived,
                "reason": one.reason,
                "tick": self[TICK + one.condition.code] if one.answer == Answer.TO_JUDGE else None,  # type: ignore[index]
                "note": self[NOTE + one.condition.code] if one.answer == Answer.TO_JUDGE else None,  # type: ignore[index]
            }
            for one in self.judged
        ]


class ReviewForm(TickFields, StepForm):
    """资格审核 on the portal, or the decision on one person: the outcome, the ticks, the reason."""

    outcome = forms.ChoiceField(
        label=_("审核结论"),
        choices=[("passed", _("通过")), ("returned", _("退回补正")), ("rejected", _("不予入库"))],
        widget=forms.RadioSelect,
    )
    article = forms.ChoiceField(label=_("不予入库所依条款"), required=False)
    reason = SometimesNeeded(
        label=_("意见"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        help_text=_("退回和不予入库的必须写明理由。"),
    )

    def __init__(self, *args: Any, step: Step | None, judged: list[Judgement], conditions: tuple[Condition, ...], **kwargs: Any) -> None:
        super().__init__(*args, step=step, **kwargs)
        choices = {one.article: f"{one.printed_article} {one.name}" for one in conditions}
        self.fields["article"].choices = [("", _("不指明条款")), *choices.items()]  # type: ignore[attr-defined]
        self.add_ticks(judged, required=False)
        self.order_fields(["step", *(name for name in self.fields if name.startswith((TICK, NOTE))), "outcome"])
