"""在库资格: memberships, suspensions, marks, notices, and what was disclosed of a person."""

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.duties import Actor
from expertpool.pools.models import DecidedUnder, Field, Pool, Role

from .applications import Application
from .people import Expert


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, narrowed."""

    def active(self) -> "MembershipQuerySet":
        """Those that have not exited."""
        return self.filter(state=Membership.State.ACTIVE)

    def visible_to(self, actor: Actor) -> "MembershipQuerySet":
        """In a pool: its members, for who may look them up; outside: one's own standing in every pool."""
        if actor.pool is None:
            return self.filter(expert__user=actor.account.pk) if actor.has_role(Role.EXPERT) else self.none()
        return self.filter(pool=actor.pool) if actor.holds("members.read") else self.none()


class Membership(DecidedUnder):
    """在库资格: an expert's standing in one pool."""

    class State(models.TextChoices):
        ACTIVE = "active", _("在库")
        EXITED = "exited", _("已出库")

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="memberships", verbose_name=_("专家库"))
    expert = models.ForeignKey(Expert, models.PROTECT, related_name="memberships", verbose_name=_("专家"))
    number = models.CharField(_("专家编号"), max_length=24, unique=True)
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.ACTIVE, editable=False, db_index=True)
    fields = models.ManyToManyField(Field, related_name="memberships", verbose_name=_("申报方向"))
    application = models.OneToOneField(
        Application, models.PROTECT, null=True, blank=True, related_name="membership", verbose_name=_("入库申请")
    )
    admitted_on = models.DateField(_("入库日期"))
    term_ends_on = models.DateField(_("聘期截止"), null=True, blank=True)
    confirmed_on = models.DateField(_("最近确认信息日期"), null=True, blank=True)
    frozen_since = models.DateField(_("冻结日期"), null=True, blank=True)
    # Whoever entered or changed what decides about eligibility after a request was approved is out of its draw.
    decisive_changed_at = models.DateTimeField(_("关键信息最近变更时间"), null=True, blank=True, editable=False)
    exited_on = models.DateField(_("出库日期"), null=True, blank=True, editable=False)

    history = HistoricalRecords(m2m_fields=[fields])
    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("在库专家")
        verbose_name_plural = _("在库专家")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["pool", "expert"], condition=Q(state="active"), name="one_active_membership_a_pool")]

    def __str__(self) -> str:
        return f"{self.number} {self.expert.name}"


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    """Suspensions, narrowed."""

    def covering(self, first: date, last: date) -> "SuspensionQuerySet":
        """Those that cover at least one day from ``first`` to ``last``, both included."""
        return self.filter(starts_on__lte=last, lifted_on__isnull=True).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first))


class Suspension(DecidedUnder):
    """暂停参与评审活动, from a day to a day (第十九条（一））."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="suspensions", verbose_name=_("在库专家"))
    starts_on = models.DateField(_("暂停起"))
    ends_on = models.DateField(_("暂停止（含）"), null=True, blank=True)
    reason = models.TextField(_("理由"))
    article = models.CharField(_("条款"), max_length=40, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("办理人"), editable=False)
    at = models.DateTimeField(_("办理时间"), default=clock.now, editable=False)
    lifted_on = models.DateField(_("提前解除日期"), null=True, blank=True, editable=False)
    lift_reason = models.TextField(_("解除理由"), blank=True, editable=False)
    ended_noted = models.BooleanField(_("期满已登记"), default=False, editable=False)

    history = HistoricalRecords()
    objects = SuspensionQuerySet.as_manager()

    class Meta:
        verbose_name = _("暂停")
        verbose_name_plural = _("暂停")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.starts_on}—{self.ends_on or ''}"


class MarkQuerySet(models.QuerySet["Mark"]):
    """Marks, narrowed."""

    def of_person(self, pool: Pool, id_digest: str) -> "MarkQuerySet":
        """Those of a person in ``pool``, whichever of his memberships and applications there bears them."""
        if not id_digest:
            return self.none()
        return self.filter(
            Q(membership__pool=pool, membership__expert__id_digest=id_digest) | Q(application__pool=pool, application__id_digest=id_digest)
        )

    def holding_on(self, day: date) -> "MarkQuerySet":
        """Those whose days include the Beijing day ``day``."""
        return self.filter(starts_on__lte=day).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))

    def in_pool(self, pool: Pool) -> "MarkQuerySet":
        """Those that were set in ``pool``."""
        return self.filter(Q(membership__pool=pool) | Q(application__pool=pool))


class Mark(models.Model):
    """专家标识: a fact about a member or an applicant, with its source and its days, that conditions, draws and exits read.

    Written down by the room that knows it (an evaluation's grade), or by who keeps the pool from a document. A mark that was
    set on an application goes with the person into his membership.
    """

    membership = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="marks", verbose_name=_("在库专家"), editable=False
    )
    application = models.ForeignKey(
        Application, models.PROTECT, null=True, blank=True, related_name="marks", verbose_name=_("入库申请"), editable=False
    )
    kind = models.CharField(_("标识"), max_length=40)
    value = models.CharField(_("内容"), max_length=80, blank=True)
    source = models.CharField(_("来源"), max_length=80)
    starts_on = models.DateField(_("起"), default=clock.today)
    ends_on = models.DateField(_("止（含）"), null=True, blank=True)
    set_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("设置人"), editable=False)
    set_at = models.DateTimeField(_("设置时间"), default=clock.now)

    history = HistoricalRecords()
    objects = MarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("专家标识")
        verbose_name_plural = _("专家标识")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["membership", "kind", "source"], name="mark_once_a_source"),
            models.UniqueConstraint(
                fields=["application", "kind", "source"], condition=Q(membership__isnull=True), name="mark_once_a_source_of_applicant"
            ),
            models.CheckConstraint(condition=Q(membership__isnull=False) | Q(application__isnull=False), name="mark_is_somebodys"),
        ]

    def __str__(self) -> str:
        return self.kind

    @property
    def pool(self) -> Pool:
        """The pool in which it counts."""
        holder = self.membership or self.application
        assert holder is not None
        return holder.pool


class Notice(models.Model):
    """A warning given once about a membership (turning 70, a suspension that ends), so that a sweep may run twice."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=40)
    day = models.DateField()
    given_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name = _("提醒")
        verbose_name_plural = _("提醒")
        constraints = [models.UniqueConstraint(fields=["membership", "kind", "day"], name="notice_given_once")]

    def __str__(self) -> str:
        return self.kind


class Disclosure(models.Model):
    """A masked value that somebody had shown to him, with his reason."""

    # Empty for rows from before pools had walls, where it cannot be told any more.
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, related_name="+", verbose_name=_("专家库"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("查看人"))
    at = models.DateTimeField(_("查看时间"), default=clock.now)
    subject = models.CharField(_("对象"), max_length=60)
    field_name = models.CharField(_("内容"), max_length=20)
    reason = models.CharField(_("事由"), max_length=200)

    class Meta:
        verbose_name = _("个人信息查看记录")
        verbose_name_plural = _("个人信息查看记录")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.subject
