"""The outbox: every message is a row before it is sent, and stays as its recipient's own copy."""

from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.crypto import EncryptedTextField


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, narrowed."""

    def due_by(self, moment: datetime) -> "MessageQuerySet":
        """Those that wait and should have been sent by ``moment`` (aware)."""
        return self.filter(state=Message.State.PENDING, due_at__lte=moment)

    def readable_by(self, user: User, moment: datetime) -> "MessageQuerySet":
        """Those that ``user`` finds on his page of messages at ``moment`` (aware)."""
        return self.filter(recipient=user, created_at__lte=moment).exclude(state=Message.State.CANCELLED)


class Message(models.Model):
    """One message to one recipient. ``about`` names what it tells of (``invitation:5``)."""

    class State(models.TextChoices):
        PENDING = "pending", _("待发送")
        SENT = "sent", _("已发送")
        FAILED = "failed", _("发送失败")
        CANCELLED = "cancelled", _("已取消")

    kind = models.CharField(_("类别"), max_length=60)
    recipient = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="inbox", verbose_name=_("收件人"))
    # Telephone number or e-mail address; empty: shown in the system only.
    address = EncryptedTextField(_("地址"), blank=True)
    title = models.CharField(_("标题"), max_length=120)
    body = EncryptedTextField(_("正文"))
    # The code of the pool that it tells of; empty for messages of the installation.
    pool = models.CharField(_("专家库"), max_length=16, blank=True, default="")
    about = models.CharField(_("关联对象"), max_length=80, db_index=True)
    idem = models.CharField(_("幂等键"), max_length=120, unique=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(_("生成时间"), default=clock.now)
    due_at = models.DateTimeField(_("应发时间"), default=clock.now)
    attempts = models.PositiveSmallIntegerField(_("已尝试次数"), default=0)
    sent_at = models.DateTimeField(_("发送时间"), null=True)
    gateway = models.CharField(_("渠道"), max_length=20, blank=True)
    # The name of the error, never its text: servers like to repeat the address.
    last_error = models.CharField(_("最近错误"), max_length=80, blank=True)
    read_at = models.DateTimeField(_("阅读时间"), null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        verbose_name_plural = _("消息")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "due_at"], name="message_state_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"
