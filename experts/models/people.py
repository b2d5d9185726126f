"""People, whatever pools they are in."""

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.crypto import EncryptedTextField
from expertpool.pools.duties import Actor
from expertpool.pools.models import Pool, Role


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
    degree_since = models.DateField(_("取得学位日期"), null=True, blank=True)
    major = models.CharField(_("专业"), max_length=60, blank=True)
    employer = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("工作单位（人事关系所在单位）")
    )
    position = models.CharField(_("职务"), max_length=60, blank=True)
    title = models.CharField(_("职称"), max_length=60, blank=True)
    title_level = models.IntegerField(_("职称等级"), choices=TitleLevel.choices, default=TitleLevel.NONE)
    title_since = models.DateField(_("取得职称日期"), null=True, blank=True)
    licence = models.CharField(_("注册职业资格"), max_length=80, blank=True)
    licence_since = models.DateField(_("取得注册职业资格日期"), null=True, blank=True)
    years = models.PositiveSmallIntegerField(_("从业年限"), null=True, blank=True)
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


class ExpertQuerySet(models.QuerySet["Expert"]):
    """Experts, narrowed."""

    def in_pool(self, pool: Pool) -> "ExpertQuerySet":
        """Those who stand or stood in ``pool``."""
        return self.filter(memberships__pool=pool).distinct()

    def visible_to(self, actor: Actor) -> "ExpertQuerySet":
        """In a pool: who stands or stood in it, for who may look its members up; outside: one's own record."""
        if actor.pool is None:
            return self.filter(user=actor.account.pk) if actor.has_role(Role.EXPERT) else self.none()
        return self.in_pool(actor.pool) if actor.holds("members.read") else self.none()


class Expert(PersonalFile):
    """专家: a person, whatever pools he is in. Kept for good, also after an exit."""

    user = models.OneToOneField(User, models.PROTECT, null=True, blank=True, related_name="expert", verbose_name=_("账号"))

    history = HistoricalRecords()
    objects = ExpertQuerySet.as_manager()

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
