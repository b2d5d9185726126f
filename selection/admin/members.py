"""Members, exit cases and suspensions (experts.admin), with what gives up seats."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.pools.editions import edition_to_show
from expertpool.web.acts import Act
from experts.admin.exits import ExitCaseAdmin, SuspensionAdmin, case_articles
from experts.admin.forms import ReasonForm
from experts.admin.members import MembershipAdmin
from experts.admin.standing_forms import SuspensionForm
from experts.models import ExitCase, Membership, Suspension
from experts.services import exits, suspensions
from selection.services import leaving


def _suspend(obj: Membership, data: dict[str, Any], user: Any) -> str:
    leaving.suspend_member(membership=obj, starts_on=data["starts_on"], ends_on=data["ends_on"], reason=data["reason"], by=user)
    return str(_("暂停已登记，暂停期间不参加抽取；期间已接受的名额已让出。"))


def _sanction_articles(obj: Membership) -> list[tuple[str, str, str]]:
    edition = edition_to_show(obj.pool, clock.today())
    article = suspensions.suspension_article(edition) if edition else ""
    return [(edition.code, article, edition.file_hash)] if edition and article else []


@admin.register(Membership)
class SeatedMembershipAdmin(MembershipAdmin):
    """在库专家, with the suspension that also gives up seats."""

    acts = [
        *MembershipAdmin.acts,
        Act(
            "suspend",
            _("暂停参与评审活动"),
            _suspend,
            lambda o, u, d: suspensions.why_not_suspend(o, d, u),
            SuspensionForm,
            _sanction_articles,
            consequence=_("暂停期间不参加抽取；活动日期在暂停期间的已接受名额立即让出，由候补递补。"),
            grave=True,
            duties=(suspensions.DUTY,),
        ),
    ]


def _exit(obj: ExitCase, data: dict[str, Any], user: Any) -> str:
    case = leaving.exit_member(case=obj, reason=data["reason"], by=user)
    return f"{case.membership.number}已出库，已接受的名额已让出。"


@admin.register(ExitCase)
class SeatedExitCaseAdmin(ExitCaseAdmin):
    """出库事项, with the decision that also gives up seats."""

    acts = [
        Act(
            "exit",
            _("决定出库"),
            _exit,
            lambda o, u, d: exits.why_not_decide_exit(o, exit=True, by=u),
            ReasonForm,
            case_articles,
            consequence=_("出库后不再参加抽取，已接受的名额立即让出，由候补递补；规定有重新入库限制的同时生效。档案保留，不删除。"),
            grave=True,
            duties=(exits.DECIDE,),
        ),
        *ExitCaseAdmin.acts,
    ]


admin.site.register(Suspension, SuspensionAdmin)
