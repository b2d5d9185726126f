"""The form by which an expert answers an invitation."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from expertpool.regulations import Regulation
from expertpool.web.forms import HouseForm
from selection.services.invitations import DECLARATION, Answer, declarable

ASK_MORE = "ask_more"


class ReplyForm(HouseForm):
    """One answer to one invitation. Without ``digits`` for the expert who is signed in; ``accepted``: to take it back."""

    # What the page showed; the template writes it anew, so that a page shown again never keeps an old one.
    seen_state = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput)
    answer = forms.ChoiceField(label=_("您的答复"), widget=forms.RadioSelect, error_messages={"required": _("请选择您的答复。")})
    declares_no_conflict = forms.BooleanField(label=DECLARATION, required=False)
    decline_reason = forms.ChoiceField(label=_("不能参加的原因"), required=False)
    recusal_ground = forms.ChoiceField(label=_("应当回避的情形"), required=False)
    reason_text = forms.CharField(
        label=_("具体情况"), required=False, max_length=300, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("选择“其他”时必填；需要补充资料的，请写明需要什么资料。"),
    )  # fmt: skip
    phone_last4 = forms.RegexField(
        r"^[0-9]{4}$",
        label=_("您的手机号后四位"),
        help_text=_("用来确认是您本人在回复。"),
        error_messages={"invalid": _("请输入手机号的后四位数字。"), "required": _("请输入手机号的后四位数字。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "maxlength": "4", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, regulation: Regulation, digits: bool, accepted: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reasons = regulation.contact.decline_reasons if regulation.contact else ()
        grounds = declarable(regulation)
        asks_more = bool(regulation.contact and regulation.contact.ask_more_article)
        choices = [("decline", _("退出本次活动")), ("recuse", _("申请回避"))] if accepted else [
            ("accept", _("接受邀请")), ("decline", _("不能参加")), ("recuse", _("申请回避")),
            *([(ASK_MORE, _("需要补充资料后再答复"))] if asks_more else []),
        ]  # fmt: skip
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]
        self.fields["decline_reason"].choices = [("", _("请选择")), *((one.code, one.name) for one in reasons)]  # type: ignore[attr-defined]
        self.fields["recusal_ground"].choices = [("", _("请选择")), *((one.reason_code, one.name) for one in grounds)]  # type: ignore[attr-defined]
        if accepted:
            del self.fields["declares_no_conflict"]
        if not reasons:
            del self.fields["decline_reason"]
        if not digits:
            del self.fields["phone_last4"]

    def as_answer(self) -> Answer:
        """What was said, for the service."""
        data = self.cleaned_data
        code = {"decline": data.get("decline_reason", ""), "recuse": data.get("recusal_ground", "")}.get(data["answer"], "")
        return Answer(data["answer"], code, data.get("reason_text", ""), bool(data.get("declares_no_conflict")))
