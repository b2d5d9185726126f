"""The desk's addresses that belong to no pool."""

from django.urls import path

from .views import accounts, ledger, messages, pages

urlpatterns = [
    path("", pages.front, name="front"),
    path("home/", pages.home, name="home"),
    path("rules/<str:code>/", pages.rules, name="rules"),
    path("login/", accounts.login, name="login"),
    path("logout/", accounts.logout, name="logout"),
    path("password/", accounts.password_change, name="password_change"),
    path("messages/", messages.messages, name="messages"),
    path("messages/<int:pk>/", messages.message, name="message"),
    path("messages/<int:pk>/open/", messages.message_open, name="message_open"),
    path("ledger/", ledger.ledger, name="ledger"),
    path("switch/<str:code>/", pages.switch, name="switch"),
]
