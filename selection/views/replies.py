"""Answering invitations: the public page of a link, and the pages of the expert who is signed in."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from expertpool import clock
from expertpool.pools.access import for_roles, public
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Role
from expertpool.refusals import Refused
from expertpool.regulations import Regulation
from expertpool.web.paging import page_of
from selection.forms.replies import ASK_MORE, ReplyForm
from selection.models import Invitation, Participation
from selection.services import invitations

THANKS = {
    Invitation.State.ACCEPTED: _("已登记：您接受了邀请。专家确定后将另行通知您是正选还是候补。"),
    Invitation.State.DECLINED: _("已登记：您不能参加。感谢您的答复。"),
    Invitation.State.RECUSED: _("已登记：您申请回避。感谢您的声明。"),
    Invitation.State.WITHDRAWN: _("已登记：您退出了本次活动。"),
}


@public
@never_cache
@require_http_methods(["GET", "POST"])
def reply(request: HttpRequest, token: str) -> HttpResponse:
    """The page behind a reply link (第十三条（三）). GET changes nothing."""
    invitation = invitations.open_invitation(token)
    if invitation is None:
        return render(request, "selection/reply_unknown.html", status=404)
    if _told_stale(request, invitation):
        return redirect("reply", token=token)
    regulation = _edition(invitation)
    form = _form(request, invitation, regulation, digits=True)
    if request.method == "POST" and form.is_valid():
        answer = form.as_answer()
        digits = form.cleaned_data["phone_last4"]
        try:
            if answer.answer == ASK_MORE:
                known = invitations.check_digits(token=token, phone_last4=digits)
                invitations.ask_more(invitation=known, text=answer.reason_text)
                messages.success(request, _("已将您的请求转给提出申请的单位。请仍在回复期限前答复是否参加。"))
            else:
                answered = invitations.reply(
                    token=token,
                    phone_last4=digits,
                    answer=answer.answer,
                    reason_code=answer.reason_code,
                    reason_text=answer.reason_text,
                    declares_no_conflict=answer.declares_no_conflict,
                    expected_state=form.cleaned_data["seen_state"],
                )
                messages.success(request, str(THANKS.get(Invitation.State(answered.state), _("已登记您的答复。"))))
        except Refused as refused:
            form.add_refusals(refused.refusals)
            invitation = invitations.open_invitation(token) or invitation
        else:
            return redirect("reply", token=token)
    return render(request, "selection/reply.html", _context(invitation, form, regulation) | {"crumb": False})


@for_roles(Role.EXPERT)
def my_invitations(request: HttpRequest) -> HttpResponse:
    """我的邀请: everything that an expert was ever invited to, the newest first."""
    rows = (
        Invitation.objects.visible_to(request.actor)  # type: ignore[attr-defined]
        .select_related("candidate__attempt__draw__request__pool", "candidate__field", "candidate__participation")
        .order_by("-sent_at", "-pk")
    )
    return render(request, "selection/invitations.html", {"page": page_of(request, rows), "now": clock.now()})


@for_roles(Role.EXPERT)
@require_http_methods(["GET", "POST"])
def my_invitation(request: HttpRequest, pk: int) -> HttpResponse:
    """One invitation of the expert who is signed in; his account stands for the digits of the link."""
    mine = Invitation.objects.visible_to(request.actor).select_related(  # type: ignore[attr-defined]
        "candidate__attempt__draw__request__pool", "candidate__field", "candidate__membership__expert", "candidate__participation"
    )
    invitation = get_object_or_404(mine, pk=pk)
    if _told_stale(request, invitation):
        return redirect("my_invitation", pk=pk)
    regulation = _edition(invitation)
    form = _form(request, invitation, regulation, digits=False)
    if request.method == "POST" and form.is_valid():
        answer = form.as_answer()
        try:
            if answer.answer == ASK_MORE:
                invitations.ask_more(invitation=invitation, text=answer.reason_text, by=request.user)  # type: ignore[arg-type]
                messages.success(request, _("已将您的请求转给提出申请的单位。请仍在回复期限前答复是否参加。"))
            else:
                answered = invitations.reply_signed_in(
                    invitation=invitation,
                    by=request.user,  # type: ignore[arg-type]
                    answer=answer,
                    expected_state=form.cleaned_data["seen_state"],
                )
                messages.success(request, str(THANKS.get(Invitation.State(answered.state), _("已登记您的答复。"))))
        except Refused as refused:
            form.add_refusals(refused.refusals)
            invitation = get_object_or_404(mine, pk=pk)
        else:
            return redirect("my_invitation", pk=pk)
    return render(request, "selection/reply.html", _context(invitation, form, regulation) | {"crumb": True})


def _told_stale(request: HttpRequest, invitation: Invitation) -> bool:
    """Say it and show the present page when the form stood on one that was opened before the acceptance."""
    if request.method != "POST":
        return False
    refusal = invitations.why_not_as_seen(invitation=invitation, expected_state=request.POST.get("seen_state", ""))
    if refusal:
        messages.warning(request, str(refusal.message))
    return refusal is not None


def _edition(invitation: Invitation) -> Regulation:
    """The edition that the draw was decided under."""
    draw = invitation.candidate.attempt.draw
    return edition_of(draw, draw.request.pool)


def _form(request: HttpRequest, invitation: Invitation, regulation: Regulation, *, digits: bool) -> ReplyForm:
    accepted = invitation.state == Invitation.State.ACCEPTED
    return ReplyForm(request.POST or None, regulation=regulation, digits=digits, accepted=accepted)


def _context(invitation: Invitation, form: ReplyForm, regulation: Regulation) -> dict[str, Any]:
    activity = invitation.candidate.attempt.draw.request
    participation = getattr(invitation.candidate, "participation", None)
    standing = isinstance(participation, Participation) and participation.state == Participation.State.STANDING
    late = invitation.state == Invitation.State.OPEN and clock.now() >= invitation.deadline
    can_take_back = participation is not None and standing and invitations.why_not_withdraw(participation=participation) is None
    return {
        "invitation": invitation,
        "activity": activity,
        "regulation": regulation,
        "contact": regulation.contact,
        "contact_body": invitations.who_contacts(regulation),
        "grounds": invitations.declarable(regulation),
        "form": form,
        "late": late,
        "locked": invitations.why_locked(invitation, regulation),
        "answerable": (invitation.state == Invitation.State.OPEN and not late) or can_take_back,
        "can_take_back": can_take_back,
        "standing": standing,
        "participation": participation,
    }
