"""The forms of a draw request: 附表2 in its own order, its rows, the answer of an approval, waivers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.models import Organisation
from expertpool.pools.models import Field, Pool
from expertpool.regulations import Regulation
from expertpool.regulations.schema import ApprovalStep
from expertpool.web.forms import HouseForm, SummaryLine
from experts.models import TitleLevel
from selection.domain.form_words import FormWords
from selection.models import Approval, DrawRequest, ProjectPerson, RequestRecusal
from selection.services.requests import PLAIN_FIELDS, STEP_OUTCOMES, required_fields

ORGANISATIONS = "organisations"


class DraftForm(HouseForm):
    """A form whose required fields are marked for the reader, while a draft may leave them empty."""

    use_required_attribute = False

    def full_clean(self) -> None:
        held = [field for field in self.fields.values() if field.required]
        for field in held:
            field.required = False
        try:
            super().full_clean()
        finally:
            for field in held:
                field.required = True


class OrganisationField(forms.CharField):
    """A registered organisation, chosen from the page's list or typed; a former name does as well.

    Cleans to an Organisation, to None when empty, and with ``loose`` to the text when nothing bears that name.
    """

    def __init__(self, *args: Any, loose: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"list": ORGANISATIONS, "autocomplete": "off"}))
        kwargs.setdefault("max_length", 120)
        super().__init__(*args, **kwargs)
        self.loose = loose

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        found = list(Organisation.objects.named(text)[:2])
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            raise forms.ValidationError(_("有多个单位用过“%(name)s”这一名称，请输入现用名称。") % {"name": text})
        if self.loose:
            return text
        raise forms.ValidationError(_("没有登记名为“%(name)s”的单位，请从列表中选择，或联系专家库管理部门登记。") % {"name": text})


class RequestForm(DraftForm):
    """附表2 without its rows; ``regulation`` decides which values there are and what must be filled.

    ``units``: the units among which who acts for several must choose; it is asked when the draft is opened and never again.
    """

    department = forms.ModelChoiceField(label=_("提出申请的单位"), queryset=Organisation.objects.none(), empty_label=_("请选择"))
    leader_name = forms.CharField(label=_("负责人姓名"), max_length=40)
    leader_phone = forms.CharField(label=_("负责人联系方式"), max_length=30, help_text=_("手机，或座机（区号-号码）"))
    handler_name = forms.CharField(label=_("经办人姓名"), max_length=40)
    handler_phone = forms.CharField(label=_("经办人联系方式"), max_length=30, help_text=_("手机，或座机（区号-号码）"))
    title = forms.CharField(label=_("专家评审工作名称"), max_length=120)
    activity_type = forms.ChoiceField(label=_("活动类型"))
    nature = forms.ChoiceField(label=_("评审工作性质"), widget=forms.RadioSelect)
    nature_other = forms.CharField(label=_("其他（请说明）"), max_length=80)
    summary = forms.CharField(label=_("评审内容及项目概要"), widget=forms.Textarea(attrs={"rows": 5}))
    basis_document = forms.CharField(label=_("评审依据文件"), max_length=200, help_text=_("相关文件名称及文号"))
    total = forms.IntegerField(label=_("拟使用专家总数量"), min_value=1, max_value=200, help_text=_("与下面各专业领域人数的合计一致"))
    qualification = forms.CharField(
        label=_("专家资格要求"), max_length=300, help_text=_("包括职称、从业年限、专业资质等；下面两项用于自动筛选")
    )
    min_title_level = forms.TypedChoiceField(label=_("最低职称等级"), coerce=int, choices=TitleLevel.choices)
    min_years = forms.IntegerField(label=_("最低从业年限（年）"), min_value=0, max_value=60)
    scope = forms.CharField(label=_("选取范围"), max_length=120, help_text=_("如：全库，或者本地区专家"))
    industry = forms.CharField(label=_("行业分类"), max_length=120)
    recusal_text = forms.CharField(
        label=_("回避要求"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("没有的，请填“无”；需要系统自动排除的单位和个人，请填入下面的回避名单"),
    )
    starts_on = forms.DateField(label=_("开始日期"))
    ends_on = forms.DateField(label=_("结束日期"))
    place = forms.CharField(label=_("使用地点"), max_length=160)

    optional = ("nature_other", "min_title_level", "min_years")

    def __init__(self, *args: Any, regulation: Regulation, units: Collection[Organisation] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regulation = regulation
        department: Any = self.fields["department"]
        if len(units) > 1:
            department.queryset = Organisation.objects.filter(pk__in=[one.pk for one in units]).order_by("name")
        else:
            del self.fields["department"]
        words = FormWords(regulation)
        for name in self.fields:
            if name not in {"starts_on", "ends_on"} and (called := words.box(name)):
                self.fields[name].label = called
        rules = regulation.request
        types: Any = self.fields["activity_type"]
        types.choices = [("", _("请选择")), *((one, one) for one in regulation.activities.types)]
        natures: Any = self.fields["nature"]
        natures.choices = [(one.code, one.name) for one in rules.natures] if rules else []
        needed = required_fields(regulation)
        for name, field in self.fields.items():
            field.required = name in needed or name == "department"
        most = rules.summary_max_chars if rules else None
        if most:
            self.fields["summary"].help_text = _("%(most)s字内简述评审目的、范围、要求及相关项目介绍") % {"most": most}
            self.fields["summary"].widget.attrs["data-count"] = most
        if rules and "recusal" in rules.required_fields:
            self.fields["recusal_text"].required = True
        self.fields["total"].widget.attrs["data-total"] = ""
        if rules and not rules.natures:
            del self.fields["nature"], self.fields["nature_other"]

    @staticmethod
    def initial_of(request: DrawRequest) -> dict[str, Any]:
        """What stands in the plain fields of a saved request."""
        return {name: getattr(request, name) for name in PLAIN_FIELDS}

    def data_for_service(self) -> dict[str, Any]:
        """The cleaned values as the service takes them."""
        values = dict(self.cleaned_data)
        values["min_title_level"] = values.get("min_title_level") or 0
        return values


class SeatsForm(DraftForm):
    """A row of 专业领域及人数分配."""

    field = forms.ModelChoiceField(label=_("专业领域"), queryset=Field.objects.none(), empty_label=_("请选择"))
    count = forms.IntegerField(label=_("人数"), min_value=1, max_value=100, widget=forms.NumberInput(attrs={"data-seats": ""}))

    def __init__(self, *args: Any, choices: list[tuple[Any, Any]], queryset: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["field"]
        field.queryset = queryset
        # One query for all rows instead of one a row.
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and bool(data.get("field")) != (data.get("count") is not None):
            raise forms.ValidationError(_("专业领域和人数请都填写，或者都留空。"))
        return data


class RecusalForm(DraftForm):
    """A row of the list of units and persons that the department names to be kept out."""

    kind = forms.ChoiceField(label=_("种类"), choices=[("", _("请选择")), *RequestRecusal.Kind.choices])
    organisation = OrganisationField(label=_("单位"))
    person_name = forms.CharField(label=_("姓名"), max_length=40)
    reason = forms.CharField(label=_("理由"), max_length=120)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if self.errors:
            return data
        filled = data.get("organisation") or data.get("person_name") or data.get("reason")
        kind = data.get("kind")
        if filled and not kind:
            kind = data["kind"] = RequestRecusal.Kind.PERSON if data.get("person_name") else RequestRecusal.Kind.ORGANISATION
        if kind == RequestRecusal.Kind.ORGANISATION and not data.get("organisation"):
            raise forms.ValidationError(_("请填写需要回避的单位。"))
        if kind == RequestRecusal.Kind.PERSON and not data.get("person_name"):
            raise forms.ValidationError(_("请填写需要回避的个人姓名。"))
        return data


class ProjectForm(DraftForm):
    """A reviewed project with its people: the leader on his own, the participants one a line."""

    name = forms.CharField(label=_("项目名称"), max_length=160)
    applicant = OrganisationField(label=_("申报单位"), loose=True)
    leader_name = forms.CharField(label=_("项目负责人"), max_length=40)
    leader_organisation = OrganisationField(label=_("负责人所在单位"))
    participants = forms.CharField(
        label=_("参与人员"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}), help_text=_("每行一人：姓名，单位（单位可以不填）")
    )

    def clean_participants(self) -> list[dict[str, Any]]:
        people = []
        for number, line in enumerate(self.cleaned_data.get("participants", "").splitlines(), 1):
            name, _comma, unit = line.strip().replace(",", "，").partition("，")
            if not name.strip():
                if unit.strip():
                    raise forms.ValidationError(_("第%(n)s行没有姓名。") % {"n": number})
                continue
            if len(name.strip()) > 40:
                raise forms.ValidationError(_("第%(n)s行的姓名太长：每行只写一人，姓名和单位之间用逗号隔开。") % {"n": number})
            organisation = None
            if unit.strip():
                found = list(Organisation.objects.named(unit.strip())[:2])
                if len(found) != 1:
                    raise forms.ValidationError(
                        _("第%(n)s行的单位“%(unit)s”没有登记；可以只写姓名，系统按姓名核查回避。") % {"n": number, "unit": unit.strip()}
                    )
                organisation = found[0]
            people.append({"part": ProjectPerson.Part.PARTICIPANT, "name": name.strip(), "organisation": organisation})
        return people

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("name") and (data.get("applicant") or data.get("leader_name") or data.get("participants")):
            self.add_error("name", _("请填写项目名称。"))
        if not self.errors and data.get("leader_organisation") and not data.get("leader_name"):
            self.add_error("leader_name", _("填写了负责人所在单位的，请填写负责人姓名。"))
        return data

    def row(self) -> dict[str, Any]:
        """The project as the service takes it."""
        data = self.cleaned_data
        applicant = data.get("applicant")
        people = list(data.get("participants") or [])
        if data.get("leader_name"):
            people.insert(
                0, {"part": ProjectPerson.Part.LEADER, "name": data["leader_name"], "organisation": data.get("leader_organisation")}
            )
        return {
            "name": data["name"],
            "applicant": applicant if isinstance(applicant, Organisation) else None,
            "applicant_name": applicant if isinstance(applicant, str) else "",
            "people": people,
        }


SeatsFormSet = formset_factory(SeatsForm, extra=1, max_num=60, absolute_max=80)
RecusalFormSet = formset_factory(RecusalForm, extra=1, max_num=200, absolute_max=220)
ProjectFormSet = formset_factory(ProjectForm, extra=1, max_num=60, absolute_max=80)


class RequestForms:
    """附表2 with all its rows, as one thing to check and to save."""

    def __init__(
        self,
        *,
        pool: Pool,
        regulation: Regulation,
        data: Any = None,
        request: DrawRequest | None = None,
        units: Collection[Organisation] = (),
    ) -> None:
        fields = Field.objects.filter(pool=pool, in_use=True)
        choices: list[tuple[Any, Any]] = [("", _("请选择")), *((one.pk, one.name) for one in fields)]
        self.form = RequestForm(data, regulation=regulation, units=units, initial=RequestForm.initial_of(request) if request else None)
        seats, recusals, projects = self._initial(request)
        rows = {"choices": choices, "queryset": fields}
        self.seats: BaseFormSet[Any] = SeatsFormSet(data, prefix="seats", initial=seats, form_kwargs=rows)
        self.recusals: BaseFormSet[Any] = RecusalFormSet(data, prefix="recusals", initial=recusals)
        self.projects: BaseFormSet[Any] = ProjectFormSet(data, prefix="projects", initial=projects)

    @staticmethod
    def _initial(request: DrawRequest | None) -> tuple[list[dict[str, Any]], list[dict[str, Any]], list[dict[str, Any]]]:
        if request is None:
            return [], [], []
        seats = [{"field": one.field_id, "count": one.count} for one in request.seats.all()]
        recusals = [
            {
                "kind": one.kind,
                "organisation": one.organisation.name if one.organisation else "",
                "person_name": one.person_name,
                "reason": one.reason,
            }
            for one in request.recusals.select_related("organisation")
        ]
        projects = []
        for project in request.projects.select_related("applicant").prefetch_related("people__organisation"):
            people = list(project.people.all())
            leader = next((one for one in people if one.part == ProjectPerson.Part.LEADER), None)
            lines = [f"{one.name}，{one.organisation.name}" if one.organisation else one.name for one in people if one is not leader]
            projects.append(
                {
                    "name": project.name,
                    "applicant": project.applicant.name if project.applicant else project.applicant_name,
                    "leader_name": leader.name if leader else "",
                    "leader_organisation": leader.organisation.name if leader and leader.organisation else "",
                    "participants": "\n".join(lines),
                }
            )
        return seats, recusals, projects

    def is_valid(self) -> bool:
        """Whether everything typed can be saved as a draft."""
        return all([self.form.is_valid(), self.seats.is_valid(), self.recusals.is_valid(), self.projects.is_valid()])

    def data_for_service(self) -> dict[str, Any]:
        """Plain values and rows as the service takes them; empty rows are left out."""
        return {
            **self.form.data_for_service(),
            "seats": [{"field": one["field"], "count": one["count"]} for one in self._filled(self.seats, "field")],
            "recusals": [self._recusal(one) for one in self._filled(self.recusals, "kind")],
            "projects": [form.row() for form in self.projects if form.cleaned_data.get("name")],
        }

    @staticmethod
    def _recusal(data: dict[str, Any]) -> dict[str, Any]:
        person = data["kind"] == RequestRecusal.Kind.PERSON
        return {
            "kind": data["kind"],
            "organisation": None if person else data.get("organisation"),
            "person_name": data.get("person_name", "") if person else "",
            "reason": data.get("reason", ""),
        }

    @staticmethod
    def _filled(rows: BaseFormSet[Any], name: str) -> list[dict[str, Any]]:
        return [form.cleaned_data for form in rows if form.cleaned_data.get(name)]

    @property
    def row_errors(self) -> list[SummaryLine]:
        """What is wrong in the rows, for the summary, each with the field to jump to."""
        found = []
        for label, rows in ((_("专业领域及人数"), self.seats), (_("回避名单"), self.recusals), (_("被评审项目"), self.projects)):
            if not rows.is_bound:
                continue
            found += [SummaryLine(str(text), label=str(label)) for text in rows.non_form_errors()]
            for number, form in enumerate(rows.forms, 1):
                for line in form.error_summary:
                    where = _("%(rows)s第%(n)s行") % {"rows": label, "n": number}
                    first = next(iter(form.visible_fields()), None)
                    found.append(
                        SummaryLine(line.text, line.target or (first.id_for_label if first else ""), f"{where} {line.label}".strip())
                    )
        return found


class AnswerForm(HouseForm):
    """The answer to the step that is due: its outcomes, what it needs, and which step of which version is answered."""

    step = forms.CharField(max_length=64, widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label=_("审批结论"), widget=forms.RadioSelect)
    document = forms.CharField(label=_("批准文件"), required=False, max_length=120, help_text=_("文件名称或文号；同意的必须填写"))
    reason = forms.CharField(
        label=_("意见"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("要求补充信息或者不予批准的，必须写明内容或理由；提出申请的单位可以看到"),
    )

    def __init__(self, *args: Any, due: ApprovalStep | None, **kwargs: Any) -> None:
        """``due``: the step whose answer is asked for; None where nothing is due, then there is nothing to choose."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["outcome"]
        field.choices = [(one.value, one.label) for one in Approval.Outcome if due and STEP_OUTCOMES[one] in due.outcomes]
        if due is None or "document" not in due.needs:
            del self.fields["document"]
        if due is not None and "reason" in due.needs:
            self.fields["reason"].help_text = _("无论结论如何，必须写明理由；提出申请的单位可以看到")


class ReasonForm(HouseForm):
    """A reason, for acts that need one."""

    reason = forms.CharField(label=_("理由"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))


class ShortageWaiverForm(ReasonForm):
    """A waiver of the ratio for one field."""

    field = forms.ModelChoiceField(label=_("专业领域"), queryset=Field.objects.none(), empty_label=None)

    field_order = ("field", "reason")

    def __init__(self, *args: Any, request: DrawRequest, fields: Collection[int] | None = None, **kwargs: Any) -> None:
        """``fields``: the ids to offer (default: every field of the request)."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["field"]
        offered: Any = request.seats.values("field") if fields is None else fields
        field.queryset = Field.objects.filter(pk__in=offered)
