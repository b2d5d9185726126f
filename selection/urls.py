"""The addresses of this room that belong to no pool: reply links, an expert's own pages, the verifier."""

from django.urls import URLPattern, path

from selection.views import draws, profile, replies, verify

urlpatterns: list[URLPattern] = [
    path("verify_draw.py", draws.verify_script, name="verify_script"),
    path("verify/", verify.verify, name="verify"),
    path("verify/verify_draw.html", verify.verify_download, name="verify_file"),
    path("r/<str:token>/", replies.reply, name="reply"),
    path("profile/", profile.profile, name="profile"),
    path("profile/<str:number>/leave/", profile.profile_leave, name="profile_leave"),
    path("invitations/", replies.my_invitations, name="my_invitations"),
    path("invitations/<int:pk>/", replies.my_invitation, name="my_invitation"),
]
