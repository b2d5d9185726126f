"""Forms of accounts: signing in, one's own password, and the account itself in the back office."""

from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.utils.translation import gettext_lazy as _

from expertpool.accounts.models import User
from expertpool.pools.services.accounts import why_not_change_account, why_not_password
from expertpool.refusals import Refusal
from expertpool.web.forms import HouseFormMixin


class SignInForm(HouseFormMixin, AuthenticationForm):  # type: ignore[misc]
    """账号 and 密码."""

    error_messages = {
        "invalid_login": _("账号或密码不正确。请核对后重新输入（区分大小写）；忘记密码请联系本单位的安全管理员重置。"),
        "inactive": _("该账号已停用。如需恢复，请联系安全管理员。"),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = _("账号")
        self.fields["password"].label = _("密码")


class OwnPasswordForm(HouseFormMixin, PasswordChangeForm):  # type: ignore[misc]
    """The present password and the new one, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["old_password"].label = _("现用密码")
        self.fields["new_password1"].label = _("新密码")
        self.fields["new_password1"].help_text = " ".join(password_validators_help_texts())
        self.fields["new_password2"].label = _("再次输入新密码")
        self.fields["new_password2"].help_text = ""


class AccountForm(forms.ModelForm):
    """An account in the back office. The stored hash is never shown; a new password replaces it."""

    new_password = forms.CharField(
        label=_("设置密码"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("修改账号时留空表示密码不变。至少 12 位；请当面告知本人，并提醒其登录后自行修改。"),
    )

    class Meta:
        model = User
        fields = ["username", "name", "email", "is_active"]

    #: Who fills the form in; the page sets it.
    by: User | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        password = cleaned.get("new_password")
        refusals: list[Refusal] = []
        if self.instance.pk is not None:
            stored = User.objects.get(pk=self.instance.pk)
            if refusal := why_not_change_account(stored, self.by, **cleaned):
                refusals.append(refusal)
        elif not password:
            self.add_error("new_password", _("新账号必须设置密码。"))
        if password:
            draft = User(**{name: cleaned.get(name) or "" for name in ("username", "name", "email")})
            refusals += why_not_password(password, draft)
        for refusal in refusals:
            self.add_error(refusal.field or None, str(refusal))
        return cleaned
