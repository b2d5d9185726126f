"""Who uses the system: accounts, and the organisations. What an account may do is an assignment (expertpool.pools)."""

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from expertpool import clock
from expertpool.codes import is_code
from expertpool.ledger.services import PERSONAL


def validate_code(text: str) -> None:
    """A code as the draw's files and the ledger take it, which refuse all else. Raises ValidationError."""
    if not is_code(text) or PERSONAL.search(text):
        raise ValidationError(_("代码要写入抽取文件和留痕，只能用大写字母、数字和连字符，并以字母或数字开头；不能是手机号码或身份号码。"))


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    """Organisations, narrowed."""

    def named(self, text: str) -> "OrganisationQuerySet":
        """Those that bear, or once bore, exactly this name."""
        return self.filter(models.Q(name=text) | models.Q(names__name=text)).distinct()


class Organisation(models.Model):
    """单位: an employer, a recommending unit, a department, the office itself.

    ``parent`` with ``relation`` says how it hangs below another one: an ``internal`` unit (内设机构) is part of the
    same legal entity, a ``subordinate`` one (隶属) is an entity of its own. Recusal needs both
    (第十五条（四）).
    """

    class Kind(models.TextChoices):
        GOVERNMENT = "government", _("政府机关")
        INSTITUTION = "institution", _("事业单位")
        UNIVERSITY = "university", _("高等院校")
        RESEARCH = "research", _("科研院所")
        COMPANY = "company", _("企业")
        ASSOCIATION = "association", _("社会组织")

    class Relation(models.TextChoices):
        SUBORDINATE = "subordinate", _("隶属")
        INTERNAL = "internal", _("内设机构")

    code = models.CharField(
        _("单位编号"),
        max_length=16,
        unique=True,
        validators=[validate_code],
        help_text=_("大写字母、数字和连字符；抽取文件中以此代替单位名称，登记后不再变更"),
    )
    name = models.CharField(_("单位名称"), max_length=120, db_index=True)
    uscc = models.CharField(_("统一社会信用代码"), max_length=18, null=True, blank=True, unique=True)
    kind = models.CharField(_("单位类型"), max_length=16, choices=Kind.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级单位"))
    relation = models.CharField(_("与上级的关系"), max_length=16, choices=Relation.choices, blank=True)

    history = HistoricalRecords()
    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("单位")
        verbose_name_plural = _("单位")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class OrganisationName(models.Model):
    """A former name of an organisation and the last day on which it was in use."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="names", verbose_name=_("单位"))
    name = models.CharField(_("曾用名"), max_length=120, db_index=True)
    until = models.DateField(_("使用至"))

    class Meta:
        verbose_name = _("曾用名")
        verbose_name_plural = _("曾用名")
        ordering = ["until"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Makes accounts; there is no superuser."""

    def create_user(self, username: str, password: str | None = None, **fields: object) -> "User":
        """An account with its password hashed; ``fields`` are those of :class:`User`."""
        user = self.model(username=username, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def locked(self) -> "models.QuerySet[User]":
        """The accounts that are asked for, locked until the transaction ends; references to them are not held up.

        Whoever holds the ledger writes down acts of an account and messages to it. Under a plain lock he would wait for who changes
        it, who waits for the ledger.
        """
        return self.select_for_update(no_key=True)


class User(AbstractBaseUser):
    """An account: one named person (实名，一人一号)."""

    username = models.CharField(_("账号"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=60)
    email = models.EmailField(_("电子邮箱"), blank=True)
    is_active = models.BooleanField(_("可登录"), default=True)
    date_joined = models.DateTimeField(_("开通时间"), default=clock.now)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["name"]

    history = HistoricalRecords(excluded_fields=["password", "last_login"])
    objects = UserManager()

    class Meta:
        verbose_name = _("账号")
        verbose_name_plural = _("账号")
        ordering = ["username"]

    def __str__(self) -> str:
        return self.name

    def has_perm(self, perm: str, obj: object | None = None) -> bool:
        """Django's own permissions are not used: duties decide (expertpool.web.admin)."""
        return False

    def has_module_perms(self, app_label: str) -> bool:
        """See :meth:`has_perm`."""
        return False
