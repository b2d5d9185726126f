"""Signing in and out and changing one's password; Django's own views in our clothes."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from expertpool.desk.forms import OwnPasswordForm, SignInForm
from expertpool.pools.access import public, signed_in
from expertpool.pools.services.accounts import set_password
from expertpool.refusals import Refused


class HousePasswordChangeView(PasswordChangeView):
    """Changes the password of the signed-in account and says so on its first page."""

    form_class = OwnPasswordForm
    template_name = "desk/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        user: Any = self.request.user
        try:
            account = set_password(account=user, password=form.cleaned_data["new_password1"], by=user)
        except Refused as refused:
            form.add_refusals(refused.refusals)  # type: ignore[attr-defined]
            return self.form_invalid(form)
        # This session goes on; the others of the account end.
        update_session_auth_hash(self.request, account)
        messages.success(self.request, _("密码已修改，下次登录请使用新密码。"))
        return redirect(self.get_success_url())


login = public(LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True))
logout = public(LogoutView.as_view())
password_change = signed_in(HousePasswordChangeView.as_view())
