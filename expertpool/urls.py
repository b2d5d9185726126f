"""The addresses of the installation: the ground floor, the rooms above it, the back office."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("expertpool.core.urls")),
    path("", include("expertpool.accounts.urls")),
    path("", include("expertpool.ledger.urls")),
    path("", include("expertpool.messaging.urls")),
    path("", include("experts.urls")),
    path("", include("selection.urls")),
    path("", include("evaluation.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "expertpool.core.views.bad_request"
handler403 = "expertpool.core.views.forbidden"
handler404 = "expertpool.core.views.not_found"
handler500 = "expertpool.core.views.broken"
