"""The addresses of this room that belong to no pool: what an applicant and an employer have in all pools, and what is public."""

from django.urls import URLPattern, path

from .views import applications, endorsements, publicity

urlpatterns: list[URLPattern] = [
    path("applications/", applications.applications, name="applications"),
    path("endorsements/", endorsements.endorsements, name="endorsements"),
    path("gongshi/", publicity.publicities_public, name="publicities_public"),
    path("gongshi/<str:number>/", publicity.publicity_public, name="publicity_public"),
]
