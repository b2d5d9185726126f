"""The desk's addresses inside a pool."""

from django.urls import path

from .views import ledger, pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("ledger/", ledger.ledger, name="ledger"),
]
