"""Forms of this room. What is right is decided by the services; here is what can be typed."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from evaluation.domain.scoring import LONGEST_NOTE, Entry, span
from evaluation.services.editions import of_report
from evaluation.services.violations import DISMISSED, sanctions_of
from expertpool.regulations.schema import Criterion, Section
from expertpool.regulations.schema import Evaluation as EvaluationRules
from expertpool.web.acts import ActForm
from expertpool.web.forms import HouseForm
from selection.models import Participation
from selection.services.participation import LONGEST_REASON


class AttendanceForm(HouseForm):
    """Came or not, for every seated expert; fields ``attended_<id>`` and ``reason_<id>``."""

    def __init__(self, *args: Any, seated: list[Participation], **kwargs: Any) -> None:
        self.seated = seated
        first = {}
        for one in seated:
            if one.attended is not None:
                first[f"attended_{one.pk}"] = "yes" if one.attended else "no"
                first[f"reason_{one.pk}"] = one.absence_reason
        super().__init__(*args, initial={**first, **kwargs.pop("initial", {})}, **kwargs)
        for one in seated:
            name = one.membership.expert.name
            # The service says what is missing, in the same words by every door.
            self.fields[f"attended_{one.pk}"] = forms.ChoiceField(
                label=name, choices=[("yes", _("出席")), ("no", _("缺席"))], widget=forms.RadioSelect, required=False
            )
            self.fields[f"reason_{one.pk}"] = forms.CharField(
                label=_("%(name)s的缺席说明") % {"name": name},
                required=False,
                max_length=LONGEST_REASON,
                widget=forms.TextInput(attrs={"placeholder": ""}),
            )

    def rows(self) -> Iterator[tuple[Participation, Any, Any]]:
        """Each expert with his two fields."""
        for one in self.seated:
            yield one, self[f"attended_{one.pk}"], self[f"reason_{one.pk}"]

    def attended(self) -> dict[int, bool]:
        """By participation: came or not; who was left empty is not in it."""
        given = {one.pk: self.cleaned_data.get(f"attended_{one.pk}") for one in self.seated}
        return {pk: value == "yes" for pk, value in given.items() if value}

    def reasons(self) -> dict[int, str]:
        """By participation: what was said of an absence."""
        return {one.pk: self.cleaned_data.get(f"reason_{one.pk}", "") for one in self.seated}


class BandSelect(forms.RadioSelect):
    """The bands of a criterion, each with its span in data attributes for the running total."""

    def __init__(self, criterion: Criterion) -> None:
        self.spans = {band.name: band for band in criterion.bands}
        super().__init__()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        band = self.spans[str(value)]
        option["attrs"] |= {"data-low": band.low, "data-high": band.high}
        return option


class EvaluationForm(HouseForm):
    """附表3: for each criterion ``band_<code>``, ``points_<code>`` and ``note_<code>``, in the regulation's order."""

    def __init__(self, *args: Any, rules: EvaluationRules, entries: dict[str, Entry] | None = None, **kwargs: Any) -> None:
        self.rules = rules
        first: dict[str, Any] = {}
        for code, entry in (entries or {}).items():
            first |= {f"band_{code}": entry.band, f"points_{code}": entry.points, f"note_{code}": entry.note}
        super().__init__(*args, initial=first, **kwargs)
        for criterion in rules.criteria:
            self._add(criterion)

    def _add(self, criterion: Criterion) -> None:
        code = criterion.code
        self.fields[f"band_{code}"] = forms.ChoiceField(
            label=criterion.name,
            choices=[(band.name, f"{band.name}（{span(band)}分）") for band in criterion.bands],
            widget=BandSelect(criterion),
            required=False,
        )
        self.fields[f"points_{code}"] = forms.IntegerField(
            label=_("%(name)s得分") % {"name": criterion.name},
            required=False,
            error_messages={"invalid": _("得分只能是整数。")},
            widget=forms.NumberInput(attrs={"min": 0, "max": criterion.maximum, "step": 1, "inputmode": "numeric"}),
        )
        self.fields[f"note_{code}"] = forms.CharField(
            label=_("%(name)s备注") % {"name": criterion.name}, required=False, max_length=LONGEST_NOTE
        )

    def sections(self) -> Iterator[tuple[Section, list[tuple[Criterion, Any, Any, Any]]]]:
        """The sections of the form, each with its criteria and their three fields."""
        for section in self.rules.sections:
            rows = [(one, self[f"band_{one.code}"], self[f"points_{one.code}"], self[f"note_{one.code}"]) for one in section.criteria]
            yield section, rows

    def scores(self) -> dict[str, Entry]:
        """What was entered, by criterion."""
        data = self.cleaned_data
        return {
            one.code: Entry(data.get(f"band_{one.code}") or "", data.get(f"points_{one.code}"), data.get(f"note_{one.code}") or "")
            for one in self.rules.criteria
        }


class ReturnForm(HouseForm):
    """Why a form is sent back to its handler."""

    reason = forms.CharField(label=_("退回的理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), required=False)


class ViolationForm(HouseForm):
    """What an expert did."""

    content = forms.CharField(
        label=_("违规情况"),
        help_text=_("写明时间、事实和依据，至少10个字"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 8}),
        required=False,
    )


class SettlementForm(ActForm):
    """处置违规线索: what the regulation offers for it, and what a suspension or a removal needs besides."""

    outcome = forms.ChoiceField(label=_("处理方式"))
    starts_on = forms.DateField(label=_("暂停起"), required=False, help_text=_("处理方式为暂停的，请填写起止日期"))
    ends_on = forms.DateField(label=_("暂停止（含）"), required=False)
    ground = forms.ChoiceField(label=_("出库情形"), required=False, help_text=_("处理方式为出库的，请选择；由此提出的出库事项另行决定"))
    reason = forms.CharField(label=_("理由"), max_length=2000, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Both are the report's own edition's, under which it is settled.
        edition = of_report(self.obj)
        sanctions = [(one.code, one.name) for one in sanctions_of(edition)]
        listed = edition.exits.grounds if edition.exits else ()
        grounds = [(one.code, f"{one.printed_article} {one.name}") for one in listed]
        self.fields["outcome"].choices = [("", _("请选择")), *sanctions, (DISMISSED, _("查无实据，不予处理"))]  # type: ignore[attr-defined]
        self.fields["ground"].choices = [("", _("不适用")), *grounds]  # type: ignore[attr-defined]
