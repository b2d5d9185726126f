"""我的档案: an expert's own record, his standing and his counters; and the way to leave of his own will."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from expertpool import clock
from expertpool.accounts.access import allow
from expertpool.accounts.models import Role
from expertpool.core.forms import HouseForm
from expertpool.refusals import Refused
from expertpool.regulations import Regulation
from expertpool.regulations.schema import ExitGround
from experts.models import Application, ExitCase, Expert, Membership
from experts.services.editions import edition_to_show
from experts.services.exits import grounds_for, raise_exit_case, why_not_raise
from selection.domain.counters import Event, attendance_turn, in_a_row, reply_turn
from selection.models import Invitation, Participation


@dataclass(frozen=True)
class Counter:
    """One figure with its limit and the article that gives it."""

    label: str
    count: int
    limit: int
    article: str
    regulation: str
    reached: str

    @property
    def full(self) -> bool:
        """Whether the limit is reached."""
        return self.count >= self.limit


class LeaveForm(HouseForm):
    """申请退出专家库."""

    reason = forms.CharField(label=_("退出原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))


def _ground(regulation: Regulation, trigger: str) -> ExitGround | None:
    return next(iter(regulation.exits.triggered_by(trigger)), None) if regulation.exits else None


def counters_of(membership: Membership, regulation: Regulation) -> list[Counter]:
    """Participations of this year, missed replies in a row, absences in a row, each with its limit (第十四条, 第七条（五）)."""
    found = []
    cap = regulation.rotation.annual_cap if regulation.rotation else None
    if cap is not None:
        count = Participation.objects.filter(membership=membership).counting_in(clock.today().year).count()  # type: ignore[attr-defined]
        found.append(Counter(_("本年度参与次数"), count, cap.limit, cap.article, regulation.code, _("本年度不再参加抽取")))
    ground = _ground(regulation, "no_reply_in_a_row")
    if ground is not None and ground.limit:
        rows = Invitation.objects.filter(candidate__membership=membership).order_by("sent_at", "pk").values_list("pk", "state")
        count = in_a_row(Event(pk, reply_turn(state)) for pk, state in rows)
        found.append(Counter(_("连续未按时回复邀请"), count, ground.limit, ground.article, regulation.code, _("将提出出库事项")))
    ground = _ground(regulation, "absent_after_accept_in_a_row")
    if ground is not None and ground.limit:
        past = Participation.objects.filter(membership=membership, state=Participation.State.STANDING)
        attendances = past.order_by("request__starts_on", "pk").values_list("pk", "attended")
        count = in_a_row(Event(pk, attendance_turn(attended)) for pk, attended in attendances)
        found.append(Counter(_("连续接受邀请后缺席"), count, ground.limit, ground.article, regulation.code, _("将提出出库事项")))
    return found


@allow(Role.EXPERT)
def profile(request: HttpRequest) -> HttpResponse:
    """His record with its numbers masked, his memberships with fields and counters, his applications."""
    user = request.user
    expert = Expert.objects.filter(user=user.pk).select_related("employer").first()
    today = clock.today()
    standing: list[dict[str, Any]] = []
    memberships = (
        Membership.objects.filter(expert=expert).select_related("pool").prefetch_related("fields", "suspensions") if expert else []
    )
    for membership in memberships:
        regulation = edition_to_show(membership.pool, today)
        active = membership.state == Membership.State.ACTIVE
        leaving = _ground(regulation, "resignation") if regulation else None
        standing.append(
            {
                "membership": membership,
                "regulation": regulation,
                "counters": counters_of(membership, regulation) if regulation and active else [],
                "suspensions": [
                    one
                    for one in membership.suspensions.all()  # type: ignore[attr-defined]
                    if one.lifted_on is None and (one.ends_on is None or one.ends_on >= today)
                ],
                "may_leave": active and leaving is not None and why_not_raise(membership, today) is None,
                "open_cases": membership.exit_cases.filter(state=ExitCase.State.OPEN).count(),  # type: ignore[attr-defined]
            }
        )
    context = {
        "expert": expert,
        "standing": standing,
        "employments": expert.employments.select_related("organisation") if expert else [],  # type: ignore[attr-defined]
        "applications": Application.objects.visible_to(user).select_related("pool", "recommending_unit").order_by("-pk")[:20],  # type: ignore[arg-type]
    }
    return render(request, "selection/profile.html", context)


@allow(Role.EXPERT)
def profile_leave(request: HttpRequest, number: str) -> HttpResponse:
    """Ask to leave the pool, after a warning of what follows (第十条（四）, 第七条（八）)."""
    membership = get_object_or_404(Membership.objects.select_related("pool", "expert"), number=number, expert__user=request.user.pk)
    regulation = edition_to_show(membership.pool, clock.today())
    ground = next((one for one in grounds_for(membership, clock.today()) if one.trigger == "resignation"), None) if regulation else None
    if regulation is None or ground is None:
        raise Http404
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            raise_exit_case(
                membership=membership,
                ground=ground.code,
                reason=form.cleaned_data["reason"],
                source=ExitCase.Source.EXPERT,
                by=request.user,  # type: ignore[arg-type]
            )
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("退出申请已提交，由专家库管理处室办理。"))
            return redirect("profile")
    context = {"form": form, "membership": membership, "ground": ground, "regulation": regulation}
    return render(request, "selection/profile_leave.html", context)
