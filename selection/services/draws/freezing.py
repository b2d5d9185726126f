"""冻结名单: the pool and the needs of an attempt are fixed before anybody knows any randomness (第十三条（二））."""

import secrets
from collections.abc import Mapping
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.ledger.services import record
from expertpool.pools.serials import take_number
from expertpool.refusals import Refusal, Refused, refuse_all
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import draw as protocol
from selection.domain.draw import Need, PoolLine
from selection.domain.files import needs as needs_of
from selection.domain.lifecycles import REQUEST
from selection.models import Attempt, Draw, DrawRequest
from selection.services import contacts
from selection.services.acting import GIVEN_UP, approval_article, draw_of, edition_for, newest, no, why_not_duty
from selection.services.eligibility import judge_pool

from .presence import why_not_watched
from .shortage import shortages, waived_fields


def why_not_run(request: DrawRequest, draw: Draw | None, regulation: Regulation, by: User) -> list[Refusal]:
    """What every freeze needs: the duty, a hand that gave no share, watchers in their places, an activity that lies ahead."""
    rules = regulation.draw
    if rules is None:
        return [no("no_draw", "现行规定没有抽取专家的条款，不能抽取。")]
    found = []
    if refusal := why_not_duty(by, "draw.run", request, regulation):
        found.append(refusal)
    elif draw is not None and draw.attempts.filter(inspector=by).exists():
        text = "您在本次抽取中输入过监督份额，不能冻结名单，须由另一人组织抽取。"
        found.append(no("share_giver", text, regulation, rules.share_article or rules.watched_article))
    if refusal := why_not_watched(request, regulation, by):
        found.append(refusal)
    if request.starts_on is not None and clock.now() >= clock.start_of(request.starts_on):
        found.append(no("started", "评审活动的开始日期已到，不能再抽取。请修改使用申请的日期。"))
    return found


def why_not_freeze(*, request: DrawRequest, by: User, on: date | None = None) -> list[Refusal]:
    """Why ``by`` cannot freeze the next attempt of a request now (第十三条（一）（二）); empty if he can."""
    draw = draw_of(request)
    try:
        regulation = edition_for(request, draw, on)
    except Refused as refused:
        return list(refused.refusals)
    return why_not_freeze_next(request, draw, newest(draw), regulation, by)


def why_not_freeze_next(request: DrawRequest, draw: Draw | None, last: Attempt | None, regulation: Regulation, by: User) -> list[Refusal]:
    """The same where the draw, its newest attempt and the edition are known."""
    found = []
    if last is None:
        if request.state != DrawRequest.State.APPROVED:
            text = f"使用申请目前是“{request.get_state_display()}”，审批通过后才能抽取。"
            found.append(no("not_approved", text, regulation, approval_article(regulation)))
    elif last.state == Attempt.State.FROZEN:
        found.append(no("frozen", "名单已经冻结，正等待监督人员输入监督份额。如需重来，请先中止本次抽取。"))
    elif request.state == DrawRequest.State.CANCELLED:
        found.append(GIVEN_UP)
    elif last.state == Attempt.State.DRAWN:
        rule = regulation.draw.supplementary if regulation.draw else None
        text = "候选名单已经抽出，不能重新抽取。专家不足时请在联系完毕后进行补充抽取。"
        found.append(no("drawn", text, regulation, rule.article if rule else ""))
    return found + why_not_run(request, draw, regulation, by)


@transaction.atomic
@acts_on("draw.drawn_by")
@acts_on("draw.alg")
@acts_on("rules.practice", "draw_after_approval")
@acts_on("rules.practice", "from_pool_only")
def freeze(*, request: DrawRequest, by: User, alg: str | None = None, on: date | None = None) -> Attempt:
    """Fix the pool and the needs of the next attempt (第十三条（二）).

    ``alg``: ``sm3`` or ``sha256`` (default: the regulation's), for the first attempt only. ``on``: the Beijing day whose
    edition the draw is decided under (default: today). After an abort the next attempt of the same round is frozen. A
    second call by the same account returns the frozen attempt. Refused without approval, watchers, or enough eligible
    experts: which field, how many missing, which exclusions. Ledger ``draw.frozen``.
    """
    on = on or clock.today()
    request = contacts.lock_request(request.pk)
    draw = draw_of(request)
    last = newest(draw)
    if last is not None and last.state == Attempt.State.FROZEN and last.frozen_by_id == by.pk:
        return last
    regulation = edition_for(request, draw, on)
    refuse_all(why_not_freeze_next(request, draw, last, regulation, by))
    if draw is None or last is None:
        assert regulation.draw is not None
        chosen = alg or regulation.draw.alg
        if chosen not in protocol.ALGORITHMS:
            raise Refused(no("alg", "请选择 SM3 或 SHA-256。", field="alg"))
        draw = Draw(request=request, alg=chosen, opened_by=by)
        draw.decide_under(regulation)
        wanted = {one.field.code: one.count for one in request.seats.select_related("field")}
        return freeze_attempt(
            draw, regulation, round=0, attempt=1, prev=protocol.NO_PREV, wanted=wanted, drawn=frozenset(), by=by, year=on.year
        )
    wanted = {need.field: need.seats for need in needs_of(last.manifest_text)}
    prev = protocol.h(draw.alg, last.abort_text)
    drawn = contacts.read(draw).numbers()
    return freeze_attempt(draw, regulation, round=last.round, attempt=last.attempt + 1, prev=prev, wanted=wanted, drawn=drawn, by=by)


def freeze_attempt(
    draw: Draw,
    regulation: Regulation,
    *,
    round: int,
    attempt: int,
    prev: str,
    wanted: Mapping[str, int],
    drawn: frozenset[str],
    by: User,
    year: int = 0,
) -> Attempt:
    """Freeze one attempt of a locked draw: judge everybody, take the draw's number last (``year``: its), write the texts."""
    pool, full = judged_for_freeze(draw, regulation, wanted, drawn)
    return write_attempt(draw, regulation, pool, full, round=round, attempt=attempt, prev=prev, by=by, year=year)


def judged_for_freeze(
    draw: Draw, regulation: Regulation, wanted: Mapping[str, int], drawn: frozenset[str]
) -> tuple[list[PoolLine], list[Need]]:
    """The pool and the needs of the next attempt; refused where too few are eligible. Before the act's first event: it takes seconds."""
    pool, full = prepare(draw.request, regulation, wanted, drawn)
    refuse_all(shortages(draw.request, regulation, pool, full, waived_fields(draw)))
    return pool, full


def write_attempt(
    draw: Draw,
    regulation: Regulation,
    pool: list[PoolLine],
    full: list[Need],
    *,
    round: int,
    attempt: int,
    prev: str,
    by: User,
    year: int = 0,
) -> Attempt:
    """Write down an attempt that was judged (:func:`judged_for_freeze`)."""
    request = draw.request
    eligible = {count.field: count.eligible for count in protocol.field_counts(pool, full)}
    needs = [Need(one.field, one.seats, min(one.candidates, eligible[one.field]), one.standby) for one in full]
    if draw.pk is None:
        # Judging a large pool takes seconds; whoever else wants a number waits only from here on.
        draw.number = take_number(request.pool, "draw", year)
        draw.save()
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
        pool=request.pool.code,
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


@acts_on("draw.ratio")
@acts_on("draw.stratified")
@acts_on("contact.standby")
@acts_on("contact.standby.per_seats")
@acts_on("contact.standby.minimum")
def prepare(
    request: DrawRequest, regulation: Regulation, wanted: Mapping[str, int], drawn: frozenset[str]
) -> tuple[list[PoolLine], list[Need]]:
    """The members who hold a wanted field, as pool.txt shows them, and the needs at the full ratio."""
    rules = regulation.draw
    assert rules is not None
    pool = []
    for one in judge_pool(request=request, regulation=regulation, already_drawn=drawn):
        fields = tuple(code for code in one.fields if code in wanted)
        if fields:
            pool.append(PoolLine(one.number, one.employer, fields, tuple(exclusion.code for exclusion in one.exclusions)))
    standby = regulation.contact.standby if regulation.contact else None
    return pool, [Need(code, n, rules.ratio * n, standby.count(n) if standby else 0) for code, n in wanted.items()]
