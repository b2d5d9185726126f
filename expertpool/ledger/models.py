"""The append-only chain of events (留痕). Rows are written by ``ledger.services.record`` and by nothing else."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

GENESIS = "0" * 64


class LedgerEvent(models.Model):
    """One event. ``body`` is the exact text that is hashed; the other columns repeat parts of it for searching.

    ``leaf`` = SHA-256(00‖body), ``chain`` = SHA-256(02‖prev‖leaf), both in hex. Triggers of the database refuse
    UPDATE and DELETE (expertpool/ledger/triggers.py).
    """

    # The primary key is SQLite's own row number: there is no second, hidden number by which a row could be replaced.
    seq = models.BigAutoField(_("序号"), primary_key=True)
    kind = models.CharField(_("事项"), max_length=60)
    subject = models.CharField(_("对象"), max_length=80)
    subject_seq = models.PositiveIntegerField(_("对象内序号"))
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("操作人"))
    at = models.DateTimeField(_("时间"))
    body = models.TextField(_("内容"))
    leaf = models.CharField(_("内容摘要"), max_length=64)
    prev = models.CharField(_("前一链值"), max_length=64, unique=True)
    chain = models.CharField(_("链值"), max_length=64, unique=True)
    # The code of the pool that the event belongs to; empty for what belongs to the installation or to several pools.
    pool = models.CharField(_("专家库"), max_length=16, blank=True, default="", db_index=True)
    idem = models.CharField(_("幂等键"), max_length=120, null=True, unique=True)

    class Meta:
        db_table = "ledger_event"
        verbose_name = _("留痕")
        verbose_name_plural = _("留痕")
        ordering = ["-seq"]
        constraints = [models.UniqueConstraint(fields=["subject", "subject_seq"], name="ledger_event_subject_seq")]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind} {self.subject}"


class LedgerHead(models.Model):
    """The one row that every append locks: number and chain value of the last event."""

    seq = models.PositiveBigIntegerField(default=0)
    chain = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        db_table = "ledger_head"
        verbose_name = _("链头")
        verbose_name_plural = _("链头")

    def __str__(self) -> str:
        return f"{self.seq} {self.chain}"
