"""履职评价: who scored how, and what was reported."""

from datetime import date, datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.crypto import EncryptedTextField
from expertpool.pools.duties import DUTIES, EVERYTHING, NOTHING, Actor, Reach, decided_under, looks_at
from expertpool.pools.models import DecidedUnder, Role
from expertpool.regulations import Regulation
from selection.models import Participation

#: Whoever holds one of these reads every evaluation of the pool; who only scores reads those of his own unit's activities.
READS_ALL = tuple(duty for duty in DUTIES["evaluation.read"].any_of if duty != "evaluation.score")


#: The way from an evaluation or a report to the unit whose activity it is of.
UNIT = "participation__request__department"


def _reads_whole(actor: Actor, edition: Regulation) -> bool:
    return any(actor.reach(duty, edition) is None for duty in READS_ALL)


def reads_all(actor: Actor, edition: Regulation) -> bool:
    """Whether ``actor`` reads, of what was decided under ``edition``, the whole pool's, whoever used the experts, and after it is archived.

    By the day's edition or by that one, as :func:`expertpool.pools.duties.looks_at` says.
    """
    return _reads_whole(actor, actor.edition) or _reads_whole(actor, edition)


def read_whole(actor: Actor) -> Q:
    """The evaluations of which :func:`reads_all` says yes."""

    def reach(edition: Regulation) -> Reach:
        return None if _reads_whole(actor, edition) else frozenset()

    return looks_at(actor, reach, lambda units: EVERYTHING if units is None else NOTHING, decided_under)


def reads_reports(actor: Actor, edition: Regulation) -> bool:
    """Whether ``actor`` is told what was reported of an activity that follows ``edition``: he reads all, or settles."""
    return reads_all(actor, edition) or any(actor.holds("violations.settle", edition=one) for one in (actor.edition, edition))


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    """Evaluations, narrowed."""

    def visible_to(self, actor: Actor) -> "EvaluationQuerySet":
        """Those that ``actor`` may open: in a pool by his duties there, outside what an expert received, whatever the pool."""
        if actor.pool is None:
            if not actor.has_role(Role.EXPERT):
                return self.none()
            return self.filter(participation__membership__expert__user=actor.account, state=Evaluation.State.SUBMITTED)
        rows = self.filter(participation__request__pool=actor.pool)
        return rows.filter(actor.rows("evaluation.read", unit=UNIT))

    def open(self) -> "EvaluationQuerySet":
        """Those that still lack a signature."""
        return self.filter(state__in=[Evaluation.State.DUE, Evaluation.State.SIGNED])

    def overdue_on(self, day: date) -> "EvaluationQuerySet":
        """Those that still lack a signature after their last day (第十八条)."""
        return self.open().filter(due_on__lt=day)


class Evaluation(DecidedUnder):
    """附表3 for one expert who took part in one activity."""

    class State(models.TextChoices):
        DUE = "due", _("待评价")
        SIGNED = "signed", _("经办人已签，待负责人签")
        SUBMITTED = "submitted", _("已提交")
        # Attendance was corrected to absence before anybody signed.
        VOID = "void", _("缺席，无需评价")

    participation = models.OneToOneField(Participation, models.PROTECT, related_name="evaluation", verbose_name=_("参与"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.DUE, db_index=True)
    # Empty: the regulation gives no deadline, or the working days of the year are not loaded yet (then a sweep fills it).
    due_on = models.DateField(_("提交期限"), null=True, blank=True)
    due_provisional = models.BooleanField(_("期限暂定"), default=False)
    total = models.PositiveSmallIntegerField(_("总分"), null=True, blank=True)
    grade = models.CharField(_("评价等级"), max_length=12, blank=True)
    handler = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经办人"))
    handler_at = models.DateTimeField(_("经办人签名时间"), null=True, blank=True)
    leader = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("负责人"))
    leader_at = models.DateTimeField(_("负责人签名时间"), null=True, blank=True)
    overdue_noted = models.BooleanField(_("逾期已登记"), default=False)
    return_reason = EncryptedTextField(_("退回修改的理由"), blank=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        verbose_name = _("履职评价")
        verbose_name_plural = _("履职评价")
        ordering = ["due_on", "id"]

    def __str__(self) -> str:
        return f"履职评价 {self.pk}"

    @property
    def submitted_at(self) -> datetime | None:
        """The moment of the last signature, None while one is missing."""
        return (self.leader_at or self.handler_at) if self.state == self.State.SUBMITTED else None

    @property
    def late(self) -> bool:
        """Whether it was submitted after its last day."""
        return self.due_on is not None and self.submitted_at is not None and clock.day_of(self.submitted_at) > self.due_on

    @property
    def due_at(self) -> datetime | None:
        """24:00 Beijing time of the last day, while it is not submitted."""
        return clock.end_of(self.due_on) if self.due_on and self.state in {self.State.DUE, self.State.SIGNED} else None


class Score(models.Model):
    """The score under one criterion: an integer inside the chosen band."""

    evaluation = models.ForeignKey(Evaluation, models.CASCADE, related_name="scores")
    criterion = models.CharField(_("指标"), max_length=40)
    band = models.CharField(_("等次"), max_length=40)
    points = models.PositiveSmallIntegerField(_("得分"))
    note = models.CharField(_("备注"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("得分")
        verbose_name_plural = _("得分")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "criterion"], name="criterion_scored_once")]

    def __str__(self) -> str:
        return f"{self.criterion} {self.points}"


class ViolationReportQuerySet(models.QuerySet["ViolationReport"]):
    """Violation reports, narrowed."""

    def visible_to(self, actor: Actor) -> "ViolationReportQuerySet":
        """Those that ``actor`` may open: in a pool who settles, reports or reads there; outside an employer those of its people."""
        if actor.pool is None:
            return self.filter(participation__membership__expert__employer__in=actor.organisations(Role.EMPLOYER))
        rows = self.filter(participation__request__pool=actor.pool)
        return rows.filter(actor.rows("violations.settle", "violations.report", "evaluation.read", unit=UNIT))


class ViolationReport(DecidedUnder):
    """违规线索: opened by a department, or by the score itself where a band says so (附表3f, 第十九条)."""

    class State(models.TextChoices):
        OPEN = "open", _("待处理")
        SETTLED = "settled", _("已处理")

    participation = models.ForeignKey(Participation, models.PROTECT, related_name="violation_reports", verbose_name=_("参与"))
    criterion = models.CharField(_("所涉指标"), max_length=40, blank=True)
    article = models.CharField(_("条款"), max_length=40)
    content = EncryptedTextField(_("情况说明"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.OPEN)
    reported_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("报告人"))
    reported_at = models.DateTimeField(_("报告时间"), default=clock.now)
    outcome = models.CharField(_("处置"), max_length=40, blank=True)
    outcome_reason = EncryptedTextField(_("处置理由"), blank=True)
    settled_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("处置人"))
    settled_at = models.DateTimeField(_("处置时间"), null=True, blank=True)

    objects = ViolationReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("违规线索")
        verbose_name_plural = _("违规线索")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["participation", "criterion"], name="violation_once_a_criterion")]

    def __str__(self) -> str:
        return f"违规线索 {self.pk}"
