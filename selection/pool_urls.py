"""The addresses of this room inside a pool."""

from django.urls import URLPattern, path

from selection.views import draws, requests

urlpatterns: list[URLPattern] = [
    path("requests/", requests.requests, name="requests"),
    path("requests/new/", requests.request_new, name="request_new"),
    path("requests/<int:pk>/", requests.request_detail, name="request"),
    path("requests/<int:pk>/edit/", requests.request_edit, name="request_edit"),
    path("requests/<int:pk>/check/", requests.request_check, name="request_check"),
    path("requests/<int:pk>/approve/", requests.request_approve, name="request_approve"),
    path("requests/<int:pk>/send-back/", requests.request_send_back, name="request_send_back"),
    path("requests/<int:pk>/cancel/", requests.request_cancel, name="request_cancel"),
    path("requests/<int:pk>/waivers/shortage/", requests.waiver_shortage, name="waiver_shortage"),
    path("requests/<int:pk>/waivers/cap/", requests.waiver_cap, name="waiver_cap"),
    path("requests/<int:pk>/waivers/<int:waiver_pk>/countersign/", requests.waiver_countersign, name="waiver_countersign"),
    path("requests/<int:pk>/print/", requests.request_print, name="request_print"),
    path("requests/<int:pk>/xlsx/", requests.request_xlsx, name="request_xlsx"),
    path("requests/<int:pk>/draw/", draws.draw, name="draw"),
    path("requests/<int:pk>/draw/join/", draws.draw_join, name="draw_join"),
    path("requests/<int:pk>/draw/leave/", draws.draw_leave, name="draw_leave"),
    path("requests/<int:pk>/draw/freeze/", draws.draw_freeze, name="draw_freeze"),
    path("requests/<int:pk>/draw/share/", draws.draw_share, name="draw_share"),
    path("requests/<int:pk>/draw/abort/", draws.draw_abort, name="draw_abort"),
    path("requests/<int:pk>/draw/give-up/", draws.draw_give_up, name="draw_give_up"),
    path("requests/<int:pk>/draw/invite/", draws.draw_invite, name="draw_invite"),
    path("requests/<int:pk>/draw/supplement/", draws.draw_supplement, name="draw_supplement"),
    path("requests/<int:pk>/draw/waiver/", draws.draw_waiver, name="draw_waiver"),
    path("requests/<int:pk>/draw/invitations/<int:invitation>/unreached/", draws.invitation_unreached, name="invitation_unreached"),
    path("requests/<int:pk>/draw/invitations/<int:invitation>/phone/", draws.draw_phone, name="draw_phone"),
    path("requests/<int:pk>/draw/events/", draws.draw_events, name="draw_events"),
    path("requests/<int:pk>/draw/bundle.zip", draws.draw_bundle, name="draw_bundle"),
    path("requests/<int:pk>/draw/<int:round>/<int:attempt>/manifest.txt", draws.draw_manifest, name="draw_manifest"),
    path("requests/<int:pk>/draw/<int:round>/<int:attempt>/pool.txt", draws.draw_pool, name="draw_pool"),
    path("requests/<int:pk>/draw/<int:round>/<int:attempt>/qr.svg", draws.manifest_qr, name="manifest_qr"),
    path("requests/<int:pk>/draw/<int:round>/<int:attempt>/record/", draws.draw_record, name="draw_record"),
]
