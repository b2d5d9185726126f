"""使用申请, its approvals and waivers."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.crypto import EncryptedTextField
from expertpool.pools.duties import APPROVALS, DUTIES, EVERYTHING, Actor, Reach, decided_under, looks_at, widest
from expertpool.pools.models import DecidedUnder, Field, Pool
from expertpool.regulations import Regulation
from expertpool.regulations.schema import ApprovalStep
from experts.models import TitleLevel


class DrawRequestQuerySet(models.QuerySet["DrawRequest"]):
    """Requests, narrowed."""

    def visible_to(self, actor: Actor) -> "DrawRequestQuerySet":
        """Those of the actor's pool that his duties let him open (design §9); on the pages of no pool none.

        A draft is seen by who may file for its unit, everything else by who holds any duty about requests, in a role that
        acts for a unit about the requests of that unit alone. The duties are those of the day's edition, and of the one that
        the request, or its draw, was decided under: what somebody must still do under it, he must find.
        """
        if actor.pool is None:
            return self.none()
        drafts = Q(state=DrawRequest.State.DRAFT)
        read = looks_at(actor, lambda edition: _reach_of_reading(actor, edition), _within, _under)
        return self.filter(~drafts & read | drafts & _within(actor.reach("requests.file")), pool=actor.pool)


def _within(units: Reach) -> Q:
    """The requests of these units; None: of all."""
    return EVERYTHING if units is None else Q(department__in=units)


def _under(edition: Regulation) -> Q:
    """The requests that were decided under an edition, or whose draw was."""
    drawn = DrawRequest.objects.filter(decided_under(edition, "draw__"))
    return decided_under(edition) | Q(pk__in=drawn.values("pk"))


def reach_of_approval(actor: Actor, step: ApprovalStep) -> Reach:
    """The units whose requests the actor answers at a step.

    A step that belongs to the requesting unit's own people is about that unit's requests alone.
    """
    if not actor.has_role(step.role):
        return frozenset()
    return actor.organisations(step.role) if step.unit else None


def approves_any(actor: Actor, department: int, edition: Regulation) -> bool:
    """Whether the actor answers the requests of a unit at any step that the edition knows."""
    reaches = (reach_of_approval(actor, step) for step in (edition.request.approvals if edition.request else ()))
    return any(reach is None or department in reach for reach in reaches)


def _reach_of_reading(actor: Actor, edition: Regulation) -> Reach:
    """The units whose requests the actor may open under an edition.

    An approval that belongs to the requesting department's own account opens that department's requests alone.
    """
    duties = (actor.reach(duty, edition) for duty in DUTIES["requests.read"].any_of if duty != APPROVALS)
    steps = edition.request.approvals if edition.request else ()
    return widest((*duties, *(reach_of_approval(actor, step) for step in steps)))


class DrawRequest(DecidedUnder):
    """使用申请 (附表2): a department asks for experts for one activity."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        UNDER_APPROVAL = "under_approval", _("审批中")
        RETURNED = "returned", _("待补充信息")
        APPROVED = "approved", _("待抽取")
        DRAWING = "drawing", _("抽取与联系中")
        CONFIRMED = "confirmed", _("专家已确定")
        HELD = "held", _("活动已结束，待评价")
        CLOSED = "closed", _("已办结")
        REJECTED = "rejected", _("不予批准")
        CANCELLED = "cancelled", _("已取消")

    number = models.CharField(_("申请编号"), max_length=24, unique=True, editable=False)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="requests", verbose_name=_("专家库"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT, editable=False, db_index=True)
    # While it is under approval: the code of the step that is due, of the edition that it was submitted under.
    step = models.CharField(_("待办环节"), max_length=64, blank=True, editable=False)
    version = models.PositiveSmallIntegerField(_("版本"), default=1, editable=False)
    department = models.ForeignKey(Organisation, models.PROTECT, related_name="requests", verbose_name=_("单位名称"))
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("填报人"), editable=False)
    leader_name = models.CharField(_("负责人姓名"), max_length=40, blank=True)
    leader_phone = EncryptedTextField(_("负责人联系方式"), blank=True)
    handler_name = models.CharField(_("经办人姓名"), max_length=40, blank=True)
    handler_phone = EncryptedTextField(_("经办人联系方式"), blank=True)
    title = models.CharField(_("专家评审工作名称"), max_length=120)
    activity_type = models.CharField(_("活动类型"), max_length=20, blank=True)
    nature = models.CharField(_("评审工作性质"), max_length=40, blank=True)
    nature_other = models.CharField(_("其他（请说明）"), max_length=80, blank=True)
    summary = models.TextField(_("评审内容及项目概要"), blank=True)
    basis_document = models.CharField(_("评审依据文件"), max_length=200, blank=True)
    total = models.PositiveSmallIntegerField(_("拟使用专家总数量"), null=True, blank=True)
    qualification = models.CharField(_("专家资格要求"), max_length=300, blank=True)
    min_title_level = models.IntegerField(_("最低职称等级"), choices=TitleLevel.choices, default=TitleLevel.NONE)
    min_years = models.PositiveSmallIntegerField(_("最低从业年限"), null=True, blank=True)
    scope = models.CharField(_("选取范围"), max_length=120, blank=True)
    industry = models.CharField(_("行业分类"), max_length=120, blank=True)
    recusal_text = models.TextField(_("回避要求"), blank=True, validators=[MaxLengthValidator(1000)])
    starts_on = models.DateField(_("开始日期"), null=True, blank=True)
    ends_on = models.DateField(_("结束日期"), null=True, blank=True)
    place = models.CharField(_("使用地点"), max_length=160, blank=True)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True, editable=False)
    # Until when the step that is due must be answered; empty where the regulation gives it no time.
    due_at = models.DateTimeField(_("答复期限"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True, editable=False)
    # The canonical text of the approved version; its hash stands in the draw's manifest.
    canonical = models.TextField(editable=False, blank=True)
    held_on = models.DateField(_("工作完成日期"), null=True, blank=True, editable=False)
    # The ledger holds a commitment to this text.
    cancel_reason = models.TextField(_("取消的理由"), blank=True, editable=False)
    cancelled_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("取消人"), editable=False
    )
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("建立时间"), default=clock.now, editable=False)

    history = HistoricalRecords()
    objects = DrawRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("使用申请")
        verbose_name_plural = _("使用申请")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class RequestSeats(models.Model):
    """名额: how many experts of one field a request asks for (附表2三)."""

    request = models.ForeignKey(DrawRequest, models.CASCADE, related_name="seats")
    field = models.ForeignKey(Field, models.PROTECT, related_name="+", verbose_name=_("专业领域"))
    count = models.PositiveSmallIntegerField(_("人数"))

    class Meta:
        verbose_name = _("专业领域及人数")
        verbose_name_plural = _("专业领域及人数")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "field"], name="field_once_a_request")]

    def __str__(self) -> str:
        return f"{self.field}{self.count}人"


class RequestRecusal(models.Model):
    """回避要求: an organisation or a person that the request names to be kept out."""

    class Kind(models.TextChoices):
        ORGANISATION = "organisation", _("单位")
        PERSON = "person", _("个人")

    request = models.ForeignKey(DrawRequest, models.CASCADE, related_name="recusals")
    kind = models.CharField(_("种类"), max_length=16, choices=Kind.choices)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    person_name = models.CharField(_("姓名"), max_length=40, blank=True)
    reason = models.CharField(_("理由"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("回避单位（人员）")
        verbose_name_plural = _("回避单位（人员）")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.organisation.name if self.organisation else self.person_name


class ReviewedProject(models.Model):
    """A project that the activity judges: the unit that filed it and its people are screened (第十五条)."""

    request = models.ForeignKey(DrawRequest, models.CASCADE, related_name="projects")
    name = models.CharField(_("项目名称"), max_length=160)
    applicant = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申报单位"))
    applicant_name = models.CharField(_("申报单位名称（未登记的单位）"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("被评审项目")
        verbose_name_plural = _("被评审项目")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class ProjectPerson(models.Model):
    """A leader or participant of a reviewed project."""

    class Part(models.TextChoices):
        LEADER = "leader", _("负责人")
        PARTICIPANT = "participant", _("参与人员")

    project = models.ForeignKey(ReviewedProject, models.CASCADE, related_name="people")
    part = models.CharField(_("身份"), max_length=12, choices=Part.choices)
    name = models.CharField(_("姓名"), max_length=40)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所在单位"))

    class Meta:
        verbose_name = _("项目人员")
        verbose_name_plural = _("项目人员")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Approval(models.Model):
    """One answer on the way of a request: of the step that was due, or a sending back after the last of them."""

    #: The step of an answer that sends an approved request back; no edition's code has a dot.
    SENT_BACK = "request.sent-back"

    class Outcome(models.TextChoices):
        PASSED = "pass", _("通过")
        ASKED_MORE = "ask_more", _("要求补充信息")
        REJECTED = "reject", _("不予批准")

    request = models.ForeignKey(DrawRequest, models.CASCADE, related_name="approvals")
    version = models.PositiveSmallIntegerField(_("申请版本"))
    step = models.CharField(_("环节"), max_length=64)
    outcome = models.CharField(_("结论"), max_length=12, choices=Outcome.choices)
    reason = models.TextField(_("意见"), blank=True)
    document = models.CharField(_("批准文件"), max_length=120, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("审批人"))
    at = models.DateTimeField(_("审批时间"), default=clock.now)

    class Meta:
        verbose_name = _("审批")
        verbose_name_plural = _("审批")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_outcome_display()


class WaiverQuerySet(models.QuerySet["Waiver"]):
    """Waivers, narrowed."""

    def standing(self, request: DrawRequest) -> "WaiverQuerySet":
        """Those that count for ``request`` as it was approved last: countersigned, and asked for since that approval.

        A waiver that was agreed to for an earlier version was agreed to for other conditions.
        """
        if request.approved_at is None:
            return self.none()
        return self.filter(request=request, countersigned_at__isnull=False, at__gte=request.approved_at)


class Waiver(models.Model):
    """豁免: a soft rule set aside for one draw, with reason; it counts once it is countersigned by somebody else."""

    request = models.ForeignKey(DrawRequest, models.CASCADE, related_name="waivers")
    rule = models.CharField(_("规则"), max_length=40)
    field = models.ForeignKey(Field, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("专业领域"))
    article = models.CharField(_("条款"), max_length=40)
    reason = models.TextField(_("理由"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    at = models.DateTimeField(_("提出时间"), default=clock.now)
    countersigned_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("会签人"))
    countersigned_at = models.DateTimeField(_("会签时间"), null=True, blank=True)

    objects = WaiverQuerySet.as_manager()

    class Meta:
        verbose_name = _("豁免")
        verbose_name_plural = _("豁免")
        constraints = [
            models.UniqueConstraint(fields=["request", "rule", "field"], name="waiver_once_a_field"),
            models.UniqueConstraint(fields=["request", "rule"], condition=Q(field__isnull=True), name="waiver_once_a_request"),
        ]

    def __str__(self) -> str:
        return self.rule
