"""附表1 on the screen: the form in the annex's order, the employments, the files of evidence."""

from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.models import Organisation, User
from expertpool.names import name_key
from expertpool.pools.duties import Actor
from expertpool.pools.models import Assignment, Pool, Role
from expertpool.regulations import Regulation
from expertpool.regulations.schema import Channel, Condition
from expertpool.web.forms import HouseForm, HouseModelForm
from experts.domain.chain import RECOMMENDS, completes_himself, recommending_roles
from experts.domain.statements import ATTESTS, CONSENTS, statements
from experts.models import Application, ApplicationEmployment
from experts.services.applications.filers import channels_for_others, channels_open_to, recommending_units, units_that_file
from experts.services.imports import fields_within_scope

UPLOAD_PREFIX = "upload_"


class ManyFiles(forms.FileInput):
    """A file input that takes several files at once."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """The files as they were sent; the service looks into them."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return list(data or [])


class ApplicationForm(HouseModelForm):
    """A draft: everything but the name may still be missing, but what a submission needs is not marked as optional."""

    use_required_attribute = False

    class Meta:
        model = Application
        fields = [
            "name", "sex", "birth_date", "id_number", "school", "degree", "degree_since", "major", "employer", "position", "title",
            "title_level", "title_since", "licence", "licence_since", "years", "expert_type", "research_area", "fields", "channel",
            "recommending_unit",
            "email", "phone", "address", "postcode", "achievements", "consents", "attests_clean_record",
        ]  # fmt: skip
        widgets = {
            "sex": forms.RadioSelect,
            "birth_date": forms.DateInput,
            "degree_since": forms.DateInput,
            "title_since": forms.DateInput,
            "licence_since": forms.DateInput,
            "id_number": forms.TextInput(attrs={"autocomplete": "off", "maxlength": 24}),
            "phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "off", "maxlength": 24}),
            "fields": forms.CheckboxSelectMultiple,
            "achievements": forms.Textarea(attrs={"rows": 10}),
            "postcode": forms.TextInput(attrs={"inputmode": "numeric", "maxlength": 6}),
        }
        labels = {"birth_date": _("出生年月日"), "employer": _("工作单位（人事关系所在单位）")}
        help_texts = {
            "id_number": _("18位。用于核对身份和年龄、防止重复入库；加密保存，提交后只以掩码显示。"),
            "employer": _("填写人事关系所在单位，不是兼职单位；提交后由该单位审核。列表中没有的，请%(office)s先登记。"),
            "licence": _("如注册会计师、注册安全工程师；没有的不填。"),
            "licence_since": _("没有注册职业资格的不填。"),
            "achievements": _("最多4000字。"),
        }

    OPTIONAL = ("position", "licence", "title_since", "licence_since", "degree_since")

    def __init__(self, *args: Any, pool: Pool, who: Actor, regulation: Regulation, himself: bool = False, **kwargs: Any) -> None:
        """``himself``: the applicant completes a file that others opened, and leaves channel and units as they are."""
        super().__init__(*args, **kwargs)
        self.regulation = regulation
        self.who = who
        for name, field in self.fields.items():
            field.required = name not in self.OPTIONAL
        self.fields["sex"].choices = Application._meta.get_field("sex").choices  # type: ignore[union-attr, attr-defined]
        employer = self.fields["employer"]
        employer.help_text = str(employer.help_text) % {"office": regulation.labels.office}
        employer.queryset = Organisation.objects.only("code", "name")  # type: ignore[attr-defined]
        types = [(one.code, one.name) for one in regulation.expert_types]
        self.fields["expert_type"] = forms.ChoiceField(label=_("专家类型"), choices=types, widget=forms.RadioSelect)
        if not types:
            del self.fields["expert_type"]
        for name in ("degree_since", "title_since", "licence_since"):
            if name not in days_asked(regulation):
                del self.fields[name]
        if himself:
            del self.fields["channel"], self.fields["recommending_unit"]
        else:
            self._shape_channel(pool, regulation, who)
        asked_for = "、".join(f"“{one.name}”" for one in conditions_on_years(regulation))
        self.fields["years"].help_text = f"整年数。用于核对{asked_for}。" if asked_for else "整年数。"
        scope = self.instance.recommending_unit if himself else None
        fields = pool.fields.filter(in_use=True) if himself else fields_within_scope(pool, who, regulation)
        if scope is None and fields.count() < pool.fields.filter(in_use=True).count():
            self.fields["fields"].help_text = _("只列出本单位推荐领域内的方向。")
        self.fields["fields"].queryset = fields  # type: ignore[attr-defined]
        asked = {one.column: one for one in statements(regulation)}
        self.statement_articles = tuple(dict.fromkeys(article for one in asked.values() for article in one.articles))
        for own in (CONSENTS, ATTESTS):
            if own in asked:
                self.fields[own].label = asked[own].text
            else:
                del self.fields[own]
        self.upload_kinds = [(UPLOAD_PREFIX + kind.code, kind) for kind in regulation.attachments]
        for name, kind in self.upload_kinds:
            self.fields[name] = ManyFilesField(
                label=kind.name, required=kind.required, widget=ManyFiles(attrs={"accept": ".pdf,.jpg,.jpeg,.png"})
            )

    def _shape_channel(self, pool: Pool, regulation: Regulation, who: Actor) -> None:
        """Channel, filing unit, recommending unit and the applicant's account: each asked only where there is something to say."""
        channels = channels_open_to(regulation, who)
        if len(channels) > 1:
            self.fields["channel"] = forms.ChoiceField(label=_("入库方式"), choices=[(one.code, one.name) for one in channels])
        else:
            del self.fields["channel"]
        units = frozenset[int]().union(*(units_that_file(one, who) for one in channels))
        if len(units) > 1:
            self.fields["filed_for"] = forms.ModelChoiceField(
                label=_("填报单位"), queryset=Organisation.objects.filter(pk__in=units), initial=self.instance.filed_for_id
            )
        asking = [one for one in channels if regulation.intake.needs_recommending_unit(one.code) and one.by != RECOMMENDS]
        if asking:
            self.fields["recommending_unit"].queryset = recommending_units(pool, regulation, who)  # type: ignore[attr-defined]
            self.fields["recommending_unit"].label = regulation.labels.recommending_unit
            self.fields["recommending_unit"].required = len(asking) == len(channels)
            if regulation.intake.field_scope is not None:
                self.fields["recommending_unit"].help_text = _("由该单位核实并推荐；只能选推荐领域与申报方向相符的单位。")
        else:
            del self.fields["recommending_unit"]
        if any(_completed_by_himself(regulation, one) for one in channels):
            account = self.instance.applicant
            self.fields["applicant_account"] = forms.CharField(
                label=_("申请人账号"),
                max_length=60,
                required=False,
                initial=account.username if account is not None else "",
                help_text=_("由申请人本人登录，同意并完善信息；没有账号的，先由安全管理员开通。"),
            )

    def clean_applicant_account(self) -> str:
        """The account must be an expert's and bear the applicant's name; what other accounts there are is not told."""
        username = str(self.cleaned_data["applicant_account"]).strip()
        self.applicant: User | None = None
        if not username:
            return ""
        held = Assignment.objects.standing_on(self.who.on).filter(role=Role.EXPERT, account__username=username).select_related("account")
        found = held.first()
        if found is None or name_key(found.account.name) != name_key(self.cleaned_data.get("name", "")):
            raise forms.ValidationError(_("没有姓名与申请人一致的专家账号，请核对账号和姓名。"))
        self.applicant = found.account
        return username

    def full_clean(self) -> None:
        """A draft keeps what is there: while it is cleaned only the name (and the unit that the file belongs to) is needed."""
        needed = {name: field.required for name, field in self.fields.items()}
        for name, field in self.fields.items():
            field.required = name in ("name", "channel", "filed_for") or (name == "recommending_unit" and needed[name])
        try:
            super().full_clean()
        finally:
            for name, required in needed.items():
                self.fields[name].required = required

    def clean_title_level(self) -> int:
        return self.cleaned_data.get("title_level") or 0

    @property
    def data_for_service(self) -> dict[str, Any]:
        """What the service takes: the cleaned values without the uploads."""
        data = {name: value for name, value in self.cleaned_data.items() if not name.startswith(UPLOAD_PREFIX)}
        if "applicant_account" in data:
            del data["applicant_account"]
            data["applicant"] = self.applicant
        return data

    def show_refusals(self, refusals: list[Any]) -> None:
        """Put refusals beside the fields of a form that nobody has sent yet."""
        if not self.is_bound:
            self._errors, self.cleaned_data = ErrorDict(renderer=self.renderer), {}
        self.add_refusals(refusals)

    def show_files(self, files: dict[str, SafeString]) -> None:
        """Put what is already there (HTML by kind) above the file inputs."""
        for name, kind in self.upload_kinds:
            self.fields[name].help_text = files.get(kind.code, "")

    def show_remarks(self, remarks: dict[str, str]) -> None:
        """Put the reviewer's remarks into the help of the fields that were sent back."""
        for name, remark in remarks.items():
            if name in self.fields:
                self.fields[name].help_text = _with_remark(self.fields[name].help_text, remark)


def _with_remark(help_text: Any, remark: str) -> SafeString:
    return format_html('{}<div class="notice notice--soon"><strong>退回说明：</strong>{}</div>', help_text or "", remark)


class UnitChoice(forms.ModelChoiceField):
    """A registered unit; whether one must be chosen is judged with the other fields of the row."""

    def validate(self, value: Any) -> None:
        return


class EmploymentForm(HouseForm):
    """One employer, present or past. An empty row is no row."""

    use_required_attribute = False

    organisation = UnitChoice(Organisation.objects.only("code", "name"), label=_("单位"))
    organisation_name = forms.CharField(label=_("单位名称（未登记的单位）"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("关系"), choices=[("", "请选择"), *ApplicationEmployment.Kind.choices])
    position = forms.CharField(label=_("职务"), max_length=60, required=False)
    since = forms.DateField(label=_("起始日期"), widget=forms.DateInput)
    until = forms.DateField(label=_("终止日期"), widget=forms.DateInput, required=False, help_text=_("在职的不填"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("organisation"):
            data["organisation_name"] = ""
        elif not data.get("organisation_name"):
            self.add_error("organisation", _("请选择单位，或在右边填写未登记单位的名称。"))
        if data.get("since") and data.get("until") and data["until"] < data["since"]:
            self.add_error("until", _("终止日期早于起始日期，请核对。"))
        return data


class BaseEmploymentFormSet(forms.BaseFormSet):
    """All employers of the applicant; one query serves the choices of every row."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._choices = [("", _("请选择")), *((one.pk, one.name) for one in Organisation.objects.only("code", "name"))]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["organisation"].choices = self._choices
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("删除这一行")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows to keep."""
        return [
            {name: value for name, value in form.cleaned_data.items() if name != "DELETE"}
            for form in self.forms
            if form.cleaned_data and form.has_changed() and not form.cleaned_data.get("DELETE")
        ]

    @property
    def error_lines(self) -> list[str]:
        """Every error with the number of its row."""
        lines = [str(text) for text in self.non_form_errors()]
        for number, form in enumerate(self.forms, start=1):
            for name, texts in form.errors.items():
                label = form.fields[name].label if name in form.fields else ""
                lines += [f"任职经历第{number}行{label}：{text}" for text in texts]
        return lines


EMPLOYMENT_PREFIX = "jobs"
BLANK_ROWS = 1


def employment_formset(*, data: Any = None, initial: Any = None, blank: int = BLANK_ROWS) -> BaseEmploymentFormSet:
    """The rows of the applicant's employers and ``blank`` empty ones."""
    made = forms.formset_factory(EmploymentForm, formset=BaseEmploymentFormSet, extra=blank, can_delete=True, max_num=40, absolute_max=60)
    return made(data, initial=initial or [], prefix=EMPLOYMENT_PREFIX)  # type: ignore[return-value]


def days_asked(regulation: Regulation) -> frozenset[str]:
    """The columns of days that a condition of the edition reads."""
    found = set()
    for one in _every_condition(regulation):
        if one.strategy == "degree_and_years":
            found.add("degree_since")
        if one.strategy == "license" and one.min_years:
            found.add("licence_since")
        if one.strategy == "title_at_least":
            found.add("title_since")
    return frozenset(found)


def conditions_on_years(regulation: Regulation) -> tuple[Condition, ...]:
    """The conditions of the edition that read the years in the trade."""
    return tuple(one for one in _every_condition(regulation) if one.strategy == "years_at_least")


def _every_condition(regulation: Regulation) -> Iterator[Condition]:
    """All conditions of the edition, those of its types of experts and those inside others too."""

    def walk(conditions: Iterable[Condition]) -> Iterator[Condition]:
        for one in conditions:
            yield one
            yield from walk(one.alternatives)

    yield from walk(regulation.conditions)
    for kind in regulation.expert_types:
        yield from walk(kind.conditions)


def _completed_by_himself(regulation: Regulation, channel: Channel) -> bool:
    return channel.by != Role.EXPERT and completes_himself(regulation.intake.chain(channel.code))


class WithdrawalForm(HouseForm):
    """Why an application is taken back."""

    reason = forms.CharField(label=_("撤回理由"), widget=forms.Textarea(attrs={"rows": 3}), max_length=100)


class ImportForm(HouseForm):
    """The list of applicants, and what all of them have in common where that is not plain."""

    file = forms.FileField(label=_("填好的Excel文件（.xlsx）"), widget=forms.FileInput(attrs={"accept": ".xlsx"}), allow_empty_file=True)

    def __init__(self, *args: Any, pool: Pool, who: Actor, regulation: Regulation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        channels = channels_for_others(regulation, who)
        if len(channels) > 1:
            self.fields["channel"] = forms.ChoiceField(label=_("入库方式"), choices=[(one.code, one.name) for one in channels])
        units = frozenset[int]().union(*(units_that_file(one, who) for one in channels))
        if len(units) > 1:
            self.fields["filed_for"] = forms.ModelChoiceField(label=_("填报单位"), queryset=Organisation.objects.filter(pk__in=units))
        # Who recommends himself takes his own unit; where he acts for several, the unit that he files for.
        asking = [
            one
            for one in channels
            if regulation.intake.needs_recommending_unit(one.code) and one.by not in recommending_roles(regulation, one)
        ]
        if asking:
            self.fields["recommending_unit"] = forms.ModelChoiceField(
                label=regulation.labels.recommending_unit,
                queryset=recommending_units(pool, regulation, who),
                required=len(asking) == len(channels),
            )

    @property
    def common(self) -> dict[str, Any]:
        """What the service takes for all rows."""
        return {name: value for name, value in self.cleaned_data.items() if name != "file" and value}
