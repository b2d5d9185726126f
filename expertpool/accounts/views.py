"""Signing in and out and changing one's password; Django's own views in our clothes."""

from django.contrib import messages
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.http import HttpResponse
from django.urls import reverse_lazy
from django.utils.translation import gettext as _

from .access import public, signed_in
from .forms import OwnPasswordForm, SignInForm


class HousePasswordChangeView(PasswordChangeView):
    """Changes the password of the signed-in account and says so on its first page."""

    form_class = OwnPasswordForm
    template_name = "core/password_change.html"
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        response = super().form_valid(form)
        messages.success(self.request, _("密码已修改，下次登录请使用新密码。"))
        return response


login = public(LoginView.as_view(authentication_form=SignInForm, redirect_authenticated_user=True))
logout = public(LogoutView.as_view())
password_change = signed_in(HousePasswordChangeView.as_view())
