"""The addresses of this room inside a pool."""

from django.urls import URLPattern, path

from evaluation.views import attendance, dossier, evaluations, violations

urlpatterns: list[URLPattern] = [
    path("requests/<int:pk>/attendance/", attendance.attendance, name="attendance"),
    path("requests/<int:pk>/dossier/", dossier.dossier, name="dossier"),
    path("evaluations/", evaluations.evaluations, name="evaluations"),
    path("evaluations/<int:pk>/", evaluations.evaluation, name="evaluation"),
    path("evaluations/<int:pk>/countersign/", evaluations.evaluation_countersign, name="evaluation_countersign"),
    path("evaluations/<int:pk>/return/", evaluations.evaluation_return, name="evaluation_return"),
    path("evaluations/<int:pk>/print/", evaluations.evaluation_print, name="evaluation_print"),
    path("evaluations/<int:pk>/xlsx/", evaluations.evaluation_xlsx, name="evaluation_xlsx"),
    path("participations/<int:pk>/report/", violations.report_violation, name="report_violation"),
]
