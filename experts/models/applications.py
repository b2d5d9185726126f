"""入库申请 and what units, reviewers and lists say of it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.pools.duties import Actor
from expertpool.pools.models import DecidedUnder, Field, Pool
from experts import sight

from .people import EmploymentFacts, PersonalFile


class BatchQuerySet(models.QuerySet["Batch"]):
    """Lists of applications, narrowed."""

    def visible_to(self, actor: Actor) -> "BatchQuerySet":
        """Those of the actor's pool, where he reads lists at all."""
        return self.filter(actor.rows("batches.read"), pool=actor.pool)


class Batch(DecidedUnder):
    """A named list of applications that goes through the steps taken for a list; ``step`` is the code of the one that is due."""

    class State(models.TextChoices):
        COLLECTING = "collecting", _("已汇总")
        DECIDED = "decided", _("已审定")
        IN_PUBLICITY = "in_publicity", _("公示中")
        CLOSED = "closed", _("已办结")

    number = models.CharField(_("批次号"), max_length=24, unique=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="batches", verbose_name=_("专家库"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.COLLECTING, editable=False)
    step = models.CharField(_("待办环节"), max_length=40, blank=True, editable=False)
    collected_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("汇总人"), editable=False)
    collected_at = models.DateTimeField(_("汇总时间"), default=clock.now, editable=False)

    history = HistoricalRecords()
    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("入库批次")
        verbose_name_plural = _("入库批次")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class BatchDecision(models.Model):
    """审定: one decision on a list, with the document that carries it where the step needs one (第六条（三）)."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="decisions", verbose_name=_("批次"))
    step = models.CharField(_("环节"), max_length=40)
    document = models.CharField(_("审定文件名称及文号"), max_length=120, blank=True)
    reason = models.TextField(_("意见"), blank=True)
    decided_on = models.DateField(_("审定日期"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("审定登记人"))
    # A decision on paper, entered by who keeps the pool and does not decide himself.
    recorded = models.BooleanField(_("代录"), default=False)
    at = models.DateTimeField(_("登记时间"), default=clock.now)

    class Meta:
        verbose_name = _("审定")
        verbose_name_plural = _("审定")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "step"], name="step_decided_once_a_batch")]

    def __str__(self) -> str:
        return self.document or str(self.decided_on)


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications, narrowed."""

    def open(self) -> "ApplicationQuerySet":
        """Those that are still under way."""
        return self.exclude(state__in=Application.ENDED)

    def on_the_list(self, batch: Batch) -> "ApplicationQuerySet":
        """Those that stand on a list and are not done with it."""
        return self.filter(batch=batch, state__in=Application.ON_A_LIST)

    def visible_to(self, actor: Actor) -> "ApplicationQuerySet":
        """Those whose file the actor may open: by what he does in his pool, or outside the pools as applicant or employer."""
        return self.filter(sight.files_of(actor))

    def due_for(self, actor: Actor) -> "ApplicationQuerySet":
        """Those that wait for a step which the actor may take, one file at a time, the longest waiting first."""
        return self.filter(sight.due_for(actor)).order_by("submitted_at", "pk")


class Application(PersonalFile, DecidedUnder):
    """入库申请: one person's way into a pool, from the draft to admission; ``step`` is the code of the step that is due.

    ``filed_for``: the unit that opened it, whose accounts share it; None where somebody files for himself or for no unit.
    ``applicant``: the account of the person himself, as far as he has one. From its submission an application is decided under
    the edition of that day.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        UNDER_REVIEW = "under_review", _("审核中")
        RETURNED = "returned", _("退回补正")
        PASSED = "passed", _("审核通过")
        PROPOSED = "proposed", _("拟入库")
        IN_PUBLICITY = "in_publicity", _("公示中")
        ADMITTED = "admitted", _("已入库")
        REJECTED = "rejected", _("不予入库")
        WITHDRAWN = "withdrawn", _("已撤回")

    ENDED = (State.ADMITTED, State.REJECTED, State.WITHDRAWN)
    ON_A_LIST = (State.PROPOSED, State.IN_PUBLICITY)

    number = models.CharField(_("申请编号"), max_length=24, unique=True, editable=False)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="applications", verbose_name=_("专家库"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT, editable=False, db_index=True)
    step = models.CharField(_("待办环节"), max_length=40, blank=True, editable=False)
    channel = models.CharField(_("入库方式"), max_length=40)
    recommending_unit = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="recommended", verbose_name=_("推荐或归口单位")
    )
    fields = models.ManyToManyField(Field, related_name="applications", verbose_name=_("申报方向"), blank=True)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("填报人"), editable=False)
    filed_for = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("填报单位"), editable=False
    )
    applicant = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申请人账号"), editable=False
    )
    filed_on = models.DateField(_("填表时间"), null=True, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True, editable=False)
    # 第五条（五）（一）: his own will, and the statement that nothing stands against him.
    consents = models.BooleanField(_("本人自愿申请入库"), default=False)
    attests_clean_record = models.BooleanField(_("本人承诺"), default=False)
    consented_at = models.DateTimeField(_("承诺时间"), null=True, blank=True, editable=False)
    batch = models.ForeignKey(
        Batch, models.PROTECT, null=True, blank=True, related_name="applications", verbose_name=_("批次"), editable=False
    )
    expert = models.ForeignKey(
        "Expert", models.PROTECT, null=True, blank=True, related_name="applications", verbose_name=_("专家"), editable=False
    )
    created_at = models.DateTimeField(_("建立时间"), default=clock.now, editable=False)
    changed_at = models.DateTimeField(_("最近修改"), default=clock.now, editable=False)

    history = HistoricalRecords()
    objects = ApplicationQuerySet.as_manager()

    class Meta:
        verbose_name = _("入库申请")
        verbose_name_plural = _("入库申请")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["pool", "id_digest"],
                condition=~Q(id_digest="") & ~Q(state__in=["admitted", "rejected", "withdrawn"]),
                name="one_open_application_a_person",
            )
        ]
        indexes = [models.Index(fields=["pool", "state", "step"], name="application_pool_state_step")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ApplicationEmployment(EmploymentFacts):
    """A current or past employer named in an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="employments")

    class Meta:
        verbose_name = _("任职经历")
        verbose_name_plural = _("任职经历")
        ordering = ["-since"]


class Answer(models.Model):
    """What somebody said of an application at one step: who, for which unit, when, with which paper."""

    step = models.CharField(_("环节"), max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    document = models.CharField(_("文件名称及文号"), max_length=120, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("办理人"))
    at = models.DateTimeField(_("办理时间"), default=clock.now)

    class Meta:
        abstract = True


class Endorsement(Answer):
    """单位审核、本人同意: what a unit, or the applicant himself, said at one step (第六条（二）（三）)."""

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("确认")
        REFUSED = "refused", _("不予确认")

    application = models.ForeignKey(Application, models.CASCADE, related_name="endorsements")
    decision = models.CharField(_("结论"), max_length=12, choices=Decision.choices)
    reason = models.TextField(_("意见"), blank=True)

    class Meta:
        verbose_name = _("单位审核")
        verbose_name_plural = _("单位审核")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.organisation or self.by}：{self.get_decision_display()}"


class Review(Answer):
    """资格审核: the answer of a review, or of a decision on one person."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("通过")
        RETURNED = "returned", _("退回补正")
        REJECTED = "rejected", _("不予入库")

    application = models.ForeignKey(Application, models.CASCADE, related_name="reviews")
    outcome = models.CharField(_("结论"), max_length=12, choices=Outcome.choices)
    reason = models.TextField(_("理由"), blank=True)
    article = models.CharField(_("依据条款"), max_length=40, blank=True)
    # A decision on paper, entered by who keeps the pool and does not decide himself.
    recorded = models.BooleanField(_("代录"), default=False)

    class Meta:
        verbose_name = _("资格审核")
        verbose_name_plural = _("资格审核")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_outcome_display()


class ConditionTick(models.Model):
    """What a reviewer decided of a condition that only a person can judge; his name and the time are the review's."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="ticks")
    condition = models.CharField(_("条件"), max_length=40)
    name = models.CharField(_("条件名称"), max_length=120)
    article = models.CharField(_("条款"), max_length=40)
    met = models.BooleanField(_("符合"))
    note = models.TextField(_("认定理由"))

    class Meta:
        verbose_name = _("条件认定")
        verbose_name_plural = _("条件认定")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["review", "condition"], name="condition_ticked_once_a_review")]

    def __str__(self) -> str:
        return self.name


class ReviewRemark(models.Model):
    """One field that a review sent back, with what the reviewer said of it."""

    review = models.ForeignKey(Review, models.CASCADE, related_name="remarks")
    field_name = models.CharField(_("退回字段"), max_length=40)
    remark = models.CharField(_("退回说明"), max_length=300)

    class Meta:
        verbose_name = _("退回字段")
        verbose_name_plural = _("退回字段")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.remark


class ConditionWaiver(models.Model):
    """A soft condition (“一般”“原则上”) set aside for one applicant: reason and approver (readings A3)."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="waivers")
    condition = models.CharField(_("条件"), max_length=40)
    article = models.CharField(_("条款"), max_length=40)
    reason = models.TextField(_("理由"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("批准人"))
    at = models.DateTimeField(_("批准时间"), default=clock.now)

    class Meta:
        verbose_name = _("条件豁免")
        verbose_name_plural = _("条件豁免")
        constraints = [models.UniqueConstraint(fields=["application", "condition"], name="condition_waived_once")]

    def __str__(self) -> str:
        return self.condition
