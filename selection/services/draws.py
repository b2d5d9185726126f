"""The draw: presence of the inspector, freeze, his share, abort, supplementary rounds, the bundle (第十二条, 第十三条).

Specification: docs/draw-protocol.md. Texts are computed by :mod:`selection.domain.draw`; here they are fixed in the
database, one transaction an act, under the lock of the request's row.
"""

import io
import secrets
import zipfile
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.ledger.services import record, sealed
from expertpool.messaging.services import queue_message
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from experts.models import Field, Membership, Pool
from experts.services.editions import edition_of, edition_on
from selection.domain import draw as protocol
from selection.domain import seats
from selection.domain.draw import Need, PoolLine
from selection.domain.eligibility import DRAW_RATIO
from selection.domain.files import needs as needs_of
from selection.domain.files import pool_lines
from selection.domain.lifecycles import REQUEST
from selection.models import Attempt, Candidate, Draw, DrawRequest, Presence, Waiver, WaiverQuerySet
from selection.services import contacts, invitations
from selection.services.eligibility import judge_pool

#: Why an attempt is given up before the share; the code stands in abort.txt.
ABORT_REASONS = {
    "INSPECTOR-LEFT": "监督人员中途离场",
    "POOL-CHANGED": "发现专家信息有误，需更正后重新冻结",
    "TECHNICAL": "设备或网络故障",
    "OTHER": "其他原因",
}
#: Why a draw is given up altogether, names in Chinese; the code stands in the closing line of contacts.txt.
GIVE_UP_REASONS = {
    "ACTIVITY-CANCELLED": "活动取消",
    "NO-EXPERTS": "专家不足，无法完成",
    "REDONE": "活动安排变更，另行申请",
    "OTHER": "其他原因",
}


def _no(code: str, message: str, regulation: Regulation | None = None, article: str = "", field: str = "") -> Refusal:
    return Refusal(code, message, article=article, regulation=regulation.code if regulation and article else "", field=field)


_GIVEN_UP = _no("given_up", "本次抽取已经终止，使用申请已取消，不能再抽取。")


def _lock(request: DrawRequest) -> DrawRequest:
    return DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)


def watchers(regulation: Regulation) -> tuple[str, ...]:
    """The roles that may watch a draw; the share always comes from a watcher."""
    rules = regulation.draw
    return rules.watched_by if rules and rules.watched_by else (Role.INSPECTOR.value,)


def present(request: DrawRequest) -> list[Presence]:
    """Who watches the draw of ``request`` now."""
    return list(Presence.objects.filter(request=request, left_at__isnull=True).select_related("inspector"))


def _approval_article(regulation: Regulation) -> str:
    return regulation.request.article if regulation.request else ""


@transaction.atomic
def join(*, request: DrawRequest, by: User) -> Presence:
    """An inspector takes his place at a draw (第十三条（二）); doing it twice is one presence. Ledger ``presence.joined``."""
    request = _lock(request)
    regulation = edition_on(request.pool, clock.today())
    rules = regulation.draw
    refuse_if(
        None
        if by.role in watchers(regulation)
        else _no("role", "只有监督人员可以到场监督。", regulation, rules.watched_article if rules else ""),
        None
        if request.state in {DrawRequest.State.APPROVED, DrawRequest.State.DRAWING, DrawRequest.State.CONFIRMED}
        else _no("state", "使用申请审批通过后，监督人员才能到场监督抽取。", regulation, _approval_article(regulation)),
    )
    presence, created = Presence.objects.get_or_create(request=request, inspector=by, left_at=None)
    if created:
        record("presence.joined", subject=f"request:{request.pk}", by=by, body={"presence": presence.pk})
    return presence


@transaction.atomic
def leave(*, request: DrawRequest, by: User) -> None:
    """An inspector leaves the draw; harmless when he is not there. Ledger ``presence.left``."""
    request = _lock(request)
    presence = Presence.objects.filter(request=request, inspector=by, left_at__isnull=True).first()
    if presence is None:
        return
    presence.left_at = clock.now()
    presence.save(update_fields=["left_at"])
    record("presence.left", subject=f"request:{request.pk}", by=by, body={"presence": presence.pk})


def draw_of(request: DrawRequest) -> Draw | None:
    """The draw of a request, or None before its first freeze."""
    return Draw.objects.filter(request=request).first()


def _why_not_run(request: DrawRequest, regulation: Regulation, by: User) -> list[Refusal]:
    """What every freeze needs: the role, an inspector in his place, an activity that lies ahead."""
    rules = regulation.draw
    if rules is None:
        return [_no("no_draw", "现行规定没有抽取专家的条款，不能抽取。")]
    found = []
    if by.role != rules.drawn_by:
        found.append(_no("role", f"抽取由{Role(rules.drawn_by).label}组织，您的账号不能冻结名单。", regulation, rules.drawn_by_article))
    if rules.watch_required and not any(one.inspector.role in watchers(regulation) for one in present(request)):
        text = "监督人员尚未到场，不能开始抽取。请监督人员登录后在抽取页面点“到场监督”。"
        found.append(_no("no_inspector", text, regulation, rules.watched_article))
    if request.starts_on is not None and clock.now() >= clock.start_of(request.starts_on):
        found.append(_no("started", "评审活动的开始日期已到，不能再抽取。请修改使用申请的日期。"))
    return found


def why_not_freeze(*, request: DrawRequest, by: User, on: date | None = None) -> list[Refusal]:
    """Why ``by`` cannot freeze the next attempt of a request now (第十三条（一）（二）); empty if he can."""
    try:
        draw = draw_of(request)
        regulation = edition_of(draw, request.pool) if draw else edition_on(request.pool, on or clock.today())
    except Refused as refused:
        return list(refused.refusals)
    found = []
    last = draw.attempts.order_by("round", "attempt").last() if draw else None
    if last is None:
        if request.state != DrawRequest.State.APPROVED:
            label = DrawRequest.State(request.state).label
            found.append(_no("not_approved", f"使用申请目前是“{label}”，审批通过后才能抽取。", regulation, _approval_article(regulation)))
    elif last.state == Attempt.State.FROZEN:
        found.append(_no("frozen", "名单已经冻结，正等待监督人员输入监督份额。如需重来，请先中止本次抽取。"))
    elif request.state == DrawRequest.State.CANCELLED:
        found.append(_GIVEN_UP)
    elif last.state == Attempt.State.DRAWN:
        rule = regulation.draw.supplementary if regulation.draw else None
        text = "候选名单已经抽出，不能重新抽取。专家不足时请在联系完毕后进行补充抽取。"
        found.append(_no("drawn", text, regulation, rule.article if rule else ""))
    return found + _why_not_run(request, regulation, by)


@transaction.atomic
def freeze(*, request: DrawRequest, by: User, alg: str | None = None, on: date | None = None) -> Attempt:
    """Fix the pool and the needs of the next attempt, before anybody knows any randomness (第十三条（二）).

    ``alg``: ``sm3`` or ``sha256`` (default: the regulation's), for the first attempt only. After an abort the next
    attempt of the same round is frozen. A second call by the same account returns the frozen attempt. Refused
    without approval, inspector, or enough eligible experts: which field, how many missing, which exclusions.
    Ledger ``draw.frozen``.
    """
    on = on or clock.today()
    request = _lock(request)
    draw = draw_of(request)
    last = draw.attempts.order_by("round", "attempt").last() if draw else None
    if last is not None and last.state == Attempt.State.FROZEN and last.frozen_by_id == by.pk:
        return last
    refuse_all(why_not_freeze(request=request, by=by, on=on))
    if draw is None:
        regulation = edition_on(request.pool, on)
        rules = regulation.draw
        assert rules is not None
        chosen = alg or rules.alg
        if chosen not in protocol.ALGORITHMS:
            raise Refused(_no("alg", "请选择 SM3 或 SHA-256。", field="alg"))
        draw = Draw(request=request, number=_next_number(request.pool, on), alg=chosen, opened_by=by)
        draw.decide_under(regulation)
        wanted = {one.field.code: one.count for one in request.seats.select_related("field")}
        return _freeze(draw, round=0, attempt=1, prev=protocol.NO_PREV, wanted=wanted, drawn=frozenset(), by=by, on=on)
    assert last is not None
    draw.request = request
    book = contacts.read(draw)
    wanted = {need.field: need.seats for need in needs_of(last.manifest_text)}
    prev = protocol.h(draw.alg, last.abort_text)
    return _freeze(draw, round=last.round, attempt=last.attempt + 1, prev=prev, wanted=wanted, drawn=book.numbers(), by=by, on=on)


def why_not_supplement(*, book: contacts.Book, by: User) -> list[Refusal]:
    """Why no supplementary round can be frozen now (第十三条（三）); empty if it can."""
    regulation = edition_of(book.draw, book.draw.request.pool)
    rules = regulation.draw
    rule = rules.supplementary if rules else None
    if rules is None or rule is None:
        return [_no("no_supplementary", "现行规定没有补充抽取的条款。")]
    if book.file is None:
        return [_no("not_drawn", "目前没有已抽出的名单，不能补充抽取。")]
    if book.draw.request.state == DrawRequest.State.CANCELLED:
        return [_GIVEN_UP]
    found = []
    names = {one.code: one.name for one in book.draw.request.pool.fields.all()}
    waiting = set(seats.unfinished(book.lists, book.lines)) | {one.candidate.field.code for one in book.open_invitations}
    if not any(book.missing.values()):
        found.append(_no("nothing_missing", "各专业的专家人数已经满足，不需要补充抽取。", regulation, rule.article))
    elif waiting:
        listed = "、".join(names.get(code, code) for code in sorted(waiting))
        found.append(_no("unfinished", f"名单上的专家还没有联系完（{listed}），联系完毕仍不足时才能补充抽取。", regulation, rule.article))
    return found + _why_not_run(book.draw.request, regulation, by)


@transaction.atomic
def open_supplementary_round(*, draw: Draw, by: User, on: date | None = None) -> Attempt:
    """Freeze round r+1 for exactly what is missing, same conditions, nobody twice, supervised again (第十三条（三）).

    A second call by the same account returns the frozen attempt. Ledger ``draw.frozen``.
    """
    on = on or clock.today()
    draw = contacts.lock(draw)
    book = contacts.read(draw)
    last = book.last
    if last is not None and last.round and last.state == Attempt.State.FROZEN and last.frozen_by_id == by.pk:
        return last
    refuse_all(why_not_supplement(book=book, by=by))
    assert book.file is not None
    if book.close is None:
        contacts.append_close(book)
        book = contacts.read(draw)
    wanted = {code: count for code, count in book.missing.items() if count}
    round = book.attempts[-1].round + 1
    return _freeze(draw, round=round, attempt=1, prev=book.head, wanted=wanted, drawn=book.numbers(), by=by, on=on)


def _next_number(pool: Pool, on: date) -> str:
    Pool.objects.select_for_update().get(pk=pool.pk)
    prefix = f"{pool.number_prefix}{on.year}-"
    last = Draw.objects.filter(number__startswith=prefix).order_by("-number").values_list("number", flat=True).first()
    return f"{prefix}{int(last.removeprefix(prefix)) + 1 if last else 1:06d}"


def _freeze(
    draw: Draw, *, round: int, attempt: int, prev: str, wanted: Mapping[str, int], drawn: frozenset[str], by: User, on: date
) -> Attempt:
    request = draw.request
    regulation = edition_of(draw, draw.request.pool)
    pool, full = _prepare(draw, regulation, wanted, drawn, on)
    refuse_all(_shortages(draw, regulation, pool, full, _waived(draw)))
    eligible = {count.field: count.eligible for count in protocol.field_counts(pool, full)}
    needs = [Need(one.field, one.seats, min(one.candidates, eligible[one.field]), one.standby) for one in full]
    secret = secrets.token_hex(32)
    alg = draw.alg
    manifest = protocol.manifest_text(
        alg=alg,
        draw=draw.number,
        round=round,
        attempt=attempt,
        prev=prev,
        request=protocol.h(alg, request.canonical),
        rules=regulation.rules_digest(alg),
        pool=pool,
        needs=needs,
        office=protocol.commitment(alg, draw=draw.number, round=round, attempt=attempt, secret=secret),
    )
    if draw.pk is None:
        draw.save()
    row = Attempt.objects.create(
        draw=draw,
        round=round,
        attempt=attempt,
        secret=secret,
        pool_text=protocol.pool_text(draw=draw.number, round=round, pool=pool),
        manifest_text=manifest,
        manifest_hash=protocol.h(alg, manifest),
        frozen_at=clock.now(),
        frozen_by=by,
    )
    if request.state != DrawRequest.State.DRAWING:
        REQUEST.go(request, DrawRequest.State.DRAWING)
        request.save(update_fields=["state"])
    record(
        "draw.frozen",
        subject=contacts.subject_of(draw),
        by=by,
        body={
            "request": request.number,
            "round": round,
            "attempt": attempt,
            "alg": alg,
            "manifest": row.manifest_hash,
            "pool": protocol.h(alg, row.pool_text),
            "rules": draw.rule_hash,
        },
    )
    return row


def _prepare(
    draw: Draw, regulation: Regulation, wanted: Mapping[str, int], drawn: frozenset[str], on: date
) -> tuple[list[PoolLine], list[Need]]:
    """The members who hold a wanted field, as pool.txt shows them, and the needs at the full ratio."""
    rules = regulation.draw
    assert rules is not None
    pool = []
    for one in judge_pool(request=draw.request, on=on if draw.pk is None else clock.day_of(draw.opened_at), already_drawn=drawn):
        fields = tuple(code for code in one.fields if code in wanted)
        if fields:
            pool.append(PoolLine(one.number, one.employer, fields, tuple(exclusion.code for exclusion in one.exclusions)))
    standby = regulation.contact.standby if regulation.contact else None
    return pool, [Need(code, n, rules.ratio * n, standby.count(n) if standby else 0) for code, n in wanted.items()]


def _waived(draw: Draw) -> set[str | None]:
    """The fields whose shortage is waived for the next attempt; each round that is short needs a waiver of its own."""
    return set(_standing_waivers(draw).values_list("field__code", flat=True))


def _standing_waivers(draw: Draw) -> WaiverQuerySet:
    standing = Waiver.objects.standing(draw.request).filter(rule=DRAW_RATIO)
    drawn = draw.attempts.filter(state=Attempt.State.DRAWN).order_by("round").last() if draw.pk else None
    return standing.filter(at__gte=drawn.drawn_at) if drawn is not None and drawn.drawn_at else standing


def supplementary_shortages(book: contacts.Book) -> dict[str, Refusal]:
    """By field: why the next round cannot be frozen for want of candidates; a countersigned waiver clears it."""
    regulation = edition_of(book.draw, book.draw.request.pool)
    wanted = {code: count for code, count in book.missing.items() if count}
    if not wanted or regulation.draw is None:
        return {}
    pool, full = _prepare(book.draw, regulation, wanted, book.numbers(), clock.today())
    waived = _waived(book.draw)
    found = {need.field: _shortages(book.draw, regulation, pool, [need], waived) for need in full}
    return {code: refusals[0] for code, refusals in found.items() if refusals}


@transaction.atomic
def waive_supplementary_shortage(*, draw: Draw, field: Field, reason: str, by: User) -> Waiver:
    """Record that the supplementary round draws ``field`` from what there is left (第十三条（二）（三）, reading A8).

    It counts once an inspector has countersigned it (:func:`selection.services.waivers.countersign`). The same waiver
    again takes the new reason while it waits. Ledger ``waiver.asked``.
    """
    draw = contacts.lock(draw)
    regulation = edition_of(draw, draw.request.pool)
    rules = regulation.draw
    book = contacts.read(draw)
    running = draw.request.state in invitations.RUNNING
    short = running and book.file is not None and field.code in supplementary_shortages(book)
    refuse_if(
        None if rules and by.role == rules.drawn_by else _no("role", "抽取比例的豁免由组织抽取的人员提出。"),
        None if short else _no("no_shortage", "该专业领域不需要豁免。", field="field"),
        None if len(reason.strip()) >= 5 else _no("reason", "请写明豁免的理由（至少5个字）。", field="reason"),
    )
    assert rules is not None
    # What the inspector has agreed to is not rewritten behind him: without anybody to draw, a waiver helps no further.
    if _standing_waivers(draw).filter(field=field).exists():
        raise Refused(_no("countersigned", "该项豁免已经会签，但已没有可抽的专家，不能再豁免。", field="field"))
    waiver, _created = Waiver.objects.update_or_create(
        request=draw.request,
        rule=DRAW_RATIO,
        field=field,
        defaults={
            "article": rules.ratio_article,
            "reason": reason.strip(),
            "by": by,
            "at": clock.now(),
            "countersigned_by": None,
            "countersigned_at": None,
        },
    )
    record("waiver.asked", subject=f"request:{draw.request_id}", by=by, body={"waiver": waiver.pk, "rule": DRAW_RATIO, "field": field.code})
    return waiver


def _shortages(draw: Draw, regulation: Regulation, pool: list[PoolLine], full: list[Need], waived: set[str | None]) -> list[Refusal]:
    """One refusal a field that has too few eligible members: how many are missing and which exclusions cause it."""
    rules = regulation.draw
    assert rules is not None
    names = {one.code: one.name for one in draw.request.pool.fields.all()}
    seats_of = {need.field: need.seats for need in full}
    found = []
    for count in protocol.shortages(pool, full):
        if count.field in waived and count.eligible:
            continue
        because = "、".join(f"{_reason_name(regulation, code)}{n}名" for code, n in count.excluded.items())
        text = (
            f"“{names.get(count.field, count.field)}”需要专家{seats_of[count.field]}名，应有候选专家{count.wanted}名（{rules.ratio}倍），"
            f"可抽{count.eligible}名，缺{count.missing}名。"
        )
        text += f"该领域另有{count.excluded_members}名被排除：{because}（一人可有几项原因）。" if because else "该领域没有被排除的专家。"
        if count.field in waived:
            text += "已会签豁免，但没有可抽的专家，请修改使用申请。"
        else:
            text += "请退回使用申请调整条件，或者说明理由、由监督人员会签豁免后再抽取。"
        found.append(_no("shortage", text, regulation, rules.ratio_article))
    return found


def _reason_name(regulation: Regulation, code: str) -> str:
    ground = next((one for one in regulation.recusal if one.reason_code == code), None)
    if ground:
        return f"回避（{ground.printed_article}）"
    reason = regulation.exclusion(code)
    return f"{reason.name}（{reason.printed_article}）" if reason.article else reason.name


def reason_counts(attempt: Attempt) -> list[dict[str, object]]:
    """Per field of an attempt: seats, candidates, standbys, eligible, and the excluded by reason with its article."""
    regulation = edition_of(attempt.draw, attempt.draw.request.pool)
    names = {one.code: one.name for one in attempt.draw.request.pool.fields.all()}
    needs = needs_of(attempt.manifest_text)
    rows: list[dict[str, object]] = []
    for need, count in zip(needs, protocol.field_counts(pool_lines(attempt.pool_text), needs), strict=True):
        reasons = []
        for code, n in count.excluded.items():
            ground = next((one for one in regulation.recusal if one.reason_code == code), None)
            reason = ground or regulation.exclusion(code)
            reasons.append({"code": code, "name": reason.name, "article": reason.article, "count": n})
        rows.append({"field": need.field, "name": names.get(need.field, need.field), "need": need, "count": count, "reasons": reasons})
    return rows


def why_not_share_by(*, attempt: Attempt, by: User) -> list[Refusal]:
    """Why ``by`` cannot give the share of this attempt (第十三条（二）); empty if he can."""
    regulation = edition_of(attempt.draw, attempt.draw.request.pool)
    article = regulation.draw.watched_article if regulation.draw else ""
    found = []
    if attempt.state == Attempt.State.ABORTED:
        found.append(_no("aborted", "本次抽取已经中止，请在新的一次冻结后再输入监督份额。"))
    if attempt.state == Attempt.State.DRAWN:
        found.append(_no("drawn", "本次抽取已经输入过监督份额，名单已经抽出，不能再输入。"))
    if by.role not in watchers(regulation):
        found.append(_no("role", "监督份额只能由监督人员输入。", regulation, article))
    elif by.pk == attempt.frozen_by_id:
        found.append(_no("same_person", "冻结名单的人不能输入监督份额，须由另一名监督人员输入。", regulation, article))
    elif not Presence.objects.filter(request_id=attempt.draw.request_id, inspector=by, left_at__isnull=True).exists():
        found.append(_no("absent", "您尚未到场监督，请先点“到场监督”，核对并带走清单校验值后再输入监督份额。", regulation, article))
    return found


@transaction.atomic
def give_share(*, attempt: Attempt, share: str, by: User) -> Attempt:
    """Take the inspector's share; in the same transaction the secret is revealed and the lists are computed (第十二条).

    ``share``: 20 to 64 characters of 0-9 and a-z, as typed. The same share by the same inspector once more returns the
    same attempt; another share is refused. Ledger ``draw.drawn``.
    """
    draw = contacts.lock(attempt.draw)
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    attempt.draw = draw
    if attempt.state == Attempt.State.DRAWN and attempt.share == share and attempt.inspector_id == by.pk:
        return attempt
    refuse_all(why_not_share_by(attempt=attempt, by=by))
    wrong = protocol.why_not_share(share)
    if wrong:
        raise Refused(_no("share", wrong, field="share"))
    regulation = edition_of(draw, draw.request.pool)
    pool, needs = pool_lines(attempt.pool_text), needs_of(attempt.manifest_text)
    seed = protocol.seed(draw.alg, manifest_hash=attempt.manifest_hash, secret=attempt.secret, share=share)
    lists = protocol.compute_lists(alg=draw.alg, seed=seed, pool=pool, needs=needs)
    attempt.result_text = protocol.result_text(
        alg=draw.alg, manifest_hash=attempt.manifest_hash, secret=attempt.secret, share=share, pool=pool, needs=needs
    )
    attempt.share, attempt.inspector, attempt.drawn_at = share, by, clock.now()
    attempt.state = Attempt.State.DRAWN
    attempt.save(update_fields=["result_text", "share", "inspector", "drawn_at", "state"])
    fields = {one.code: one for one in draw.request.pool.fields.all()}
    numbers = [place.number for listed in lists.values() for place in listed]
    members = dict(Membership.objects.filter(number__in=numbers).values_list("number", "pk"))
    Candidate.objects.bulk_create(
        Candidate(attempt=attempt, field=fields[code], position=place.position, membership_id=members[place.number], ticket=place.ticket)
        for code, listed in lists.items()
        for place in listed
    )
    record(
        "draw.drawn",
        subject=contacts.subject_of(draw),
        by=by,
        body={
            "round": attempt.round,
            "attempt": attempt.attempt,
            "manifest": attempt.manifest_hash,
            "result": protocol.h(draw.alg, attempt.result_text),
            "candidates": len(numbers),
        },
    )
    if regulation.contact and regulation.contact.automatic:
        invitations.invite_due(draw=draw)
    return attempt


@transaction.atomic
def abort(*, attempt: Attempt, reason: str, by: User) -> Attempt:
    """Give up a frozen attempt before its share was entered; its number stays used and the next one is chained to it.

    ``reason`` is a code of :data:`ABORT_REASONS`. Ledger ``draw.aborted``.
    """
    draw = contacts.lock(attempt.draw)
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    attempt.draw = draw
    regulation = edition_of(draw, draw.request.pool)
    if attempt.state == Attempt.State.ABORTED:
        return attempt
    if attempt.state == Attempt.State.DRAWN:
        raise Refused(_no("drawn", "监督份额已经输入，名单已经抽出，不能中止，也不能重抽。"))
    drawn_by = regulation.draw.drawn_by if regulation.draw else Role.OFFICE
    if by.role != drawn_by and by.role not in watchers(regulation):
        raise Refused(_no("role", "只有组织抽取的人员或者监督人员可以中止抽取。"))
    if reason not in ABORT_REASONS:
        raise Refused(_no("reason", "请选择中止的原因。", field="reason"))
    attempt.abort_text = protocol.abort_text(draw=draw.number, round=attempt.round, attempt=attempt.attempt, reason=reason, at=clock.now())
    attempt.state = Attempt.State.ABORTED
    attempt.save(update_fields=["abort_text", "state"])
    record(
        "draw.aborted",
        subject=contacts.subject_of(draw),
        by=by,
        body={"round": attempt.round, "attempt": attempt.attempt, "reason": reason, "abort": protocol.h(draw.alg, attempt.abort_text)},
    )
    return attempt


def why_not_give_up(*, draw: Draw, by: User) -> list[Refusal]:
    """Why ``by`` cannot give up a draw and cancel its request now; empty if he can."""
    regulation = edition_of(draw, draw.request.pool)
    drawn_by = regulation.draw.drawn_by if regulation.draw else Role.OFFICE
    found = []
    if by.role != drawn_by:
        found.append(_no("role", f"只有{Role(drawn_by).label}可以终止抽取。"))
    if draw.request.state not in invitations.RUNNING:
        label = DrawRequest.State(draw.request.state).label
        found.append(_no("state", f"使用申请目前的状态是“{label}”，只能在抽取与联系中、专家已确定时终止抽取。"))
    elif draw.attempts.filter(state=Attempt.State.FROZEN).exists():
        found.append(_no("frozen", "名单已经冻结、尚未抽出。请先中止本次抽取，再终止抽取。"))
    elif draw.request.participations.filter(attended__isnull=False).exists():
        found.append(_no("attendance", "使用单位已经登记出席，活动已经举行，不能终止抽取。"))
    return found


@transaction.atomic
def give_up(*, draw: Draw, reason_code: str, reason: str = "", by: User, on: date | None = None) -> Draw:
    """Give up a draw for good (第十三条): the contact log is closed with ABORT, the request is cancelled.

    Open invitations are withdrawn, acceptances released, and whoever had accepted is told. ``reason_code``: of
    :data:`GIVE_UP_REASONS`; ``reason``: text for the department, needed with OTHER. Where the newest attempt is an
    aborted one no file takes a line, and the request is cancelled alone. A second call is harmless. Raises
    :class:`Refused`. Ledger ``draw.given_up``.
    """
    draw = contacts.lock(draw)
    request, reason = draw.request, reason.strip()
    refused = why_not_give_up(draw=draw, by=by)
    if request.state == DrawRequest.State.CANCELLED and [one.code for one in refused] == ["state"]:
        return draw
    if reason_code not in GIVE_UP_REASONS:
        refused.append(_no("reason_code", "请选择终止抽取的原因。", field="reason_code"))
    elif reason_code == "OTHER" and len(reason) < 5:
        refused.append(_no("reason", "选择“其他原因”时请写明具体情况（至少5个字）。", field="reason"))
    refuse_all(refused)
    line = contacts.append_abort(contacts.read(draw), reason_code, by=by)
    invitations.call_off(draw=draw, by=by)
    REQUEST.go(request, DrawRequest.State.CANCELLED)
    request.save(update_fields=["state"])
    explained = f"{GIVE_UP_REASONS[reason_code]}。{reason}" if reason else f"{GIVE_UP_REASONS[reason_code]}。"
    queue_message(
        kind="draw-given-up",
        to=request.filed_by,
        address="",
        title="抽取已终止，使用申请已取消",
        body=f"使用申请{request.number}的抽取已由专家库管理处室终止，使用申请随之取消。原因：{explained}\n仍需使用专家的，请重新提出使用申请。\n",
        about=f"request:{request.pk}",
        idem=f"draw-given-up:{request.pk}",
    )
    record(
        "draw.given_up",
        subject=contacts.subject_of(draw),
        by=by,
        body={
            "request": request.number,
            "reason": reason_code,
            "text": sealed(f"draw.given_up:{draw.pk}", reason) if reason else None,
            "head": line.head if line else None,
        },
    )
    return draw


def files(draw: Draw) -> dict[str, str]:
    """The protocol's files by their path in the bundle; an attempt that is only frozen is not in it yet."""
    found: dict[str, str] = {}
    for one in contacts.with_lines(draw):
        if one.state == Attempt.State.FROZEN:
            continue
        folder = f"round-{one.round}-attempt-{one.attempt}"
        found[f"{folder}/pool.txt"] = one.pool_text
        found[f"{folder}/manifest.txt"] = one.manifest_text
        if one.state == Attempt.State.ABORTED:
            found[f"{folder}/abort.txt"] = one.abort_text
            continue
        found[f"{folder}/result.txt"] = one.result_text
        lines = [line.text for line in one.contact_lines.all()]
        found[f"{folder}/contacts.txt"] = protocol.contacts_text(draw.alg, one.result_text, lines)
    return found


def bundle(draw: Draw) -> bytes:
    """The ZIP that ``verify_draw.py`` checks; the same draw gives the same bytes.

    Refused while nothing is drawn or aborted: there is nothing to check yet.
    """
    texts = files(draw)
    if not texts:
        raise Refused(_no("nothing_drawn", "名单尚未抽出，还没有可以核验的卷宗。"))
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts.items():
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, text.encode("ascii"))
    return buffer.getvalue()
