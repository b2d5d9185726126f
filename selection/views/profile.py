"""我的档案: an expert's own record, his standing and his counters; and the way to leave of his own will."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from expertpool.pools.access import for_roles
from expertpool.pools.duties import names_of, roles_for
from expertpool.pools.editions import edition_to_show
from expertpool.pools.models import Role
from expertpool.refusals import Refused
from expertpool.regulations.acting import acts_on
from expertpool.web.forms import HouseForm
from experts.models import ExitCase, Membership
from experts.services.exits import raise_exit_case
from selection.pages.profile import ProfilePage


class LeaveForm(HouseForm):
    """申请退出专家库."""

    reason = forms.CharField(label=_("退出原因"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}))


@for_roles(Role.EXPERT)
def profile(request: HttpRequest) -> HttpResponse:
    """His record with its numbers masked, his memberships with fields and counters, his applications."""
    return render(request, "selection/profile.html", {"page": ProfilePage.of(request.actor)})  # type: ignore[attr-defined]


@for_roles(Role.EXPERT)
@acts_on("exits.grounds.trigger", "resignation")
@acts_on("exits.decided_name")
@acts_on("rules.practice", "resignation")
def profile_leave(request: HttpRequest, number: str) -> HttpResponse:
    """Ask to leave the pool, after a warning of what follows (第十条（四）, 第七条（八）)."""
    who = request.actor  # type: ignore[attr-defined]
    mine = Membership.objects.filter(expert__user=who.account).select_related("pool", "expert")
    membership = get_object_or_404(mine, number=number)
    edition = edition_to_show(membership.pool, who.on)
    ground = edition.exits.resignation if edition is not None and edition.exits is not None else None
    if edition is None or edition.exits is None or ground is None:
        raise Http404
    decider = edition.exits.decided_name or names_of(roles_for("exits.decide", edition).roles, edition)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            raise_exit_case(
                membership=membership,
                ground=ground.code,
                reason=form.cleaned_data["reason"],
                source=ExitCase.Source.EXPERT,
                by=who.account,
            )
        except Refused as refused:
            form.add_refusals(refused.refusals)
        else:
            messages.success(request, _("退出申请已提交，由%(who)s办理。") % {"who": decider})
            return redirect("profile")
    context = {"form": form, "membership": membership, "ground": ground, "regulation": edition, "decider": decider}
    return render(request, "selection/profile_leave.html", context)
