"""The filing side: who opens applications on which channel, for which unit, and who may change a file."""

from django.db.models import Q, QuerySet

from expertpool.accounts.models import Organisation
from expertpool.pools.duties import Actor, names_of
from expertpool.pools.models import FOR_A_UNIT, Assignment, Pool, RecommendingUnit, Role
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Channel
from experts.domain.chain import RECOMMENDS, recommending_roles
from experts.models import Application
from experts.services import chain

State = Application.State
FILE = "applications.file"


@acts_on("intake")
@acts_on("intake.channels")
@acts_on("intake.channels.by")
def channels_open_to(regulation: Regulation, who: Actor) -> tuple[Channel, ...]:
    """The channels on which ``who`` opens applications."""
    return tuple(channel for channel in regulation.intake.channels if channel.by in who.roles)


def channels_for_others(regulation: Regulation, who: Actor) -> tuple[Channel, ...]:
    """Those of them on which he opens them for others, as a list does."""
    return tuple(channel for channel in channels_open_to(regulation, who) if channel.by != Role.EXPERT)


def why_not_file_several(who: Actor, regulation: Regulation) -> Refusal | None:
    """The reason why ``who`` opens no list of applications, or None: a list is filed for others."""
    if refusal := who.why_not(FILE, edition=regulation):
        return refusal
    if channels_for_others(regulation, who):
        return None
    return Refusal.under(regulation, "for_himself", "批量导入供为他人填报的单位使用，本人申请请在线填写。", regulation.intake.article)


def units_that_file(channel: Channel, who: Actor) -> frozenset[int]:
    """The units (primary keys) for which ``who`` files on a channel; none where he files for himself or for the pool's keeper."""
    return who.organisations(channel.by) if channel.by in FOR_A_UNIT else frozenset()


def recommending_units(pool: Pool, regulation: Regulation, who: Actor) -> QuerySet[Organisation]:
    """The units that an application of this pool may name as its recommending unit: listed in the pool, or acting in it as one."""
    roles = {RECOMMENDS}.union(*(recommending_roles(regulation, channel) for channel in regulation.intake.channels))
    acting = Assignment.objects.standing_on(who.on).filter(pool=pool, role__in=roles).values("organisation")
    listed = RecommendingUnit.objects.filter(pool=pool, in_use=True).values("organisation")
    return Organisation.objects.filter(Q(pk__in=listed) | Q(pk__in=acting))


def files_for(application: Application, who: Actor) -> bool:
    """Whether ``who`` is on the side that filed the application: the filer, or his colleagues in the unit that opened it."""
    if application.filed_by_id == who.account.pk:
        return True
    edition = chain.edition_to_read(application)
    by = next((channel.by for channel in edition.intake.channels if channel.code == application.channel), "")
    return application.filed_for_id is not None and application.filed_for_id in who.organisations(by)


def completes(application: Application, who: Actor) -> bool:
    """Whether ``who`` is the applicant, whose step it is to complete the file and to agree."""
    step = chain.due_step(application, chain.edition_to_read(application))
    return step is not None and step.kind == "consent" and application.applicant_id == who.account.pk


def why_not_edit(application: Application, who: Actor) -> Refusal | None:
    """The reason why ``who`` may not change the file now, or None."""
    edition = chain.edition_for(application, who.on)
    if completes(application, who):
        step = chain.due_step(application, edition)
        assert step is not None
        return chain.why_not_step(application, step, who, edition)
    if not files_for(application, who):
        return Refusal("not_filer", "只有填报单位或填报人可以修改这份申请。")
    if refusal := why_not_file(application, who, edition):
        return refusal
    if application.state not in chain.NOT_SENT:
        label = application.get_state_display()
        return Refusal("state", f"申请已提交，目前为“{label}”，不能修改。如确需修改，请与当前办理单位联系退回补正。")
    return None


def why_not_file(application: Application, who: Actor, edition: Regulation) -> Refusal | None:
    """The reason why ``who`` does not file (any more) on the application's channel, or None."""
    channel = chain.channel_of(application, edition)
    if channel.by in who.roles:
        return None
    if refusal := who.why_not(FILE, edition=edition):
        return refusal
    by = names_of((channel.by,), edition)
    return Refusal.under(edition, "channel", f"这一入库方式由{by}填报，不能由您的账号填报。", edition.intake.article, field="channel")
