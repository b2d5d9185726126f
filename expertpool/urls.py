"""The addresses that belong to no pool: the installation's own, those of a person, what is public. A pool's: ``pool_urls``."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("expertpool.desk.urls")),
    path("", include("experts.urls")),
    path("", include("selection.urls")),
    path("", include("evaluation.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "expertpool.desk.views.pages.bad_request"
handler403 = "expertpool.desk.views.pages.forbidden"
handler404 = "expertpool.desk.views.pages.not_found"
handler500 = "expertpool.desk.views.pages.broken"
