"""抽取: who watches, what the protocol fixes, who is invited."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.crypto import EncryptedTextField
from expertpool.pools.duties import Actor
from expertpool.pools.models import DecidedUnder, Field, Role
from experts.models import Membership

from .requests import DrawRequest


class Presence(models.Model):
    """到场监督: who watches a request's draw (by duty ``draw.watch``) took his place, and left it again."""

    request = models.ForeignKey(DrawRequest, models.PROTECT, related_name="presences")
    inspector = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("监督人员"))
    joined_at = models.DateTimeField(_("到场时间"), default=clock.now)
    left_at = models.DateTimeField(_("离场时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("到场监督")
        verbose_name_plural = _("到场监督")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "inspector"], condition=Q(left_at__isnull=True), name="present_once")]

    def __str__(self) -> str:
        return str(self.inspector)


class Draw(DecidedUnder):
    """抽取 for one approved request, by protocol zjkdraw/1 (docs/draw-protocol.md)."""

    request = models.OneToOneField(DrawRequest, models.PROTECT, related_name="draw", verbose_name=_("使用申请"))
    number = models.CharField(_("抽取编号"), max_length=24, unique=True)
    alg = models.CharField(_("算法"), max_length=8)
    opened_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发起人"))
    opened_at = models.DateTimeField(_("发起时间"), default=clock.now)

    class Meta:
        verbose_name = _("抽取")
        verbose_name_plural = _("抽取")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class Attempt(models.Model):
    """One numbered attempt of one round: the texts that the protocol fixes, byte for byte."""

    class State(models.TextChoices):
        FROZEN = "frozen", _("已冻结，待监督人员输入")
        DRAWN = "drawn", _("已抽取")
        ABORTED = "aborted", _("已中止")

    draw = models.ForeignKey(Draw, models.PROTECT, related_name="attempts", verbose_name=_("抽取"))
    round = models.PositiveSmallIntegerField(_("轮次"))
    attempt = models.PositiveSmallIntegerField(_("次"))
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.FROZEN)
    # The office's secret, encrypted until it is revealed in result_text.
    secret = EncryptedTextField(blank=True)
    pool_text = models.TextField()
    manifest_text = models.TextField()
    manifest_hash = models.CharField(_("清单校验值 M"), max_length=64)
    result_text = models.TextField(blank=True)
    abort_text = models.TextField(blank=True)
    frozen_at = models.DateTimeField(_("冻结时间"), default=clock.now)
    frozen_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("冻结人"))
    inspector = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("监督人员"))
    share = models.CharField(_("监督人员输入"), max_length=64, blank=True)
    drawn_at = models.DateTimeField(_("抽取时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("抽取轮次")
        verbose_name_plural = _("抽取轮次")
        ordering = ["draw", "round", "attempt"]
        constraints = [models.UniqueConstraint(fields=["draw", "round", "attempt"], name="attempt_number_once")]

    def __str__(self) -> str:
        return f"{self.draw} R{self.round}-{self.attempt}"


class Candidate(models.Model):
    """候选: a place on a drawn list."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="candidates", verbose_name=_("轮次"))
    field = models.ForeignKey(Field, models.PROTECT, related_name="+", verbose_name=_("专业领域"))
    position = models.PositiveSmallIntegerField(_("顺位"))
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="candidacies", verbose_name=_("专家"))
    ticket = models.CharField(_("号签"), max_length=64)

    class Meta:
        verbose_name = _("候选")
        verbose_name_plural = _("候选")
        ordering = ["attempt", "field", "position"]
        constraints = [
            models.UniqueConstraint(fields=["attempt", "field", "position"], name="position_once_a_list"),
            models.UniqueConstraint(fields=["attempt", "membership"], name="candidate_once_a_round"),
        ]

    def __str__(self) -> str:
        return f"{self.field.code} {self.position}"


class ContactLine(models.Model):
    """One line of a round's contacts.txt, with the head of the chain after it; append-only."""

    attempt = models.ForeignKey(Attempt, models.PROTECT, related_name="contact_lines", verbose_name=_("轮次"))
    number = models.PositiveIntegerField(_("行号"))
    candidate = models.ForeignKey(Candidate, models.PROTECT, null=True, blank=True, related_name="outcomes", verbose_name=_("候选"))
    outcome = models.CharField(_("结果"), max_length=12, blank=True)
    reason = models.CharField(_("原因"), max_length=32, blank=True)
    text = models.CharField(max_length=400)
    head = models.CharField(max_length=64)
    at = models.DateTimeField(_("时间"), default=clock.now)

    class Meta:
        verbose_name = _("联系记录")
        verbose_name_plural = _("联系记录")
        ordering = ["attempt", "number"]
        constraints = [models.UniqueConstraint(fields=["attempt", "number"], name="contact_line_once")]

    def __str__(self) -> str:
        return self.text


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Invitations, narrowed."""

    def open(self) -> "InvitationQuerySet":
        """Those that wait for an answer."""
        return self.filter(state=Invitation.State.OPEN)

    def visible_to(self, actor: Actor) -> "InvitationQuerySet":
        """Inside a pool those of its draws, for who contacts or keeps the members; outside one's own, whatever the pool."""
        if actor.pool is None:
            return self.filter(candidate__membership__expert__user=actor.account.pk) if actor.has_role(Role.EXPERT) else self.none()
        draw = "candidate__attempt__draw__"
        seen = actor.rows("contact.run", "contact.record", "members.keep", under=draw, unit=f"{draw}request__department")
        return self.filter(seen, candidate__attempt__draw__request__in=DrawRequest.objects.visible_to(actor))


class Invitation(models.Model):
    """邀请: the offer of one place to one candidate, answered by link before its deadline."""

    class State(models.TextChoices):
        OPEN = "open", _("待回复")
        ACCEPTED = "accepted", _("已接受")
        DECLINED = "declined", _("已谢绝")
        RECUSED = "recused", _("申请回避")
        NO_REPLY = "no_reply", _("逾期未回复")
        UNREACHED = "unreached", _("未能送达")
        WITHDRAWN = "withdrawn", _("接受后退出")
        CANCELLED = "cancelled", _("已撤销")

    candidate = models.OneToOneField(Candidate, models.PROTECT, related_name="invitation", verbose_name=_("候选"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN, db_index=True)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    sent_at = models.DateTimeField(_("发出时间"), default=clock.now)
    deadline = models.DateTimeField(_("回复期限"), db_index=True)
    replied_at = models.DateTimeField(_("回复时间"), null=True, blank=True)
    reason_code = models.CharField(_("原因"), max_length=32, blank=True)
    reason_text = EncryptedTextField(_("说明"), blank=True)
    # Hash of the recusal declaration that the expert confirmed when accepting (第十五条).
    declaration_hash = models.CharField(max_length=64, blank=True)
    wrong_answers = models.PositiveSmallIntegerField(default=0)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("邀请")
        verbose_name_plural = _("邀请")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"邀请 {self.pk}"
