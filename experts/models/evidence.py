"""证明材料: files that belong to an application or an exit case."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.pools.duties import Actor

from .applications import Application
from .exits import ExitCase


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Files of evidence, narrowed."""

    def visible_to(self, actor: Actor) -> "AttachmentQuerySet":
        """Those that belong to an application or an exit case whose file the actor may open."""
        return self.filter(Q(application__in=Application.objects.visible_to(actor)) | Q(exit_case__in=ExitCase.objects.visible_to(actor)))


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

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("证明材料")
        verbose_name_plural = _("证明材料")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.original_name
