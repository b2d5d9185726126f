"""The draw page: the office freezes and contacts, the inspector watches and gives his share, the others see how far it is.

What each role may see, and from when, is the table in selection.domain.sight.
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
from expertpool.accounts.access import allow, public, refusal_page
from expertpool.accounts.models import Role, User
from expertpool.core.steps import DONE, NOW, TODO, Step
from expertpool.ledger import services as ledger
from expertpool.ledger.words import actor_words
from expertpool.ledger.words import words as event_words
from expertpool.refusals import Refusal, Refused
from expertpool.regulations import Regulation
from expertpool.regulations.schema import SYSTEM_EXCLUSIONS
from experts.services.disclosure import disclose
from experts.services.editions import edition_of, edition_to_show
from selection import verify_draw
from selection.domain.files import needs as needs_of
from selection.domain.seats import Outcome
from selection.domain.sight import Sight, sight
from selection.forms.draws import AbortForm, FreezeForm, GiveUpForm, ShareForm, UnreachedForm, WaiverForm
from selection.models import Attempt, Candidate, Draw, DrawRequest, Invitation, Participation
from selection.services import contacts, draws, invitations

State = DrawRequest.State
WATCHERS = (Role.OFFICE, Role.INSPECTOR, Role.LEADER, Role.DEPARTMENT)
WORKERS = (Role.OFFICE, Role.INSPECTOR)
CONTACTED = frozenset({State.DRAWING, State.CONFIRMED})
SETTLED = frozenset({State.CONFIRMED, State.HELD, State.CLOSED})

OUTCOME_WORDS = {
    "ACCEPT": ("done", _("接受")),
    "DECLINE": ("quiet", _("不能参加")),
    "NOREPLY": ("quiet", _("逾期未回复")),
    "UNREACHED": ("quiet", _("未能送达")),
    "RECUSE": ("quiet", _("申请回避")),
    "SKIP": ("quiet", _("依规定跳过")),
    "WITHDRAW": ("quiet", _("接受后退出")),
}


def _sight(user: User, draw_request: DrawRequest) -> Sight:
    return sight(role=user.role, state=draw_request.state, starts_on=draw_request.starts_on, on=clock.today())


def _request(request: HttpRequest, pk: int) -> DrawRequest:
    rows = DrawRequest.objects.visible_to(request.user).select_related("pool", "department", "filed_by")  # type: ignore[arg-type]
    return get_object_or_404(rows, pk=pk)


def _draw(draw_request: DrawRequest) -> Draw | None:
    draw = draws.draw_of(draw_request)
    if draw is not None:
        draw.request = draw_request
    return draw


def _edition(draw_request: DrawRequest, draw: Draw | None) -> Regulation | None:
    return edition_of(draw, draw_request.pool) if draw else edition_to_show(draw_request.pool, clock.today())


@allow(*WATCHERS)
@never_cache
@require_GET
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """抽取: one page for all roles; what each sees is decided by selection.domain.sight."""
    return _page(request, _request(request, pk))


def _page(request: HttpRequest, draw_request: DrawRequest, refusals: tuple[Refusal, ...] = (), **given: Any) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    draw = _draw(draw_request)
    regulation = _edition(draw_request, draw)
    context: dict[str, Any] = {
        "draw_request": draw_request,
        "draw": draw,
        "regulation": regulation,
        "rules": regulation.draw if regulation else None,
        "contact": regulation.contact if regulation else None,
        "sight": _sight(user, draw_request),
        "refusals": refusals,
        "presences": draws.present(draw_request),
        "is_office": user.role == Role.OFFICE,
        "is_inspector": user.role == Role.INSPECTOR,
    }
    context["joined"] = any(one.inspector_id == user.pk for one in context["presences"])
    book = contacts.read(draw) if draw else None
    last = book.last if book else None
    context |= {"book": book, "last": last, "steps": _steps(draw_request, book)}
    if book is not None:
        context |= _progress(draw_request, book, context["sight"], user)
    if last is not None:
        last.draw = draw  # type: ignore[assignment]
        context["counts"] = draws.reason_counts(last) if context["sight"].counts else []
        context["manifest_parts"] = [last.manifest_hash[start : start + 8] for start in range(0, 64, 8)]
    if user.role in WORKERS:
        context |= _acts(user, draw_request, draw, book, given)
        context["events"] = _events(draw_request, draw)
        context["seen"] = _seen(draw_request, last)
    return render(request, "selection/draw.html", context | given)


def _acts(user: User, draw_request: DrawRequest, draw: Draw | None, book: contacts.Book | None, given: dict[str, Any]) -> dict[str, Any]:
    """The acts that are possible now, each with its form or the reasons against it."""
    last = book.last if book else None
    acts: dict[str, Any] = {}
    if draw is not None and draw_request.state == State.CANCELLED:
        return acts
    if user.role == Role.OFFICE and draw is not None and not draws.why_not_give_up(draw=draw, by=user):
        acts["give_up_form"] = given.get("give_up_form") or GiveUpForm(auto_id="give_up_%s")
    if user.role == Role.OFFICE and (last is None or last.state == Attempt.State.ABORTED):
        acts["why_not_freeze"] = draws.why_not_freeze(request=draw_request, by=user)
        regulation = _edition(draw_request, draw)
        alg = draw.alg if draw else regulation.draw.alg if regulation and regulation.draw else "sm3"
        acts["freeze_form"] = given.get("freeze_form") or FreezeForm(initial={"alg": alg})
    if last is not None and last.state == Attempt.State.FROZEN:
        acts["abort_form"] = given.get("abort_form") or AbortForm(auto_id="abort_%s")
        if user.role == Role.INSPECTOR:
            acts["why_not_share"] = draws.why_not_share_by(attempt=last, by=user)
            acts["share_form"] = given.get("share_form") or ShareForm()
    if user.role == Role.OFFICE and book is not None and book.file is not None:
        waiting = [one for one in book.due if contacts.invitation_of(one) is None]
        acts["to_invite"] = len(waiting) if draw_request.state in CONTACTED else 0
        if any(book.missing.values()):
            acts["why_not_supplement"] = draws.why_not_supplement(book=book, by=user)
            acts["offer_supplement"] = not book.due or not acts["why_not_supplement"]
            if acts["offer_supplement"] and not any(one.code == "unfinished" for one in acts["why_not_supplement"]):
                short = draws.supplementary_shortages(book)
                acts["why_not_supplement"] += list(short.values())
                fields = draw_request.pool.fields.filter(code__in=short)
                acts["waiver_form"] = (given.get("waiver_form") or WaiverForm(fields=fields, auto_id="waiver_%s")) if short else None
    return acts


def _progress(draw_request: DrawRequest, book: contacts.Book, seen: Sight, user: User) -> dict[str, Any]:
    """How far the contacts are: seats taken a field, the lists as far as the role sees them, the names once it may."""
    names = {one.code: one.name for one in draw_request.pool.fields.all()}
    seated, standby = book.seated(), book.standbys()
    wanted = {drawn.field: drawn.seats for drawn in book.lists if drawn.round == 0}
    fields = [
        {
            "code": code,
            "name": names.get(code, code),
            "wanted": n,
            "seated": sum(key[1] == code for key in seated),
            "standbys": sum(key[1] == code for key in standby),
            "missing": book.missing[code],
        }
        for code, n in wanted.items()
    ]
    found: dict[str, Any] = {
        "field_progress": fields,
        "seated_total": sum(row["seated"] for row in fields),
        "wanted_total": sum(wanted.values()),
        "closed": book.close is not None,
        "head": book.head,
    }
    if seen.codes:
        found["lists"] = _lists(book, names, seated, standby, seen)
    if seen.names:
        found["people"] = _people(draw_request, names, with_standbys=user.role in WORKERS)
    return found


def _lists(
    book: contacts.Book, names: dict[str, str], seated: set[contacts.Key], standby: list[contacts.Key], seen: Sight
) -> list[dict[str, Any]]:
    due = {contacts.key_of(one) for one in book.due}
    words = _reason_words(edition_of(book.draw, book.draw.request.pool))
    lists = []
    for drawn in book.lists:
        rows = []
        for position, number in enumerate(drawn.numbers, 1):
            key = (drawn.round, drawn.field, position)
            candidate = book.candidates[key]
            outcome = book.outcomes.get(key)
            invitation = contacts.invitation_of(candidate)
            line = book.line_by_candidate.get(candidate.pk)
            is_open = outcome is None and invitation is not None and invitation.state == Invitation.State.OPEN
            rows.append(
                {
                    "position": position,
                    "number": number if seen.order or outcome is not None or is_open or key in due else "",
                    "candidate": candidate,
                    "expert": candidate.membership.expert if seen.due_names and is_open else None,
                    "invitation": invitation if is_open else None,
                    "badge": _badge(outcome, key, seated, standby, is_open=is_open, due=key in due),
                    "reason": words.get(line.reason, line.reason) if line else "",
                    "at": line.at if line else None,
                    "unreached_form": UnreachedForm(auto_id=f"unreached_{candidate.pk}_%s") if seen.due_names and is_open else None,
                }
            )
        lists.append({"round": drawn.round, "name": names.get(drawn.field, drawn.field), "drawn": drawn, "rows": rows})
    return lists


def _reason_words(regulation: Regulation) -> dict[str, str]:
    """The codes that stand in the contact log, in words."""
    words = dict(SYSTEM_EXCLUSIONS) | {code: one.name for code, one in regulation.exclusions.items()}
    words |= {one.reason_code: f"{_('回避')}：{one.name}" for one in regulation.recusal}
    words |= {one.code: one.name for one in regulation.contact.decline_reasons} if regulation.contact else {}
    return words | {invitations.UNDELIVERED: str(_("期限内没有送达"))}


def _badge(
    outcome: Outcome | None, key: contacts.Key, seated: set[contacts.Key], standby: list[contacts.Key], *, is_open: bool, due: bool
) -> tuple[str, Any]:
    if outcome == Outcome.ACCEPT:
        if key in seated:
            return "done", _("接受 · 正选")
        place = [one for one in standby if one[1] == key[1]].index(key) + 1
        return "info", _("接受 · 候补第%(place)s位") % {"place": place}
    if outcome is not None:
        return OUTCOME_WORDS[outcome.value]
    if is_open:
        return "now", _("已邀请，待回复")
    return ("soon", _("轮到邀请")) if due else ("todo", _("未轮到"))


def _people(draw_request: DrawRequest, names: dict[str, str], *, with_standbys: bool) -> list[dict[str, Any]]:
    rows = Participation.objects.filter(request=draw_request, state=Participation.State.STANDING).select_related(
        "membership__expert__employer", "candidate__field"
    )
    if not with_standbys:
        rows = rows.filter(seated=True)
    return [
        {
            "name": one.membership.expert.name,
            "title": one.membership.expert.title,
            "employer": one.membership.expert.employer,
            "number": one.membership.number,
            "field": names.get(one.candidate.field.code, "") if one.candidate else "",
            "seated": one.seated,
        }
        for one in rows.order_by("-seated", "candidate__field_id", "candidate__attempt__round", "candidate__position")
    ]


def _steps(draw_request: DrawRequest, book: contacts.Book | None) -> list[Step]:
    last = book.last if book else None
    drawn = any(one.state == Attempt.State.DRAWN for one in book.attempts) if book else False
    frozen = last is not None and last.state == Attempt.State.FROZEN
    settled = draw_request.state in SETTLED
    round_note = _("补充抽取第%(n)s轮") % {"n": last.round} if last is not None and last.round else ""
    return [
        Step(_("审批通过"), DONE if draw_request.approved_at else NOW, when=draw_request.approved_at),
        Step(
            _("冻结名单"),
            DONE if frozen or drawn else NOW if draw_request.approved_at else TODO,
            who=_("专家库管理处室"),
            when=last.frozen_at if last is not None and (frozen or drawn) else None,
            note=round_note,
        ),
        Step(
            _("监督份额与抽取"),
            NOW if frozen else DONE if drawn else TODO,
            who=last.inspector if last is not None and last.inspector else _("监督人员"),
            when=last.drawn_at if last is not None else None,
        ),
        Step(_("按序联系"), DONE if settled else NOW if drawn and not frozen else TODO, who=_("专家库管理处室")),
        Step(_("专家确定"), DONE if settled else TODO),
    ]


def _act(request: HttpRequest, pk: int, do: Callable[[DrawRequest, User], str], form: Any = None, name: str = "") -> HttpResponse:
    """One act of the page: done and back to the page, or the page again with the reasons and all that was typed."""
    draw_request = _request(request, pk)
    if request.method != "POST":
        return redirect("draw", pk=pk)
    given = {name: form} if form is not None else {}
    if form is not None and not form.is_valid():
        return _page(request, draw_request, **given)
    try:
        told = do(draw_request, request.user)  # type: ignore[arg-type]
    except Refused as refused:
        if form is None:
            return _page(request, _request(request, pk), refused.refusals)
        form.add_refusals(refused.refusals)
        return _page(request, _request(request, pk), **given)
    messages.success(request, told)
    return redirect("draw", pk=pk)


def _existing(draw_request: DrawRequest) -> Draw:
    draw = _draw(draw_request)
    if draw is None:
        raise Http404
    return draw


def _newest(draw_request: DrawRequest) -> Attempt:
    attempt = Attempt.objects.filter(draw=_existing(draw_request)).select_related("draw").order_by("round", "attempt").last()
    if attempt is None:
        raise Http404
    return attempt


@allow(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def draw_join(request: HttpRequest, pk: int) -> HttpResponse:
    """到场监督."""

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.join(request=draw_request, by=user)
        return str(_("已登记到场监督。"))

    return _act(request, pk, do)


@allow(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def draw_leave(request: HttpRequest, pk: int) -> HttpResponse:
    """离场."""

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.leave(request=draw_request, by=user)
        return str(_("已登记离场。"))

    return _act(request, pk, do)


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def draw_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    """冻结名单."""
    form = FreezeForm(request.POST or None)

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.freeze(request=draw_request, by=user, alg=form.cleaned_data["alg"])
        return str(_("名单已冻结。请监督人员核对并带走清单校验值，然后输入监督份额。"))

    return _act(request, pk, do, form, "freeze_form")


@allow(Role.INSPECTOR)
@require_http_methods(["GET", "POST"])
def draw_share(request: HttpRequest, pk: int) -> HttpResponse:
    """输入监督份额."""
    form = ShareForm(request.POST or None)

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.give_share(attempt=_newest(draw_request), share=form.cleaned_data["share"], by=user)
        return str(_("监督份额已记录，候选名单已经抽出。"))

    return _act(request, pk, do, form, "share_form")


@allow(*WORKERS)
@require_http_methods(["GET", "POST"])
def draw_abort(request: HttpRequest, pk: int) -> HttpResponse:
    """中止本次抽取."""
    form = AbortForm(request.POST or None, auto_id="abort_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        draws.abort(attempt=_newest(draw_request), reason=form.cleaned_data["reason"], by=user)
        return str(_("本次抽取已中止，序号保留，可以重新冻结。"))

    return _act(request, pk, do, form, "abort_form")


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def draw_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    """终止抽取，取消使用申请."""
    form = GiveUpForm(request.POST or None, auto_id="give_up_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        data = form.cleaned_data
        draws.give_up(draw=_existing(draw_request), reason_code=data["reason_code"], reason=data["reason"], by=user)
        return str(_("抽取已终止，使用申请已取消，已接受邀请的专家将收到通知。"))

    return _act(request, pk, do, form, "give_up_form")


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def draw_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """按序发出邀请."""

    def do(draw_request: DrawRequest, user: User) -> str:
        sent = invitations.invite_due(draw=_existing(draw_request), by=user)
        return str(_("已按抽取顺序发出%(n)s份邀请。") % {"n": len(sent)} if sent else _("目前没有轮到邀请的专家。"))

    return _act(request, pk, do)


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def draw_supplement(request: HttpRequest, pk: int) -> HttpResponse:
    """补充抽取."""

    def do(draw_request: DrawRequest, user: User) -> str:
        attempt = draws.open_supplementary_round(draw=_existing(draw_request), by=user)
        return str(_("第%(n)s轮补充抽取的名单已冻结，请监督人员输入监督份额。") % {"n": attempt.round})

    return _act(request, pk, do)


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def draw_waiver(request: HttpRequest, pk: int) -> HttpResponse:
    """补充抽取的抽取比例豁免, for the inspector to countersign."""
    fields = _request(request, pk).pool.fields.all()
    form = WaiverForm(request.POST or None, fields=fields, auto_id="waiver_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        data = form.cleaned_data
        draws.waive_supplementary_shortage(draw=_existing(draw_request), field=data["field"], reason=data["reason"], by=user)
        return str(_("豁免已提出，监督人员会签后可以冻结补充抽取名单。"))

    return _act(request, pk, do, form, "waiver_form")


def _open_invitation(draw_request: DrawRequest, invitation: int) -> Invitation:
    rows = Invitation.objects.filter(candidate__attempt__draw__request=draw_request)
    return get_object_or_404(rows.select_related("candidate__attempt", "candidate__membership__expert"), pk=invitation)


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def invitation_unreached(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """登记未能送达."""
    row = _open_invitation(_request(request, pk), invitation)
    form = UnreachedForm(request.POST or None, auto_id=f"unreached_{row.candidate_id}_%s")

    def do(draw_request: DrawRequest, user: User) -> str:
        invitations.mark_unreached(invitation=row, reason=form.cleaned_data["reason"], by=user)
        return str(_("已登记未能送达，转向下一顺位。"))

    if request.method == "POST" and not form.is_valid():
        texts = tuple(Refusal("form", str(text)) for texts in form.errors.values() for text in texts)
        return _page(request, _request(request, pk), texts)
    return _act(request, pk, do)


@allow(Role.OFFICE)
@require_http_methods(["GET", "POST"])
def draw_phone(request: HttpRequest, pk: int, invitation: int) -> HttpResponse:
    """显示轮到联系的专家的电话, recorded like every disclosure."""
    draw_request = _request(request, pk)
    if request.method != "POST":
        return redirect("draw", pk=pk)
    row = _open_invitation(draw_request, invitation)
    if row.state != Invitation.State.OPEN:
        return _page(request, draw_request, (Refusal("answered", str(_("该邀请已有结果，不再显示电话。"))),))
    reason = _("按抽取顺序联系候选专家（%(number)s）") % {"number": _existing(draw_request).number}
    try:
        phone = disclose(subject=row.candidate.membership.expert, field_name="phone", reason=reason, by=request.user)  # type: ignore[arg-type]
    except Refused as refused:
        return _page(request, draw_request, refused.refusals)
    return _page(request, draw_request, shown_phone=phone, shown_for=row.pk)


def _seen(draw_request: DrawRequest, last: Attempt | None) -> str:
    """What decides which parts the page has; when it changes, an open page loads itself anew."""
    return f"{draw_request.state}-{last.round}-{last.attempt}-{last.state}" if last else draw_request.state


def _events(draw_request: DrawRequest, draw: Draw | None) -> list[dict[str, Any]]:
    """The ledger's events of the draw, the newest first; codes only."""
    found = [one for one in ledger.events(f"request:{draw_request.pk}") if one.kind.startswith("presence.")]
    if draw is not None:
        found += list(ledger.events(contacts.subject_of(draw)))
    names = {one.code: one.name for one in draw_request.pool.fields.all()}
    words = _reason_words(edition_of(draw, draw.request.pool)) if draw else {}
    known = event_words()
    events = []
    for event in sorted(found, key=lambda one: -one.seq):
        data = ledger.data_of(event)
        detail = []
        if "round" in data:
            detail.append(_("第%(n)s轮") % {"n": data["round"]} if data["round"] else _("首轮"))
        if "field" in data:
            detail.append(_("%(field)s第%(position)s位") % {"field": names.get(data["field"], data["field"]), "position": data["position"]})
        if "number" in data:
            detail.append(data["number"])
        if "outcome" in data:
            detail.append(str(OUTCOME_WORDS[data["outcome"]][1]))
        if data.get("reason"):
            known_reasons = draws.ABORT_REASONS | draws.GIVE_UP_REASONS
            detail.append(known_reasons.get(data["reason"]) or words.get(data["reason"], data["reason"]))
        if "manifest" in data:
            detail.append(f"M {data['manifest'][:8]}…")
        who = actor_words(event.actor) if event.actor else ""
        events.append({"event": event, "who": who, "words": known.get(event.kind, event.kind), "detail": " · ".join(map(str, detail))})
    return events


@allow(*WORKERS)
@never_cache
@require_GET
def draw_events(request: HttpRequest, pk: int) -> HttpResponse:
    """The live part of the page: outcomes as codes and the ledger's events; asked for every two seconds."""
    draw_request = _request(request, pk)
    draw = _draw(draw_request)
    book = contacts.read(draw) if draw else None
    user: User = request.user  # type: ignore[assignment]
    context: dict[str, Any] = {
        "draw_request": draw_request,
        "events": _events(draw_request, draw),
        "show_lists": user.role == Role.INSPECTOR,
    }
    seen = Sight(codes=True, order=user.role == Role.INSPECTOR)
    if book is not None:
        context |= _progress(draw_request, book, seen, user)
    response = render(request, "selection/_draw_events.html", context)
    if request.GET.get("seen", "") != _seen(draw_request, book.last if book else None):
        response["HX-Trigger"] = "draw-moved"
    return response


def _attempt(request: HttpRequest, pk: int, round: int, attempt: int) -> Attempt:
    draw_request = _request(request, pk)
    row = get_object_or_404(Attempt.objects.select_related("draw"), draw__request=draw_request, round=round, attempt=attempt)
    row.draw.request = draw_request
    return row


def _why_not_order(request: HttpRequest, draw_request: DrawRequest) -> Refusal | None:
    """The reason why the account may not read the drawn order yet, or None."""
    if _sight(request.user, draw_request).order:  # type: ignore[arg-type]
        return None
    return Refusal("sealed", str(_("专家确定之前，抽取顺序和清册只向监督人员开放。轮到联系的专家在抽取页面显示。")))


def _download(name: str, data: bytes, kind: str) -> HttpResponse:
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@allow(*WORKERS)
@require_GET
def draw_manifest(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """manifest.txt of an attempt: what the inspector takes away."""
    row = _attempt(request, pk, round, attempt)
    return _download(f"{row.draw.number}-{round}-{attempt}-manifest.txt", row.manifest_text.encode("ascii"), "text/plain; charset=us-ascii")


@allow(*WORKERS)
@require_GET
def draw_pool(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """pool.txt of an attempt: codes only."""
    row = _attempt(request, pk, round, attempt)
    if refusal := _why_not_order(request, row.draw.request):
        return refusal_page(request, refusal)
    return _download(f"{row.draw.number}-{round}-{attempt}-pool.txt", row.pool_text.encode("ascii"), "text/plain; charset=us-ascii")


@allow(*WORKERS)
@require_GET
def manifest_qr(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """The manifest hash of an attempt as a QR code."""
    row = _attempt(request, pk, round, attempt)
    buffer = io.BytesIO()
    segno.make(f"{row.draw.number}|{round}|{attempt}|{row.manifest_hash}", error="m", micro=False).save(
        buffer, kind="svg", scale=4, border=3, light="#ffffff", dark="#000000", svgclass=None, lineclass=None, omitsize=True
    )
    return HttpResponse(buffer.getvalue(), content_type="image/svg+xml")


@allow(*WORKERS)
@require_GET
def draw_bundle(request: HttpRequest, pk: int) -> HttpResponse:
    """The bundle that verify_draw.py checks."""
    draw_request = _request(request, pk)
    draw = _existing(draw_request)
    if refusal := _why_not_order(request, draw_request):
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


@allow(*WORKERS)
@require_GET
def draw_record(request: HttpRequest, pk: int, round: int, attempt: int) -> HttpResponse:
    """抽取记录单: what the inspector signs and takes away, with M, the lists as codes and the heads of the chains."""
    row = _attempt(request, pk, round, attempt)
    refusal = _why_not_order(request, row.draw.request) if row.state == Attempt.State.DRAWN else None
    if refusal:
        return refusal_page(request, refusal)
    regulation = edition_of(row.draw, row.draw.request.pool)
    lists: dict[str, list[Candidate]] = {}
    for candidate in row.candidates.select_related("field", "membership").order_by("position"):
        lists.setdefault(candidate.field.code, []).append(candidate)
    names = {one.code: one.name for one in row.draw.request.pool.fields.all()}
    fields = [{"name": names.get(need.field, need.field), "list": lists.get(need.field, [])} for need in needs_of(row.manifest_text)]
    contact_head = contacts.contacts_text(row, row.draw.alg).splitlines()[-1].split("|")[1] if row.state == Attempt.State.DRAWN else ""
    context = {
        "draw_request": row.draw.request,
        "draw": row.draw,
        "attempt": row,
        "regulation": regulation,
        "counts": draws.reason_counts(row),
        "fields": fields,
        "contact_head": contact_head,
        "ledger_head": ledger.head(),
        "now": clock.now(),
    }
    return render(request, "selection/draw_record.html", context)
