"""Forms of the steps of a list."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.regulations import Regulation
from expertpool.web.forms import HouseForm


class ListForm(HouseForm):
    """A form on the page of a list; it knows what the page shows."""

    def __init__(self, *args: Any, page: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page


class StepOnlyForm(ListForm):
    """Nothing to fill in: the button says it all."""


class DecisionForm(ListForm):
    """审定: the document where the step needs one, and the day."""

    step = forms.CharField(widget=forms.HiddenInput, required=False)
    decision_document = forms.CharField(label=_("审定文件名称及文号"), max_length=120)
    reason = forms.CharField(label=_("意见"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000)
    on = forms.DateField(label=_("审定日期"), initial=clock.today)

    def __init__(self, *args: Any, page: Any, **kwargs: Any) -> None:
        super().__init__(*args, page=page, **kwargs)
        due = page.due
        self.initial["step"] = due.code if due is not None else ""
        self.fields["decision_document"].required = due is None or "document" in due.needs
        self.fields["reason"].required = due is not None and "reason" in due.needs


class ExemptionForm(ListForm):
    """不予公示."""

    provision = forms.CharField(label=_("不宜公示所依据的规定"), max_length=160, help_text=_("文件名称和条款"))
    reason = forms.CharField(label=_("不宜公示的理由"), widget=forms.Textarea(attrs={"rows": 4}))


class PublicityForm(ListForm):
    """公示: the number of days where the regulation gives a minimum."""

    days = forms.IntegerField(label=_("公示天数"), min_value=1, max_value=60, required=False)

    def __init__(self, *args: Any, page: Any, **kwargs: Any) -> None:
        super().__init__(*args, page=page, **kwargs)
        shape_days(self, page.regulation)


def shape_days(form: Any, regulation: Regulation) -> None:
    """Ask for days only where the regulation gives a minimum."""
    rules = regulation.publicity
    if rules is None or rules.bound == "exact":
        del form.fields["days"]
    else:
        form.fields["days"].initial = rules.days
