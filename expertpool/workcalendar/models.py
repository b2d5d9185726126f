"""The table of working days: one row a year that says where it comes from, one row a day."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from expertpool import clock
from expertpool.accounts.models import User


class WorkYear(models.Model):
    """A loaded year. ``content_hash`` changes whenever its days do, so that a process notices that its copy is old."""

    class Status(models.TextChoices):
        OFFICIAL = "official", _("正式")
        PROVISIONAL = "provisional", _("暂定")

    year = models.PositiveSmallIntegerField(_("年份"), unique=True)
    status = models.CharField(_("状态"), max_length=12, choices=Status.choices)
    source_document = models.CharField(_("依据文件"), max_length=200)
    content_hash = models.CharField(_("内容摘要"), max_length=64)
    loaded_at = models.DateTimeField(_("载入时间"), default=clock.now)
    loaded_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("载入人"))

    class Meta:
        verbose_name = _("工作日历")
        verbose_name_plural = _("工作日历")
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}年（{self.get_status_display()}）"


class WorkDay(models.Model):
    """One day of a loaded year; every day of the year has its row."""

    work_year = models.ForeignKey(WorkYear, models.CASCADE, related_name="days", verbose_name=_("年份"))
    date = models.DateField(_("日期"), unique=True)
    is_workday = models.BooleanField(_("是否工作日"))
    note = models.CharField(_("说明"), max_length=60, blank=True)

    class Meta:
        verbose_name = _("工作日历的一天")
        verbose_name_plural = _("工作日历的各天")
        ordering = ["date"]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d}"
