"""冻结名单: the pool and the needs of an attempt are fixed before anybody knows any randomness (第十三条（二））."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from expertpool import clock
from expertpool.accounts.models import User
from expertpool.codes import is_code
from expertpool.ledger.services import record
from expertpool.pools.serials import take_number
from expertpool.refusals import Refusal, Refused, refuse_all, refuse_if
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import protocol
from selection.domain.lifecycles import REQUEST
from selection.domain.protocol import Conditions, Need, PoolLine, reading
from selection.models import Attempt, Draw, DrawRequest
from selection.services import contacts
from selection.services.acting import GIVEN_UP, approval_article, draw_of, edition_for, newest, no, why_not_duty
from selection.services.eligibility import judge_pool
from selection.services.feasibility import need_for

from .presence import why_not_watched
from .shortage import shortages, waivers_that_count


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


def why_not_freeze_next(request: DrawRequest, draw: Draw | None, last: Attempt | None, regulation: Regulation, by: User) -> list[Refusal]:
    """Why ``by`` cannot freeze the next attempt of a request now (第十三条（一）（二）); empty if he can. ``last``: the newest attempt."""
    found = []
    if last is None:
        if request.state != DrawRequest.State.APPROVED:
            text = f"使用申请目前是“{request.get_state_display()}”，还不能抽取。"
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
        judged = judged_for_freeze(draw, regulation, wanted)
        return write_attempt(draw, regulation, judged, round=0, attempt=1, prev=protocol.NO_PREV, by=by, year=on.year)
    wanted = {need.field: need.seats for need in reading.needs(last.manifest_text)}
    judged = judged_for_freeze(draw, regulation, wanted, contacts.read(draw))
    prev = protocol.h(draw.alg, last.abort_text)
    return write_attempt(draw, regulation, judged, round=last.round, attempt=last.attempt + 1, prev=prev, by=by)


@dataclass(frozen=True)
class JudgedPool:
    """What the next attempt would fix: the members as pool.txt shows them, and the needs in processing order."""

    lines: list[PoolLine]
    needs: tuple[Need, ...]


def judged_for_freeze(draw: Draw, regulation: Regulation, wanted: Mapping[str, int], book: contacts.Book | None = None) -> JudgedPool:
    """The pool and the needs of the next attempt; refused where too few are eligible. Before the act's first event: it takes seconds.

    ``wanted``: seats by field. ``book``: of a draw that was begun before.
    """
    lines, full = prepare(draw.request, regulation, wanted, book)
    refuse_if(_why_not_written(lines, wanted))
    census = protocol.census_of(lines, full)
    needs = protocol.lowered(census, full, waivers_that_count(draw))
    refuse_all(shortages(draw.request, regulation, census, needs))
    return JudgedPool(lines, protocol.processing_order(census, needs))


def _why_not_written(lines: Iterable[PoolLine], wanted: Iterable[str]) -> Refusal | None:
    """The reason why the files cannot be written, or None: codes from before they were judged, which may still be corrected."""
    listed = {"专业领域代码": wanted, "单位编号": {line.employer for line in lines}}
    wrong = {what: "、".join(f"“{code}”" for code in sorted(codes) if not is_code(code)) for what, codes in listed.items()}
    named = [f"{what}{codes}" for what, codes in wrong.items() if codes]
    if not named:
        return None
    text = f"{'，'.join(named)}不能写入抽取文件（只能用大写字母、数字和连字符），请先在后台更正再冻结名单。"
    return no("codes", text)


def _conditions(draw: Draw, regulation: Regulation) -> Conditions:
    """What all rounds have in common: fixed by the first draw, before it as approved and as the edition says."""
    first = draw.attempts.filter(round=0, state=Attempt.State.DRAWN).first() if draw.pk else None
    if first is not None:
        return reading.conditions(first.manifest_text)
    ratio = int(regulation.said("draw.ratio").value)
    return Conditions(draw.alg, protocol.h(draw.alg, draw.request.canonical), regulation.rules_digest(draw.alg), ratio)


def write_attempt(
    draw: Draw,
    regulation: Regulation,
    judged: JudgedPool,
    *,
    round: int,
    attempt: int,
    prev: str,
    by: User,
    year: int = 0,
) -> Attempt:
    """Write down an attempt that was judged (:func:`judged_for_freeze`)."""
    request = draw.request
    conditions = _conditions(draw, regulation)
    if draw.pk is None:
        # Judging a large pool takes seconds; whoever else wants a number waits only from here on.
        draw.number = take_number(request.pool, "draw", year)
        draw.save()
    secret = secrets.token_hex(32)
    alg = draw.alg
    pool_text = protocol.pool_text(draw=draw.number, round=round, pool=judged.lines)
    pool_hash = protocol.h(alg, pool_text)
    manifest = protocol.manifest_text(
        conditions=conditions,
        draw=draw.number,
        round=round,
        attempt=attempt,
        prev=prev,
        pool=pool_hash,
        needs=judged.needs,
        office=protocol.commitment(alg, draw=draw.number, round=round, attempt=attempt, secret=secret),
    )
    row = Attempt.objects.create(
        draw=draw,
        round=round,
        attempt=attempt,
        secret=secret,
        pool_text=pool_text,
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
            "pool": pool_hash,
            "rules": draw.rule_hash,
        },
    )
    return row


@acts_on("draw.stratified", True)
def prepare(
    request: DrawRequest, regulation: Regulation, wanted: Mapping[str, int], book: contacts.Book | None
) -> tuple[list[PoolLine], list[Need]]:
    """The members who hold a wanted field, as pool.txt shows them, and the needs at the full ratio.

    Who stands on an earlier list has his line whatever became of his fields since, so that everybody sees that he is not
    drawn twice; standbys are at most those of round 0.
    """
    listed = book.listed() if book else {}
    most = {one.field: one.standby for one in book.lists if one.round == 0} if book else {}
    lines, missed = [], dict(listed)
    for one in judge_pool(request=request, regulation=regulation, already_drawn=listed):
        before = missed.pop(one.number, None)
        fields = {*one.fields, *(before.fields if before else ())}
        if not fields.isdisjoint(wanted):
            lines.append(PoolLine(one.number, one.employer, tuple(sorted(fields)), one.reasons))
    for before in missed.values():
        if not wanted.keys().isdisjoint(before.fields):
            lines.append(replace(before, reasons=("DRAWN",), preferred=False))
    needs = [need_for(regulation, code, seats) for code, seats in wanted.items()]
    return lines, [replace(need, standby=min(need.standby, most[need.field])) if most else need for need in needs]
