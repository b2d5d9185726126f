"""公示 and 异议."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.crypto import EncryptedTextField
from expertpool.pools.duties import Actor
from expertpool.pools.models import DecidedUnder

from .applications import Application, Batch


class PublicityQuerySet(models.QuerySet["Publicity"]):
    """Publicities, narrowed."""

    def public(self) -> "PublicityQuerySet":
        """Those whose list was shown; one that was left out has no public page."""
        return self.exclude(state=Publicity.State.EXEMPT)

    def visible_to(self, actor: Actor) -> "PublicityQuerySet":
        """Those of the pool in which ``actor`` stands, for who follows its publicity."""
        return self.filter(actor.rows("publicity.read", "objections.record", "objections.decide"), batch__pool=actor.pool)


class Publicity(DecidedUnder):
    """公示: the proposed list shown to the public until the end of ``last_day`` (第六条（四）)."""

    class State(models.TextChoices):
        OPEN = "open", _("公示中")
        ENDED = "ended", _("公示期满")
        EXEMPT = "exempt", _("不予公示")

    batch = models.OneToOneField(Batch, models.PROTECT, related_name="publicity", verbose_name=_("批次"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN, editable=False)
    opened_on = models.DateField(_("公示开始日期"))
    opened_at = models.DateTimeField(_("公示发布时间"), default=clock.now)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发布人"))
    days = models.PositiveSmallIntegerField(_("公示天数"))
    counting = models.CharField(_("计算方式"), max_length=16)
    last_day = models.DateField(_("公示最后一日"))
    provisional = models.BooleanField(_("暂定"), default=False)
    columns = models.JSONField(_("公示栏目"), default=list)
    exemption_provision = models.CharField(_("不宜公示所依规定"), max_length=160, blank=True)
    exemption_reason = models.TextField(_("不宜公示的理由"), blank=True)
    ended_at = models.DateTimeField(_("期满登记时间"), null=True, blank=True)

    history = HistoricalRecords()
    objects = PublicityQuerySet.as_manager()

    class Meta:
        verbose_name = _("公示")
        verbose_name_plural = _("公示")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.batch.number} 公示"


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Objections, narrowed."""

    def visible_to(self, actor: Actor) -> "ObjectionQuerySet":
        """Those of the pool in which ``actor`` stands, for who enters or judges them there."""
        seen = actor.rows("objections.record", "objections.decide", under="publicity__")
        return self.filter(seen, publicity__batch__pool=actor.pool)


class Objection(models.Model):
    """异议: against one person of a publicity; while it is open, that person is not admitted."""

    class State(models.TextChoices):
        OPEN = "open", _("核实中")
        UPHELD = "upheld", _("异议成立")
        DISMISSED = "dismissed", _("异议不成立")

    publicity = models.ForeignKey(Publicity, models.PROTECT, related_name="objections", verbose_name=_("公示"))
    application = models.ForeignKey(Application, models.PROTECT, related_name="objections", verbose_name=_("被异议人的申请"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN, editable=False)
    objector = EncryptedTextField(_("异议人"))
    contact = EncryptedTextField(_("联系方式"), blank=True)
    content = EncryptedTextField(_("异议内容"))
    received_at = models.DateTimeField(_("收到时间"), default=clock.now)
    late = models.BooleanField(_("公示期后收到（作为线索）"), default=False, editable=False)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"), editable=False)
    conclusion = EncryptedTextField(_("核实结论"), blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("核实人"), editable=False)
    decided_at = models.DateTimeField(_("核实时间"), null=True, blank=True, editable=False)

    history = HistoricalRecords()
    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("异议")
        verbose_name_plural = _("异议")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"异议 {self.pk}"
