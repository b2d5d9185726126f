"""The addresses of this room inside a pool."""

from django.urls import URLPattern, path

from .views import applications, attachments, batches, endorsements, imports, publicity

urlpatterns: list[URLPattern] = [
    path("applications/", applications.applications, name="applications"),
    path("applications/new/", applications.application_new, name="application_new"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/edit/", applications.application_edit, name="application_edit"),
    path("applications/<int:pk>/check/", applications.application_check, name="application_check"),
    path("applications/<int:pk>/admit/", applications.application_admit, name="application_admit"),
    path("applications/<int:pk>/withdraw/", applications.application_withdraw, name="application_withdraw"),
    path("applications/<int:pk>/print/", applications.application_print, name="application_print"),
    path("applications/<int:pk>/xlsx/", applications.application_xlsx, name="application_xlsx"),
    path("application-import/", imports.application_import, name="application_import"),
    path("application-import/template/", imports.application_template, name="application_template"),
    path("attachments/<int:pk>/", attachments.attachment, name="attachment"),
    path("publicities/", publicity.publicities, name="publicities"),
    path("batches/", batches.batches, name="batches"),
    path("batches/<int:pk>/", batches.batch, name="batch"),
    path("endorsements/", endorsements.endorsements, name="endorsements"),
    path("endorsements/<int:pk>/", endorsements.endorsement, name="endorsement"),
]
