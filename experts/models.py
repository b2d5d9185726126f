"""The pool and who is in it: applications, publicity, memberships, suspensions, exits, marks."""

from datetime import date

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.crypto import EncryptedTextField
from expertpool.regulations import Regulation, catalogue


class DecidedUnder(models.Model):
    """What a decision was made under: code, edition and file hash of the regulation."""

    rule_code = models.CharField(_("依据规定"), max_length=40, blank=True, editable=False)
    rule_edition = models.DateField(_("规定版本（施行日期）"), null=True, blank=True, editable=False)
    rule_hash = models.CharField(_("规定文件校验值"), max_length=64, blank=True, editable=False)

    class Meta:
        abstract = True

    def decide_under(self, regulation: Regulation) -> None:
        """Remember ``regulation`` as the one in force for this decision. The caller saves."""
        self.rule_code = regulation.code
        self.rule_edition = regulation.effective_from
        self.rule_hash = regulation.file_hash


class Pool(models.Model):
    """专家库: follows one regulation and is run by one office."""

    code = models.CharField(_("代码"), max_length=16, unique=True)
    name = models.CharField(_("名称"), max_length=80)
    regulation_code = models.CharField(_("适用规定"), max_length=40)
    office = models.ForeignKey(Organisation, models.PROTECT, related_name="pools", verbose_name=_("管理部门"))
    number_prefix = models.CharField(_("专家编号前缀"), max_length=8, default="ZJK")

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("专家库")
        verbose_name_plural = _("专家库")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def regulation_on(self, day: date) -> Regulation:
        """The edition of the pool's regulation that is in force on ``day``."""
        return catalogue.in_force(self.regulation_code, day)


class Field(models.Model):
    """专业领域 (申报方向); the regulation's own list, which the office may extend (附表1注 “等”)."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="fields", verbose_name=_("专家库"))
    code = models.CharField(_("代码"), max_length=16)
    name = models.CharField(_("名称"), max_length=40)
    in_use = models.BooleanField(_("启用"), default=True)

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("专业领域")
        verbose_name_plural = _("专业领域")
        ordering = ["pool", "id"]
        constraints = [models.UniqueConstraint(fields=["pool", "code"], name="field_code_once_in_a_pool")]

    def __str__(self) -> str:
        return self.name


class TitleLevel(models.IntegerChoices):
    """职称等级, ordered so that a higher level is a larger number."""

    NONE = 0, _("无")
    JUNIOR = 1, _("初级")
    INTERMEDIATE = 2, _("中级")
    ASSOCIATE_SENIOR = 3, _("副高级")
    SENIOR = 4, _("正高级")


class Sex(models.TextChoices):
    FEMALE = "female", _("女")
    MALE = "male", _("男")


class PersonalFile(models.Model):
    """What 附表1 asks of a person, and what the articles need beyond it."""

    name = models.CharField(_("姓名"), max_length=40)
    name_key = models.CharField(_("拼音"), max_length=120, blank=True, editable=False, db_index=True)
    name_initials = models.CharField(_("拼音首字母"), max_length=20, blank=True, editable=False, db_index=True)
    sex = models.CharField(_("性别"), max_length=8, choices=Sex.choices, blank=True)
    birth_date = models.DateField(_("出生日期"), null=True, blank=True)
    id_number = EncryptedTextField(_("身份证号码"), blank=True)
    id_digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    school = models.CharField(_("毕业院校"), max_length=80, blank=True)
    degree = models.CharField(_("学历/学位"), max_length=40, blank=True)
    major = models.CharField(_("专业"), max_length=60, blank=True)
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("工作单位（人事关系所在单位）")
    )
    position = models.CharField(_("职务"), max_length=60, blank=True)
    title = models.CharField(_("职称"), max_length=60, blank=True)
    title_level = models.IntegerField(_("职称等级"), choices=TitleLevel.choices, default=TitleLevel.NONE)
    licence = models.CharField(_("注册职业资格"), max_length=80, blank=True)
    years = models.PositiveSmallIntegerField(_("从事相关行业研究或管理工作年限"), null=True, blank=True)
    expert_type = models.CharField(_("专家类型"), max_length=40, blank=True)
    research_area = models.CharField(_("研究领域"), max_length=200, blank=True)
    email = models.EmailField(_("电子邮箱"), blank=True)
    phone = EncryptedTextField(_("联系电话"), blank=True)
    phone_digest = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    address = models.CharField(_("通信地址"), max_length=160, blank=True)
    postcode = models.CharField(_("邮政编码"), max_length=6, blank=True)
    achievements = models.TextField(_("主要工作业绩及研究成果"), blank=True, validators=[MaxLengthValidator(4000)])

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @classmethod
    def personal_fields(cls) -> list[str]:
        """The names of the fields that an application hands over to the expert's record."""
        return [field.name for field in PersonalFile._meta.get_fields()]


class EmploymentFacts(models.Model):
    """任职经历: where somebody works or worked, from when to when."""

    class Kind(models.TextChoices):
        PERSONNEL = "personnel", _("人事关系所在单位")
        PART_TIME = "part_time", _("兼职、聘用")
        ADVISER = "adviser", _("董事、监事、咨询或顾问")

    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    organisation_name = models.CharField(_("单位名称（未登记的单位）"), max_length=120, blank=True)
    kind = models.CharField(_("关系"), max_length=16, choices=Kind.choices)
    position = models.CharField(_("职务"), max_length=60, blank=True)
    since = models.DateField(_("起始日期"))
    until = models.DateField(_("终止日期（在职留空）"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.organisation.name if self.organisation else self.organisation_name


class Batch(models.Model):
    """A named list of applications on which the department decides as a whole (审定, 第六条（三）)."""

    class State(models.TextChoices):
        COLLECTING = "collecting", _("汇总中")
        DECIDED = "decided", _("已审定")
        IN_PUBLICITY = "in_publicity", _("公示中")
        CLOSED = "closed", _("已办结")

    number = models.CharField(_("批次号"), max_length=24, unique=True)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="batches", verbose_name=_("专家库"))
    state = models.CharField(_("状态"), max_length=16, choices=State.choices, default=State.COLLECTING, editable=False)
    collected_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("汇总人"), editable=False)
    collected_at = models.DateTimeField(_("汇总时间"), default=clock.now, editable=False)
    decision_document = models.CharField(_("审定文件名称及文号"), max_length=120, blank=True)
    decided_on = models.DateField(_("审定日期"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审定登记人"), editable=False
    )

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("入库批次")
        verbose_name_plural = _("入库批次")
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.number


class ApplicationQuerySet(models.QuerySet["Application"]):
    """Applications, narrowed."""

    def open(self) -> "ApplicationQuerySet":
        """Those that are still under way."""
        return self.exclude(state__in=Application.ENDED)

    def visible_to(self, user: User) -> "ApplicationQuerySet":
        """Those whose file ``user`` may open by his role and unit."""
        if user.role in {"office", "inspector"}:
            return self.filter(~Q(state=Application.State.DRAFT) | Q(filed_by=user))
        if user.role in {"recommending_unit", "employer"} and user.organisation_id is None:
            # Nothing belongs to an account without a unit, least of all the files that name none.
            return self.none()
        if user.role == "recommending_unit":
            # A person's own draft is his until he sends it.
            return self.filter(recommending_unit=user.organisation_id).exclude(
                ~Q(filed_by__role="recommending_unit"), state=Application.State.DRAFT
            )
        if user.role == "employer":
            return self.filter(employer=user.organisation_id).exclude(state=Application.State.DRAFT)
        if user.role == "expert":
            return self.filter(Q(expert__user=user) | Q(filed_by=user))
        return self.none()


class Application(PersonalFile, DecidedUnder):
    """入库申请: one person's way into a pool, from the recommending unit's draft to admission."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        EMPLOYER_REVIEW = "employer_review", _("待所在单位审核")
        UNIT_VERIFICATION = "unit_verification", _("待推荐单位核实推荐")
        OFFICE_REVIEW = "office_review", _("待资格审核")
        RETURNED = "returned", _("退回补正")
        PASSED = "passed", _("审核通过")
        PROPOSED = "proposed", _("拟入库")
        IN_PUBLICITY = "in_publicity", _("公示中")
        ADMITTED = "admitted", _("已入库")
        REJECTED = "rejected", _("不予入库")
        WITHDRAWN = "withdrawn", _("已撤回")

    ENDED = (State.ADMITTED, State.REJECTED, State.WITHDRAWN)

    number = models.CharField(_("申请编号"), max_length=24, unique=True, editable=False)
    pool = models.ForeignKey(Pool, models.PROTECT, related_name="applications", verbose_name=_("专家库"))
    state = models.CharField(_("状态"), max_length=20, choices=State.choices, default=State.DRAFT, editable=False, db_index=True)
    channel = models.CharField(_("入库方式"), max_length=40)
    recommending_unit = models.ForeignKey(Organisation, models.PROTECT, related_name="recommended", verbose_name=_("推荐单位"))
    fields = models.ManyToManyField(Field, related_name="applications", verbose_name=_("申报方向"), blank=True)
    filed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("填报人"), editable=False)
    filed_on = models.DateField(_("填表时间"), null=True, blank=True, editable=False)
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True, editable=False)
    # 第五条（五）（一）: his own will, and the statement that nothing stands against him.
    consents = models.BooleanField(_("本人自愿申请入库"), default=False)
    attests_clean_record = models.BooleanField(_("本人承诺无学术道德问题、不良社会信用记录和违纪违法等记录，所填内容真实"), default=False)
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

    def __str__(self) -> str:
        return f"{self.number} {self.name}"


class ApplicationEmployment(EmploymentFacts):
    """A current or past employer named in an application."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="employments")

    class Meta:
        verbose_name = _("任职经历")
        verbose_name_plural = _("任职经历")
        ordering = ["-since"]


class Attachment(models.Model):
    """A file of evidence; its bytes are encrypted at rest under ``stored_as`` and leave only through a permission check."""

    application = models.ForeignKey(Application, models.CASCADE, null=True, blank=True, related_name="attachments")
    exit_case = models.ForeignKey("ExitCase", models.CASCADE, null=True, blank=True, related_name="attachments")
    kind = models.CharField(_("材料种类"), max_length=40)
    original_name = models.CharField(_("文件名"), max_length=160)
    stored_as = models.CharField(max_length=80, unique=True, editable=False)
    content_type = models.CharField(_("类型"), max_length=80)
    size = models.PositiveIntegerField(_("大小（字节）"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    uploaded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    uploaded_at = models.DateTimeField(_("上传时间"), default=clock.now)

    class Meta:
        verbose_name = _("证明材料")
        verbose_name_plural = _("证明材料")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.original_name


class Endorsement(models.Model):
    """单位审核: what a unit said of an application at one step, who said it and when (第六条（二）（三）)."""

    class Decision(models.TextChoices):
        CONFIRMED = "confirmed", _("确认")
        REFUSED = "refused", _("不予确认")

    application = models.ForeignKey(Application, models.CASCADE, related_name="endorsements")
    step = models.CharField(_("环节"), max_length=40)
    decision = models.CharField(_("结论"), max_length=12, choices=Decision.choices)
    reason = models.TextField(_("意见"), blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+", verbose_name=_("单位"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("办理人"))
    at = models.DateTimeField(_("办理时间"), default=clock.now)

    class Meta:
        verbose_name = _("单位审核")
        verbose_name_plural = _("单位审核")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.organisation}：{self.get_decision_display()}"


class Review(models.Model):
    """资格审核: the office's answer to an application."""

    class Outcome(models.TextChoices):
        PASSED = "passed", _("通过")
        RETURNED = "returned", _("退回补正")
        REJECTED = "rejected", _("不予入库")

    application = models.ForeignKey(Application, models.CASCADE, related_name="reviews")
    outcome = models.CharField(_("结论"), max_length=12, choices=Outcome.choices)
    reason = models.TextField(_("理由"), blank=True)
    article = models.CharField(_("依据条款"), max_length=40, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("审核人"))
    at = models.DateTimeField(_("审核时间"), default=clock.now)

    class Meta:
        verbose_name = _("资格审核")
        verbose_name_plural = _("资格审核")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.get_outcome_display()


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

    class Meta:
        verbose_name = _("公示")
        verbose_name_plural = _("公示")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.batch.number} 公示"


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

    class Meta:
        verbose_name = _("异议")
        verbose_name_plural = _("异议")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"异议 {self.pk}"


class Expert(PersonalFile):
    """专家: a person, whatever pools he is in. Kept for good, also after an exit."""

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="expert", verbose_name=_("账号"))

    history = HistoricalRecords()

    class Meta:
        verbose_name = _("专家")
        verbose_name_plural = _("专家")
        ordering = ["name_key", "id"]
        constraints = [models.UniqueConstraint(fields=["id_digest"], condition=~Q(id_digest=""), name="one_record_a_person")]


class Employment(EmploymentFacts):
    """A current or past employer of an expert; every current one counts for recusal (第十五条（四）)."""

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="employments")

    class Meta:
        verbose_name = _("任职经历")
        verbose_name_plural = _("任职经历")
        ordering = ["-since"]


class DeclaredInterest(models.Model):
    """What an expert declared beforehand: a relation to a person, or an interest in a unit (第十五条（二）（三）)."""

    class Kind(models.TextChoices):
        PERSON = "person", _("与个人的近亲属等关系")
        UNIT = "unit", _("与单位的重大经济利益关系")

    expert = models.ForeignKey(Expert, models.CASCADE, related_name="interests")
    kind = models.CharField(_("种类"), max_length=8, choices=Kind.choices)
    person_name = models.CharField(_("姓名"), max_length=40, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    relation = models.CharField(_("关系说明"), max_length=120, blank=True)
    declared_at = models.DateTimeField(_("申明时间"), default=clock.now)

    class Meta:
        verbose_name = _("利害关系申明")
        verbose_name_plural = _("利害关系申明")

    def __str__(self) -> str:
        return self.get_kind_display()


class MembershipQuerySet(models.QuerySet["Membership"]):
    """Memberships, narrowed."""

    def active(self) -> "MembershipQuerySet":
        """Those that have not exited."""
        return self.filter(state=Membership.State.ACTIVE)

    def suspended_on(self, day: date) -> "MembershipQuerySet":
        """Those with a suspension that covers ``day``."""
        covering = Suspension.objects.covering(day, day)
        return self.filter(pk__in=covering.values("membership"))


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


class ExitCase(DecidedUnder):
    """出库事项: somebody or the system says that a membership should end; the office decides (第七条)."""

    class State(models.TextChoices):
        OPEN = "open", _("待决定")
        EXITED = "exited", _("决定出库")
        DISMISSED = "dismissed", _("不予出库")

    class Source(models.TextChoices):
        OFFICE = "office", _("管理处室提出")
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


class Mark(models.Model):
    """专家标识: a fact about a membership written down by the room that knows it, for rooms below to read."""

    membership = models.ForeignKey(Membership, models.PROTECT, related_name="marks", verbose_name=_("在库专家"))
    kind = models.CharField(_("标识"), max_length=40)
    value = models.CharField(_("内容"), max_length=80, blank=True)
    source = models.CharField(_("来源"), max_length=80)
    set_at = models.DateTimeField(_("设置时间"), default=clock.now)
    ends_on = models.DateField(_("有效至"), null=True, blank=True)

    class Meta:
        verbose_name = _("专家标识")
        verbose_name_plural = _("专家标识")
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["membership", "kind", "source"], name="mark_once_a_source")]

    def __str__(self) -> str:
        return self.kind


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
