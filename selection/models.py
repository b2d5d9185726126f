"""How experts are lent out: requests, approvals, draws, invitations, participation."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.crypto import EncryptedTextField
from experts.models import DecidedUnder, Field, Membership, Pool, TitleLevel


class DrawRequestQuerySet(models.QuerySet["DrawRequest"]):
    """Requests, narrowed."""

    def visible_to(self, user: User) -> "DrawRequestQuerySet":
        """Those that ``user`` may open by his role and unit (design §9)."""
        if user.role == "department":
            return self.filter(department=user.organisation_id)
        if user.role in {"office", "inspector", "leader"}:
            return self.exclude(state=DrawRequest.State.DRAFT)
        return self.none()


class DrawRequest(DecidedUnder):
    """使用申请 (附表2): a department asks for experts for one activity."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        OFFICE_REVIEW = "office_review", _("待专家库管理处室审核")
        RETURNED = "returned", _("待补充信息")
        INSPECTOR_REVIEW = "inspector_review", _("待纪检部门审批")
        LEADER_REVIEW = "leader_review", _("待分管领导审批")
        APPROVED = "approved", _("审批通过，待抽取")
        DRAWING = "drawing", _("抽取与联系中")
        CONFIRMED = "confirmed", _("专家已确定")
        HELD = "held", _("活动已结束，待评价")
        CLOSED = "closed", _("已办结")
        REJECTED = "rejected", _("不予批准")
        CANCELLED = "cancelled", _("已取消")

    number = models.CharField(_("申请编号"), max_length=24, unique=True, editable=False)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="requests", verbose_name=_("专家库"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT, editable=False, db_index=True)
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
    office_due_at = models.DateTimeField(_("管理处室答复期限"), null=True, blank=True, editable=False)
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True, editable=False)
    # The canonical text of the approved version; its hash stands in the draw's manifest.
    canonical = models.TextField(editable=False, blank=True)
    held_on = models.DateField(_("工作完成日期"), null=True, blank=True, editable=False)
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
    """One answer on the way of a request: office, discipline inspection, leader (附表2五)."""

    class Outcome(models.TextChoices):
        PASSED = "pass", _("通过")
        ASKED_MORE = "ask_more", _("要求补充信息")
        REJECTED = "reject", _("不予批准")

    request = models.ForeignKey(DrawRequest, models.CASCADE, related_name="approvals")
    version = models.PositiveSmallIntegerField(_("申请版本"))
    step = models.CharField(_("环节"), max_length=20)
    outcome = models.CharField(_("结论"), max_length=12, choices=Outcome.choices)
    reason = models.TextField(_("意见"), blank=True)
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
    """豁免: a soft rule set aside for one draw, with reason; it counts once the inspector has countersigned."""

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


class Presence(models.Model):
    """到场监督: an inspector who took his place at a request's draw, and left it again."""

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


class ParticipationQuerySet(models.QuerySet["Participation"]):
    """Participations, narrowed."""

    def counting_in(self, year: int) -> "ParticipationQuerySet":
        """Those that count towards the annual cap of ``year``: attended, or accepted and still to come (第十四条)."""
        return self.filter(request__starts_on__year=year).filter(
            Q(state=Participation.State.STANDING, attended__isnull=True) | Q(attended=True)
        )


class Participation(models.Model):
    """参与: a standing acceptance; whether it is a seat or a standby is derived from the drawn order."""

    class State(models.TextChoices):
        STANDING = "standing", _("已接受")
        WITHDRAWN = "withdrawn", _("已退出")
        RELEASED = "released", _("候补未启用")

    request = models.ForeignKey(DrawRequest, models.PROTECT, related_name="participations", verbose_name=_("使用申请"))
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="participations", verbose_name=_("专家"))
    candidate = models.OneToOneField(Candidate, models.PROTECT, null=True, blank=True, related_name="participation", verbose_name=_("候选"))
    state = models.CharField(_("状态"), max_length=12, choices=State.choices, default=State.STANDING, db_index=True)
    seated = models.BooleanField(_("正选"), default=False)
    accepted_at = models.DateTimeField(_("接受时间"), default=clock.now)
    attended = models.BooleanField(_("出席"), null=True, blank=True)
    absence_reason = models.CharField(_("缺席说明"), max_length=200, blank=True)
    attendance_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("出席登记人"))
    attendance_at = models.DateTimeField(_("出席登记时间"), null=True, blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        verbose_name = _("参与")
        verbose_name_plural = _("参与")
        ordering = ["request", "id"]
        constraints = [models.UniqueConstraint(fields=["request", "membership"], name="participation_once_a_request")]

    def __str__(self) -> str:
        return f"{self.request.number} {self.membership.number}"
