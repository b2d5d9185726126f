"""The draw page: who draws freezes, who watches gives his share, who contacts invites, the others see how far it is.

What the page shows and offers is :class:`selection.pages.draw.DrawPage`; an act asks the duty of the edition that the
draw was decided under.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.addresses import address
from expertpool.ledger import services as ledger
from expertpool.pools.access import needs, public, refusal_page, signed_in
from expertpool.pools.duties import Actor
from expertpool.refusals import Refusal, Refused
from selection import verify_draw
from selection.domain.protocol import reading
from selection.forms.draws import AbortForm, FreezeForm, GiveUpForm, ShareForm, UnreachedForm, WaiverForm
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation
from selection.pages.draw import WATCH, WORK, DrawPage, edition_shown
from selection.services import contacts, draws, invitations, waivers

READ = "requests.read"
OTHER_LIST = Refusal("other-list", str(_("您看到的名单已被中止，又冻结了新的名单。请核对本页显示的新的清单校验值，再重新办理。")))


def _who(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined, no-any-return]


def _request(request: HttpRequest, pk: int) -> DrawRequest:
    rows = DrawRequest.objects.visible_to(_who(request)).select_related("pool", "department", "filed_by")
    return get_object_or_404(rows, pk=pk)


def _why_not_here(request: HttpRequest, draw_request: DrawRequest, duties: frozenset[str]) -> Refusal | None:
    """The reason why the account holds none of ``duties`` at this draw, or None."""
    who = _who(request)
    edition = edition_shown(draw_request, draws.draw_of(draw_request), who)
    found = [who.why_not(duty, organisation=draw_request.department_id, edition=edition) for duty in sorted(duties)]
    return None if None in found else found[0]


@needs(READ)
@never_cache
@require_GET
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """抽取: one page for everybody; what each sees is decided by selection.domain.sight."""
    return _page(request, _request(request, pk))


def _page(request: HttpRequest, draw_request: DrawRequest, refusals: tuple[Refusal, ...] = (), **given: Any) -> HttpResponse:
    page = DrawPage.of(_who(request), draw_request)
    context = {"page": page, "draw_request": draw_request, "refusals": refusals, **_forms(page), **given}
    return render(request, "selection/draw.html", context)


def _forms(page: DrawPage) -> dict[str, Any]:
    """An empty form for each act that is offered."""
    offers = page.offers
    found: dict[str, Any] = {}
    if offers.freeze is not None:
        alg = page.draw.alg if page.draw else page.rules.alg if page.rules else "sm3"
        found["freeze_form"] = FreezeForm(initial={"alg": alg})
    if offers.share is not None:
        found["share_form"] = ShareForm(initial=_shown(page))
    if offers.abort:
        found["abort_form"] = AbortForm(auto_id="abort_%s", initial=_shown(page))
    if offers.give_up:
        found["give_up_form"] = GiveUpForm(auto_id="give_up_%s")
    if offers.short:
        fields = page.request.pool.fields.filter(code__in=offers.short)
        found["waiver_form"] = WaiverForm(fields=fields, auto_id="waiver_%s")
    if offers.unreached:
        found["unreached_form"] = UnreachedForm(auto_id="unreached_%s")
    return found


def _shown(page: DrawPage) -> dict[str, str]:
    """The M that a page shows, which its forms carry."""
    return {"manifest": page.last.manifest_hash} if page.last is not None else {}


def _act(
    request: HttpRequest, pk: int, duties: frozenset[str], do: Callable[[DrawRequest, User], str], *, form: Any = None, name: str = ""
) -> HttpResponse:
    """One act of the page: done and back to the page, or the page again with the reasons and all that was typed."""
    draw_request = _request(request, pk)
    if refusal := _why_not_here(request, draw_request, duties):
        return refusal_page(request, refusal)
    if request.method != "POST":
        return redirect("draw", pk=pk)
    given = {name: form} if form is not None else {}
    if form is not None and not form.is_valid():
        return _page(request, draw_request, **given)
    try:
        told = do(draw_request, _who(request).account)
    except Refused as refused:
        # Who has seen another list begins with a fresh form: what he ticked and typed was about that one.
        if form is None or OTHER_LIST in refused.refusals:
            return _page(request, _request(request, pk), refused.refusals)
        form.add_refusals(refused.refusals)
        return _page(request, _request(request, pk), **given)
    messages.success(request, told)
    return redirect("draw", pk=pk)


def _existing(draw_request: DrawRequest) -> Draw:
    found = draws.draw_of(draw_request)
    if found is None:
        raise Http404
    return found


def _attempt_seen(draw_request: DrawRequest, manifest: str) -> Attempt:
    """The attempt whose M stood on the page; refused where a later one has come since. The service judges the attempt itself."""
    draw = _existing(draw_request)
    attempt = Attempt.objects.filter(draw=draw).order_by("round", "attempt").last()
    if attempt is None:
        raise Http404
    if attempt.manifest_hash != manifest:
        raise Refused(OTHER_LIST)
    attempt.draw = draw
    return attempt


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_join(request: HttpRequest, pk: int) -> HttpResponse:
    """到场监督."""

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.join(request=draw_request, by=user)
        return str(_("已登记到场监督。"))

    return _act(request, pk, WATCH, do)


@signed_in
@require_http_methods(["GET", "POST"])
def draw_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """离场: of whoever is in his place, also of one whose duty here has ended since he came."""
    who = _who(request)
    there = DrawRequest.objects.filter(pool=who.pool, presences__inspector=who.account, presences__left_at__isnull=True)
    draw_request = there.filter(pk=pk).first()
    if draw_request is None or request.method != "POST":

        def do(draw_request: DrawRequest, user: User) -> str:
            draws.leave(request=draw_request, by=user)
            return str(_("已登记离场。"))

        return _act(request, pk, WATCH, do)
    draws.leave(request=draw_request, by=who.account)
    messages.success(request, _("已登记离场。"))
    seen = DrawRequest.objects.visible_to(who).filter(pk=pk).exists()
    return redirect("draw", pk=pk) if seen else redirect(address("front"))


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """冻结名单."""
    form = FreezeForm(request.POST or None)

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.freeze(request=draw_request, by=user, alg=form.cleaned_data["alg"])
        return str(_("名单已冻结。请监督人员核对并带走清单校验值，然后输入监督份额。"))

    return _act(request, pk, frozenset({"draw.run"}), do, form=form, name="freeze_form")


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_share(request: HttpRequest, pk: int) -> HttpResponse:
    """输入监督份额."""
    form = ShareForm(request.POST or None)

    def do(draw_request: DrawRequest, user: User) -> str:
        data = form.cleaned_data
        draws.give_share(attempt=_attempt_seen(draw_request, data["manifest"]), share=data["share"], by=user)
        return str(_("监督份额已记录，候选名单已经抽出。"))

    return _act(request, pk, frozenset({"draw.share"}), do, form=form, name="share_form")


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_abort(request: HttpRequest, pk: int) -> HttpResponse:
    """中止本次抽取."""
    form = AbortForm(request.POST or None, auto_id="abort_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        data = form.cleaned_data
        draws.abort(attempt=_attempt_seen(draw_request, data["manifest"]), reason=data["reason"], by=user)
        return str(_("本次抽取已中止，序号保留，可以重新冻结。"))

    return _act(request, pk, WATCH | {"draw.run"}, do, form=form, name="abort_form")


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """终止抽取，取消使用申请."""
    form = GiveUpForm(request.POST or None, auto_id="give_up_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        data = form.cleaned_data
        draws.give_up(draw=_existing(draw_request), reason_code=data["reason_code"], reason=data["reason"], by=user)
        return str(_("抽取已终止，使用申请已取消，已接受邀请的专家将收到通知。"))

    return _act(request, pk, frozenset({"draw.run"}), do, form=form, name="give_up_form")


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """按序发出邀请."""

    def do(draw_request: DrawRequest, user: User) -> str:
        sent = invitations.invite_due(draw=_existing(draw_request), by=user)
        return str(_("已按抽取顺序发出%(n)s份邀请。") % {"n": len(sent)} if sent else _("目前没有轮到邀请的专家。"))

    return _act(request, pk, frozenset({"contact.run"}), do)


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """补充抽取."""

    def do(draw_request: DrawRequest, user: User) -> str:
        attempt = draws.open_supplementary_round(draw=_existing(draw_request), by=user)
        return str(_("第%(n)s轮补充抽取的名单已冻结，请监督人员输入监督份额。") % {"n": attempt.round})

    return _act(request, pk, frozenset({"draw.run"}), do)


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """补充抽取的抽取比例豁免, to be countersigned."""
    fields = _request(request, pk).pool.fields.all()
    form = WaiverForm(request.POST or None, fields=fields, auto_id="waiver_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        data = form.cleaned_data
        waivers.waive_shortage(request=draw_request, field=data["field"], reason=data["reason"], by=user)
        return str(_("豁免已提出，会签后可以冻结补充抽取名单。"))

    return _act(request, pk, frozenset({"waiver.shortage"}), do, form=form, name="waiver_form")


def _invitation(request: HttpRequest, draw_request: DrawRequest, invitation: int) -> Invitation:
    rows = Invitation.objects.visible_to(_who(request)).filter(candidate__attempt__draw__request=draw_request)
    return get_object_or_404(rows.select_related("candidate__attempt", "candidate__membership__expert"), pk=invitation)


@needs(READ)
@require_http_methods(["GET", "POST"])
def invitation_unreached(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """登记未能送达."""
    form = UnreachedForm(request.POST or None, auto_id="unreached_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        if not form.is_valid():
            raise Refused(*(Refusal("form", str(text)) for texts in form.errors.values() for text in texts))
        row = _invitation(request, draw_request, invitation)
        invitations.mark_unreached(invitation=row, reason=form.cleaned_data["reason"], by=user)
        return str(_("已登记未能送达，转向下一顺位。"))

    return _act(request, pk, frozenset({"contact.record"}), do)


@needs(READ)
@require_http_methods(["GET", "POST"])
def draw_phone(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """显示轮到联系的专家的电话, recorded like every disclosure."""
    draw_request = _request(request, pk)
    if refusal := _why_not_here(request, draw_request, frozenset({"contact.run"})):
        return refusal_page(request, refusal)
    if request.method != "POST":
        return redirect("draw", pk=pk)
    row = _invitation(request, draw_request, invitation)
    try:
        phone = invitations.show_phone(invitation=row, by=_who(request).account)
    except Refused as refused:
        return _page(request, draw_request, refused.refusals)
    return _page(request, draw_request, shown_phone=phone, shown_for=row.pk)


@needs(READ)
@never_cache
@require_GET
def draw_events(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the page: outcomes as codes and the ledger's events; asked for every two seconds."""
    draw_request = _request(request, pk)
    if refusal := _why_not_here(request, draw_request, WORK):
        return refusal_page(request, refusal)
    page = DrawPage.of(_who(request), draw_request)
    response = render(request, "selection/_draw_events.html", {"page": page})
    if request.GET.get("seen", "") != page.seen:
        response["HX-Trigger"] = "draw-moved"
    return response


def _attempt(request: HttpRequest, pk: int, round: int, attempt: int) -> tuple[Attempt, DrawPage]:
    draw_request = _request(request, pk)
    row = get_object_or_404(Attempt.objects.select_related("draw"), draw__request=draw_request, round=round, attempt=attempt)
    row.draw.request = draw_request
    return row, DrawPage.of(_who(request), draw_request)


def _why_not_files(page: DrawPage, *, order: bool = False) -> Refusal | None:
    """The reason why the account may not read the files of the draw (``order``: those that show the drawn order) yet, or None."""
    if not page.sight.files:
        return Refusal("sealed", str(_("抽取文件只向组织抽取、联系专家和监督抽取的人员开放。")))
    if order and not page.sight.order:
        return Refusal("sealed", str(_("专家确定之前，抽取顺序和清册只向监督人员开放。轮到联系的专家在抽取页面显示。")))
    return None


def _download(name: str, data: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs(READ)
@require_GET
def draw_manifest(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """manifest.txt of an attempt: what the watcher takes away."""
    row, page = _attempt(request, pk, round, attempt)
    if refusal := _why_not_files(page):
        return refusal_page(request, refusal)
    return _download(f"{row.draw.number}-{round}-{attempt}-manifest.txt", row.manifest_text.encode("ascii"), "text/plain; charset=us-ascii")


@needs(READ)
@require_GET
def draw_pool(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """pool.txt of an attempt: codes only."""
    row, page = _attempt(request, pk, round, attempt)
    if refusal := _why_not_files(page, order=True):
        return refusal_page(request, refusal)
    return _download(f"{row.draw.number}-{round}-{attempt}-pool.txt", row.pool_text.encode("ascii"), "text/plain; charset=us-ascii")


@needs(READ)
@require_GET
def manifest_qr(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """The manifest hash of an attempt as a QR code."""
    row, page = _attempt(request, pk, round, attempt)
    if refusal := _why_not_files(page):
        return refusal_page(request, refusal)
    buffer = io.BytesIO()
    segno.make(f"{row.draw.number}|{round}|{attempt}|{row.manifest_hash}", error="m", micro=False).save(
        buffer, kind="svg", scale=4, border=3, light="#ffffff", dark="#000000", svgclass=None, lineclass=None, omitsize=True
    )
    return HttpResponse(buffer.getvalue(), content_type="image/svg+xml")


@needs(READ)
@require_GET
def draw_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """The bundle that verify_draw.py checks."""
    draw_request = _request(request, pk)
    draw = _existing(draw_request)
    if refusal := _why_not_files(DrawPage.of(_who(request), draw_request), order=True):
        return refusal_page(request, refusal)
    try:
        data = draws.bundle(draw)
    except Refused as refused:
        return _page(request, draw_request, refused.refusals)
    return _download(f"{draw.number}.zip", data, "application/zip")


@public
@require_GET
def verify_script(request: HttpRequest) -> HttpResponse:
    """The stand-alone verifier, for everybody: it holds no secret."""
    return _download("verify_draw.py", Path(verify_draw.__file__).read_bytes(), "text/x-python; charset=utf-8")


@needs(READ)
@require_GET
def draw_record(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """抽取记录单: what is signed and taken away, with M, the lists as codes and the heads of the chains."""
    row, page = _attempt(request, pk, round, attempt)
    if refusal := _why_not_files(page, order=row.state == Attempt.State.DRAWN):
        return refusal_page(request, refusal)
    lists: dict[str, list[Candidate]] = {}
    for candidate in row.candidates.select_related("field", "membership").order_by("position"):
        lists.setdefault(candidate.field.code, []).append(candidate)
    needs = reading.needs(row.manifest_text)
    fields = [{"name": page.names.get(need.field, need.field), "list": lists.get(need.field, [])} for need in needs]
    contact_head = contacts.contacts_text(row, row.draw.alg).splitlines()[-1].split("|")[1] if row.state == Attempt.State.DRAWN else ""
    context = {
        "draw_request": page.request,
        "draw": row.draw,
        "attempt": row,
        "regulation": page.regulation,
        "counts": draws.reason_counts(row, page.regulation, page.names),
        "fields": fields,
        "contact_head": contact_head,
        "ledger_head": ledger.head(),
        "now": clock.now(),
    }
    return render(request, "selection/draw_record.html", context)
