"""Acts of the back office: beside an object stand the acts that are possible now, and why the others are not.

An act is a small form page over one service. It holds no rule: ``why_not`` asks the room's predicates, ``do`` calls
the service, and what the service refuses is shown where it belongs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from simple_history.template_utils import HistoricalRecordContextHelper

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.crypto import EncryptedTextField
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import NoEditionInForce
from expertpool.web.forms import HouseForm

HIDDEN = "（加密保存，不显示）"


class ActForm(HouseForm):
    """The form of an act; it knows the object and who acts."""

    def __init__(self, *args: Any, obj: Any, user: User, **kwargs: Any) -> None:
        self.obj = obj
        self.user = user
        super().__init__(*args, **kwargs)


class FilesInput(forms.ClearableFileInput):
    """A file box that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several uploaded files, as a list; their content is judged by the service that takes them."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", FilesInput)
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Any:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given and self.required:
            return super().clean(None, initial)
        one = super().clean
        return [one(upload, None) for upload in given]


@dataclass(frozen=True)
class Act:
    """One act on an object.

    ``why_not(obj, user, day)`` gives the reasons against it (one, many or none), ``do(obj, data, user)`` calls the
    service with the form's cleaned data and returns what to tell the user. ``articles(obj)`` gives (regulation code,
    article, hash of the edition) for the chips. ``consequence`` says what will follow of a grave act. With ``shows`` the returned
    text is put on the page instead (a disclosed value). ``duties``: whoever holds one of them in the pool, under any edition that
    has begun, may be offered the act, and ``why_not`` judges it by the thing's own edition (``roles``: in the back office of
    the installation). ``menu`` False keeps the act out of the object's buttons.
    ``template`` may lay the form out in its own way (block ``fields`` of ``admin/act.html``).
    """

    name: str
    label: Any
    do: Callable[[Any, dict[str, Any], User], Any]
    why_not: Callable[[Any, User, Any], Any] = lambda obj, user, day: None
    form: type[ActForm] = ActForm
    articles: Callable[[Any], Iterable[tuple[str, str, str]]] = field(default=lambda obj: ())
    lead: Any = ""
    consequence: Any = ""
    grave: bool = False
    shows: bool = False
    menu: bool = True
    duties: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    template: str = "admin/act.html"


def as_refusals(given: Refusal | Iterable[Refusal] | None) -> list[Refusal]:
    """One, many or no reasons as a list."""
    if given is None:
        return []
    return [given] if isinstance(given, Refusal) else list(given)


class SealedHistory(HistoricalRecordContextHelper):
    """History rows without what is encrypted at rest."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        if isinstance(self.model._meta.get_field(change.field), EncryptedTextField):
            return HIDDEN
        return super().prepare_delta_change_value(change, value)


class ActMixin:
    """Gives a :class:`expertpool.web.admin.HouseAdmin` its ``acts``; state changes through them alone."""

    acts: list[Act] = []
    change_form_template = "admin/act_change_form.html"
    object_history_list_template = "admin/act_history_list.html"

    def act_facts(self, obj: Any) -> list[tuple[Any, Any]]:
        """Label and value of what the person who acts must see of the object."""
        return []

    def act_steps(self, obj: Any) -> list[Any]:
        """The step bar of the object's life cycle (expertpool.web.steps.Step)."""
        return []

    def act_url(self, obj: Any, name: str) -> str:
        """The address of an act on an object."""
        opts = self.opts  # type: ignore[attr-defined]
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_act", args=[obj.pk, name])

    def get_urls(self) -> list[Any]:
        opts = self.opts  # type: ignore[attr-defined]
        view = self.admin_site.admin_view(self.act_view)  # type: ignore[attr-defined]
        return [
            path("<path:object_id>/acts/<slug:name>/", view, name=f"{opts.app_label}_{opts.model_name}_act"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def get_historical_record_context_helper(self, request: HttpRequest, historical_record: Any) -> HistoricalRecordContextHelper:
        return SealedHistory(self.model, historical_record)  # type: ignore[attr-defined]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context: dict[str, Any] = {}
        obj = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if obj is not None and self.has_view_permission(request, obj):  # type: ignore[attr-defined]
            context["steps"] = self.act_steps(obj)
            context["possible"], context["impossible"] = self._offer(request, obj)
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})  # type: ignore[misc]

    def _offer(self, request: HttpRequest, obj: Any) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        possible, impossible = [], []
        for act in self.acts:
            if not act.menu or not self._offered(request, act):
                continue
            refusals = self._why_not(act, obj, request.user)
            if any(one.code == "duty" for one in refusals) and not self._offered_today(request, act):
                # The door is open for the things of another edition; under this one the act is not his.
                continue
            if refusals:
                impossible.append({"act": act, "refusals": refusals})
            else:
                possible.append({"act": act, "url": self.act_url(obj, act.name)})
        return possible, impossible

    @staticmethod
    def _offered(request: HttpRequest, act: Act) -> bool:
        actor = getattr(request, "actor", None)
        if actor is None:
            return False
        return actor.has_role(*act.roles) if actor.pool is None else any(actor.opens(duty) for duty in act.duties)

    @staticmethod
    def _offered_today(request: HttpRequest, act: Act) -> bool:
        actor = request.actor  # type: ignore[attr-defined]
        return actor.pool is None or any(actor.holds(duty) for duty in act.duties)

    def _why_not(self, act: Act, obj: Any, user: Any) -> list[Refusal]:
        try:
            return as_refusals(act.why_not(obj, user, clock.today()))
        except Refused as refused:
            return list(refused.refusals)
        except NoEditionInForce as missing:
            return [Refusal("no-edition", str(missing))]

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """GET shows the act with the object's facts, POST does it and goes back to the object."""
        act = next((one for one in self.acts if one.name == name), None)
        if act is None:
            raise Http404
        user = request.user
        if not isinstance(user, User) or not self._offered(request, act):
            raise PermissionDenied
        obj = self.get_object(request, unquote(object_id))  # type: ignore[attr-defined]
        if obj is None:
            raise Http404
        shown = ""
        if request.method == "POST":
            form = act.form(request.POST, request.FILES, obj=obj, user=user)
            if form.is_valid():
                try:
                    told = act.do(obj, form.cleaned_data, user)
                except Refused as refused:
                    form.add_refusals(refused.refusals)
                except NoEditionInForce as missing:
                    form.add_refusals([Refusal("no-edition", str(missing))])
                else:
                    if not act.shows:
                        messages.success(request, str(told or act.label))
                        opts = self.opts  # type: ignore[attr-defined]
                        return redirect(f"admin:{opts.app_label}_{opts.model_name}_change", obj.pk)
                    shown = str(told)
            refusals: list[Refusal] = []
        else:
            refusals = self._why_not(act, obj, user)
            form = act.form(obj=obj, user=user)
        context = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": act.label,
            "opts": self.opts,  # type: ignore[attr-defined]
            "original": obj,
            "act": act,
            "form": form,
            "facts": self.act_facts(obj),
            "articles": list(act.articles(obj)),
            "refusals": refusals,
            "shown": shown,
            "media": form.media,
        }
        response = TemplateResponse(request, act.template, context)
        response["Cache-Control"] = "no-store"
        return response
