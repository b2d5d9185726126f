"""出库事项 and the bans that follow from them."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.duties import Actor
from expertpool.pools.models import DecidedUnder, Pool, Role

from .standing import Membership


class ExitCaseQuerySet(models.QuerySet["ExitCase"]):
    """Exit cases, narrowed."""

    def visible_to(self, actor: Actor) -> "ExitCaseQuerySet":
        """In a pool: all of them for who looks members up or decides, one's own for who raises; outside: those about oneself."""
        if actor.pool is None:
            return self.filter(membership__expert__user=actor.account.pk) if actor.has_role(Role.EXPERT) else self.none()
        raised = actor.rows("exits.raise", "violations.settle") & Q(raised_by=actor.account)
        return self.filter(actor.rows("members.read") | raised, membership__pool=actor.pool)


class ExitCase(DecidedUnder):
    """出库事项: somebody or the system says that a membership should end; whom the edition names decides (第七条)."""

    class State(models.TextChoices):
        OPEN = "open", _("待决定")
        EXITED = "exited", _("决定出库")
        DISMISSED = "dismissed", _("不予出库")

    class Source(models.TextChoices):
        # Whoever holds the duty to raise one, whatever his role.
        OFFICE = "office", _("依职责提出")
        EXPERT = "expert", _("专家本人申请")
        EMPLOYER = "employer", _("所在单位告知")
        SYSTEM = "system", _("系统依规定提出")

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="exit_cases", verbose_name=_("在库专家"))
    ground = models.CharField(_("出库情形"), max_length=40)
    article = models.CharField(_("条款"), max_length=40, editable=False)
    source = models.CharField(_("来源"), max_length=12, choices=Source.choices, default=Source.OFFICE, editable=False)
    reason = models.TextField(_("事实与理由"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN, editable=False, db_index=True)
    raised_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人"), editable=False)
    raised_at = models.DateTimeField(_("提出时间"), default=clock.now, editable=False)
    raised_on = models.DateField(_("发生日期"))
    # What made the system raise the case, so that the same fact raises it once only.
    trigger_key = models.CharField(max_length=80, null=True, blank=True, unique=True, editable=False)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人"), editable=False)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True, editable=False)
    decision_reason = models.TextField(_("决定理由"), blank=True, editable=False)

    history = HistoricalRecords()
    objects = ExitCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("出库事项")
        verbose_name_plural = _("出库事项")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"出库事项 {self.pk}"


class ReentryBan(models.Model):
    """重新入库限制: keyed on the person's identity, so that it outlives changes of the record."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="bans", verbose_name=_("专家库"))
    id_digest = models.CharField(max_length=64, db_index=True, editable=False)
    exit_case = models.OneToOneField(ExitCase, models.PROTECT, related_name="ban", verbose_name=_("出库事项"))
    article = models.CharField(_("条款"), max_length=40)
    until = models.DateField(_("限制至（空为终身）"), null=True, blank=True)

    class Meta:
        verbose_name = _("重新入库限制")
        verbose_name_plural = _("重新入库限制")

    def __str__(self) -> str:
        return str(self.until or "终身")
