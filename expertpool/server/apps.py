from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ServerConfig(AppConfig):
    name = "expertpool.server"
    label = "server"
    verbose_name = _("运行")

    def ready(self) -> None:
        from . import checks  # noqa: F401 - registers itself
