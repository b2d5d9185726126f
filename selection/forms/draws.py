"""The forms of the draw page."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expertpool.pools.models import Field
from expertpool.web.forms import HouseForm
from selection.domain.protocol import SHARE_MAX, SHARE_MIN, why_not_share
from selection.domain.reasons import ABORT_REASONS, GIVE_UP_REASONS

ALGORITHM_NAMES = {"sm3": _("SM3（国密，GB/T 32905）"), "sha256": _("SHA-256")}


class FreezeForm(HouseForm):
    """冻结名单: which digest the draw's files use."""

    alg = forms.ChoiceField(
        label=_("校验算法"),
        choices=list(ALGORITHM_NAMES.items()),
        help_text=_("首次冻结时选定，之后各轮次沿用。没有特别要求的，用 SM3。"),
    )


class OfAnAttempt(HouseForm):
    """An act on one frozen list: the form carries the M that its page showed, so that it never reaches another one."""

    manifest = forms.CharField(widget=forms.HiddenInput, error_messages={"required": _("页面已过期，请刷新后重新办理。")})


class ShareForm(OfAnAttempt):
    """监督份额: what the inspector adds to the draw; taken exactly as typed."""

    share = forms.CharField(
        label=_("监督份额"),
        # One more than allowed, so that a share that is too long is refused in words instead of being cut.
        max_length=SHARE_MAX + 200,
        strip=False,
        help_text=_("%(least)d至%(most)d位数字或小写字母，例如现场连续掷骰子的点数。请勿使用事先商定的内容。")
        % {"least": SHARE_MIN, "most": SHARE_MAX},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "off", "spellcheck": "false", "class": "share"}),
    )
    took_manifest = forms.BooleanField(
        label=_("我已下载、打印或抄录清单校验值，可以带离现场"),
        error_messages={"required": _("请先带走清单校验值，再输入监督份额。")},
    )

    def clean_share(self) -> str:
        """The share, or why it cannot be one; the service asks the same again."""
        share: str = self.cleaned_data["share"]
        wrong = why_not_share(share)
        if wrong:
            raise forms.ValidationError(wrong)
        return share


class WaiverForm(HouseForm):
    """补充抽取的抽取比例豁免."""

    field = forms.ModelChoiceField(Field.objects.none(), label=_("专业领域"), empty_label=_("请选择"))
    reason = forms.CharField(label=_("理由"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, fields: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["field"].queryset = fields  # type: ignore[attr-defined]


class AbortForm(OfAnAttempt):
    """中止本次抽取."""

    reason = forms.ChoiceField(label=_("中止原因"), choices=[("", _("请选择")), *ABORT_REASONS.items()])


class GiveUpForm(HouseForm):
    """终止抽取，取消使用申请."""

    reason_code = forms.ChoiceField(label=_("终止原因"), choices=[("", _("请选择")), *GIVE_UP_REASONS.items()])
    reason = forms.CharField(
        label=_("说明"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("告知提出申请的单位。选择“其他原因”时必填。"),
    )


class UnreachedForm(HouseForm):
    """登记未能送达."""

    reason = forms.CharField(label=_("未能送达的情况"), max_length=200, help_text=_("例如：手机号为空号，邮件被退回。"))
