"""The addresses inside a pool, below ``/p/<code>/`` (expertpool.pools.mount)."""

from django.contrib import admin
from django.urls import include, path

from .urls import handler400, handler403, handler404, handler500

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

urlpatterns = [
    path("", include("expertpool.desk.pool_urls")),
    path("", include("experts.pool_urls")),
    path("", include("selection.pool_urls")),
    path("", include("evaluation.pool_urls")),
    path("admin/", admin.site.urls),
]
