"""Forms of the acts on publicity, members, exits, suspensions and marks. They take words and dates in; every rule is the service's."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from expertpool import clock, crypto, identity
from expertpool.accounts.models import Organisation
from expertpool.pools.duties import Actor
from expertpool.pools.editions import edition_on
from expertpool.pools.models import Field
from expertpool.refusals import Refused
from expertpool.web.acts import ActForm, FilesField
from expertpool.web.admin import HouseAutocomplete
from expertpool.web.forms import HouseModelForm
from experts.models import Application, ExitCase, Expert, Membership, Objection, TitleLevel
from experts.services import exits, marks

TEXT = {"rows": 4}


class ObjectionForm(ActForm):
    """登记异议."""

    application = forms.ModelChoiceField(label=_("被异议人"), queryset=Application.objects.none())
    objector = forms.CharField(label=_("异议人"), max_length=120, required=False, help_text=_("匿名的留空"))
    contact = forms.CharField(label=_("联系方式"), max_length=120, required=False)
    content = forms.CharField(label=_("异议内容"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    on = forms.DateField(label=_("收到日期"), initial=clock.today, help_text=_("公示最后一日24:00前收到的，核实结束前不予入库"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["application"].queryset = Application.objects.filter(batch=self.obj.batch_id)  # type: ignore[attr-defined]


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
        widget=HouseAutocomplete(Expert._meta.get_field("employer"), admin.site),
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


class MarkForm(ActForm):
    """设置专家标识."""

    kind = forms.ChoiceField(label=_("标识"))
    value = forms.CharField(label=_("说明"), max_length=80, required=False)
    source = forms.CharField(label=_("来源（文件名称、文号）"), max_length=80)
    starts_on = forms.DateField(label=_("起"), initial=clock.today)
    ends_on = forms.DateField(label=_("止（含）"), required=False, help_text=_("没有期限的留空"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        listed = marks.kinds(edition_on(self.obj.pool, clock.today()))
        self.fields["kind"].choices = [("", _("请选择")), *((one, one) for one in listed)]  # type: ignore[attr-defined]


class EndMarkForm(ActForm):
    """提前结束专家标识."""

    last_day = forms.DateField(label=_("止（含）"), initial=clock.today)


class NewExitCaseForm(forms.ModelForm):
    """提出出库事项 by the member's number, for who raises a case without looking members up.

    The service is called while the form is judged, so that what it refuses stands beside what was typed.
    """

    #: Set by the page that shows the form.
    actor: Actor
    number = forms.CharField(label=_("专家编号"), max_length=24)
    ground = forms.ChoiceField(label=_("出库情形"))
    reason = forms.CharField(label=_("事实与理由"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))
    on = forms.DateField(label=_("发生日期"), initial=clock.today)
    evidence = FilesField(label=_("证据材料"), required=False, help_text=_("PDF、JPG、PNG，每个不超过10 MB，可选多个"))

    class Meta:
        model = ExitCase
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.case: ExitCase | None = None
        listed = self.actor.edition.exits
        grounds = listed.grounds if listed else ()
        self.fields["ground"].choices = [("", _("请选择")), *((one.code, f"{one.printed_article} {one.name}") for one in grounds)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        member = Membership.objects.filter(pool=self.actor.pool, number=data["number"].strip()).first()
        # One word for both: who may not raise a case about somebody is not told whether the number is a member's.
        if member is None or exits.why_not_raise_by_duty(self.actor.account, member, clock.today()):
            self.add_error("number", _("本专家库没有您可以提出的这一编号的专家，请核对。"))
            return data
        try:
            self.case = exits.open_exit_case(
                membership=member,
                ground=data["ground"],
                reason=data["reason"],
                uploads=data["evidence"] or [],
                by=self.actor.account,
                on=data["on"],
            )
        except Refused as refused:
            for refusal in refused.refusals:
                self.add_error(refusal.field if refusal.field in self.fields else None, str(refusal))
        return data

    def _post_clean(self) -> None:
        """Nothing is left to judge on the row: the service has written its own."""
