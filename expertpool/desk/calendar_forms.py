"""The upload of a year."""

from django import forms
from django.utils.translation import gettext_lazy as _

from expertpool.workcalendar.models import WorkYear


class YearUploadForm(forms.Form):
    """Year, notice and table."""

    year = forms.IntegerField(label=_("年份"), min_value=2000, max_value=2100)
    status = forms.ChoiceField(label=_("状态"), choices=WorkYear.Status.choices, help_text=_("国务院办公厅通知已经印发的选“正式”"))
    source_document = forms.CharField(
        label=_("依据文件"),
        max_length=200,
        help_text=_("国务院办公厅关于某年部分节假日安排的通知及文号"),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    file = forms.FileField(
        label=_("日历表"), help_text=_("xlsx或csv，三列：日期、是否工作日、说明；全年每一天，或者只列放假的周一至周五和上班的周末")
    )
