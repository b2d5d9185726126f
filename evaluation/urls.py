"""The addresses of this room that belong to no pool: what an expert received, in whichever pool."""

from django.urls import URLPattern, path

from evaluation.views import scores

urlpatterns: list[URLPattern] = [
    path("my-scores/", scores.my_scores, name="my_scores"),
]
