"""参与: standing acceptances, and what they count for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import User
from experts.models import Membership

from .draws import Candidate
from .requests import DrawRequest


class ParticipationQuerySet(models.QuerySet["Participation"]):
    """Participations, narrowed. Here stands what counts towards the cap, and what keeps somebody from being elsewhere."""

    def with_use(self) -> "ParticipationQuerySet":
        """With ``counts``: attended, or accepted and still to come (第十四条, reading A11), and ``binds``: not given back."""
        return self.annotate(counts=_is(_COUNTS), binds=_is(_BINDS))

    def counting_in(self, year: int) -> "ParticipationQuerySet":
        """Those that count towards the annual cap of ``year`` in their pool."""
        return self.filter(_COUNTS, request__starts_on__year=year)


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


def _is(condition: Q) -> models.Case:
    return models.Case(models.When(condition, then=True), default=False, output_field=models.BooleanField())


# Accepted and not given back, of a request that was not called off.
_ALIVE = Q(state=Participation.State.STANDING) & ~Q(request__state=DrawRequest.State.CANCELLED)
_COUNTS = Q(attended=True) | (_ALIVE & Q(attended__isnull=True))
# Whoever came on the first of several days is not free on the others; whoever stayed away is.
_BINDS = _ALIVE & (Q(attended__isnull=True) | Q(attended=True))
