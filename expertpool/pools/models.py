"""The pools, their fields, who acts in them, and their serial numbers."""

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool.accounts.models import Organisation, User, validate_code
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


class PoolQuerySet(models.QuerySet["Pool"]):
    """Pools, narrowed."""

    def of(self, account: User, on: date) -> "PoolQuerySet":
        """Those in which ``account`` holds an assignment on the Beijing day ``on``."""
        return self.filter(pk__in=Assignment.objects.standing_on(on).filter(account=account, pool__isnull=False).values("pool"))


class Pool(models.Model):
    """专家库: follows one regulation and is run by one office. ``code`` stands in its addresses (``/p/<code>/``)."""

    code = models.CharField(
        _("代码"),
        max_length=16,
        unique=True,
        validators=[RegexValidator(r"^[A-Za-z0-9][A-Za-z0-9-]*$", _("只能用字母、数字和连字符。"))],
        help_text=_("用于网址，如 XJGXT；建立后不再变更"),
    )
    name = models.CharField(_("名称"), max_length=80)
    regulation_code = models.CharField(_("适用规定"), max_length=40)
    office = models.ForeignKey(Organisation, models.PROTECT, related_name="pools", verbose_name=_("管理部门"))
    # Letters alone: with a digit at its end the numbers of two pools could be one text.
    number_prefix = models.CharField(
        _("编号前缀"),
        max_length=8,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2,8}$", _("前缀为2至8个大写字母。"))],
        help_text=_("专家、申请、批次和抽取的编号都以此开头，各专家库不得相同"),
    )

    history = HistoricalRecords()
    objects = PoolQuerySet.as_manager()

    class Meta:
        verbose_name = _("专家库")
        verbose_name_plural = _("专家库")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    def regulation_on(self, day: date) -> Regulation:
        """The edition of the pool's regulation that is in force on ``day``. Raises NoEditionInForce."""
        return catalogue.in_force(self.regulation_code, day)


class Field(models.Model):
    """专业领域 (申报方向); the regulation's own list, which the office may extend (附表1注 “等”)."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="fields", verbose_name=_("专家库"))
    code = models.CharField(_("代码"), max_length=16, validators=[validate_code], help_text=_("大写字母、数字和连字符；增加后不再变更"))
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


class RecommendingUnit(models.Model):
    """推荐单位: that a unit recommends in one pool, and in which of its fields (第六条（一）); none: in no field."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="recommending_units", verbose_name=_("专家库"))
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="recommends_in", verbose_name=_("单位"))
    fields = models.ManyToManyField(Field, related_name="recommending_units", verbose_name=_("推荐领域"), blank=True)
    in_use = models.BooleanField(_("启用"), default=True)

    history = HistoricalRecords(m2m_fields=[fields])

    class Meta:
        verbose_name = _("推荐单位和领域")
        verbose_name_plural = _("推荐单位和领域")
        ordering = ["pool", "organisation"]
        constraints = [models.UniqueConstraint(fields=["pool", "organisation"], name="recommends_once_in_a_pool")]

    def __str__(self) -> str:
        return str(self.organisation)


class Role(models.TextChoices):
    """The kinds of people whom the editions name, and the three administrators (三员); see docs/roles.md."""

    RECOMMENDING_UNIT = "recommending_unit", _("推荐单位")
    EMPLOYER = "employer", _("所在单位")
    EXPERT = "expert", _("专家")
    OFFICE = "office", _("专家库管理处室")
    AGENCY = "agency", _("受委托机构")
    LEADER = "leader", _("分管领导")
    DEPARTMENT = "department", _("使用单位")
    INSPECTOR = "inspector", _("纪检监察")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")


#: They belong to the installation and see no pool's people.
ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
#: They are what they are in every pool.
EVERYWHERE = frozenset({Role.EMPLOYER, Role.EXPERT})
#: Who acts for a unit, and for nothing without one; the others act for the whole pool.
FOR_A_UNIT = frozenset({Role.RECOMMENDING_UNIT, Role.EMPLOYER, Role.DEPARTMENT})
#: Roles of an assignment that names a pool.
IN_A_POOL = frozenset(Role) - ADMINISTRATORS - EVERYWHERE


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    """Assignments, narrowed."""

    def standing_on(self, day: date) -> "AssignmentQuerySet":
        """Those whose days include the Beijing day ``day``, of accounts that may sign in."""
        return self.filter(account__is_active=True, starts_on__lte=day).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=day))

    def overlapping(self, first: date, last: date | None) -> "AssignmentQuerySet":
        """Those that share a day with the period from ``first`` to ``last`` (None: without end), both included."""
        found = self.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=first)).exclude(ends_on__lt=F("starts_on"))
        return found if last is None else found.filter(starts_on__lte=last)

    def in_pool(self, pool: Pool | None) -> "AssignmentQuerySet":
        """Those that count in ``pool``: its own, and what somebody is in every pool. None: what belongs to no pool."""
        everywhere = Q(pool__isnull=True, role__in=EVERYWHERE)
        return self.filter(Q(pool=pool) | everywhere) if pool is not None else self.filter(pool__isnull=True)


class Assignment(models.Model):
    """任职: an account acts in a role, in one pool (employers, experts and administrators: in none), for a unit, from a day to a day."""

    account = models.ForeignKey(User, models.PROTECT, related_name="assignments", verbose_name=_("账号"))
    role = models.CharField(_("角色"), max_length=20, choices=Role.choices)
    pool = models.ForeignKey(Pool, models.PROTECT, null=True, blank=True, related_name="assignments", verbose_name=_("专家库"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="assignments", verbose_name=_("所代表的单位")
    )
    starts_on = models.DateField(_("任职起"))
    # A day before starts_on: it was ended before it began.
    ends_on = models.DateField(_("任职止（含）"), null=True, blank=True)

    history = HistoricalRecords()
    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("任职")
        verbose_name_plural = _("任职")
        ordering = ["account", "pool", "role", "starts_on"]
        indexes = [models.Index(fields=["pool", "role"], name="assignment_pool_role")]
        constraints = [
            models.CheckConstraint(
                condition=Q(pool__isnull=True, role__in=sorted(ADMINISTRATORS | EVERYWHERE))
                | Q(pool__isnull=False, role__in=sorted(IN_A_POOL)),
                name="assignment_pool_fits_role",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.get_role_display()}"

    def stands_on(self, day: date) -> bool:
        """Whether its days include the Beijing day ``day``."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class Serial(models.Model):
    """The last serial number that was given out: one row a pool, kind and year, so that pools never wait for each other."""

    pool = models.ForeignKey(Pool, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = _("流水号")
        verbose_name_plural = _("流水号")
        constraints = [models.UniqueConstraint(fields=["pool", "kind", "year"], name="serial_once_a_year")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"
