"""抽取比例: which fields cannot be filled together, why, and for which that was set aside (第十三条（二）, reading A8)."""

from collections.abc import Sequence
from typing import Any

from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import protocol
from selection.domain.eligibility import DRAW_RATIO
from selection.domain.protocol import Census, Need, Shortage, reading
from selection.domain.reasons import reason_of
from selection.models import Attempt, Draw, DrawRequest, Waiver, WaiverQuerySet
from selection.services.acting import no


def standing_waivers(draw: Draw) -> WaiverQuerySet:
    """The countersigned waivers of the ratio that count for the next attempt: each round that is short needs its own."""
    standing = Waiver.objects.standing(draw.request).filter(rule=DRAW_RATIO)
    drawn = draw.attempts.filter(state=Attempt.State.DRAWN).order_by("round").last() if draw.pk else None
    return standing.filter(at__gte=drawn.drawn_at) if drawn is not None and drawn.drawn_at else standing


def canonical_waiver(waiver: Waiver) -> str:
    """The one ASCII text of a countersigned waiver, whose hash stands in the manifest beside the field that it is for."""
    assert waiver.countersigned_at is not None
    said: dict[str, Any] = {
        "request": waiver.request.number,
        "rule": waiver.rule,
        "field": waiver.field.code if waiver.field else None,
        "article": waiver.article,
        "reason": waiver.reason,
        "by": waiver.by_id,
        "at": waiver.at.isoformat(),
        "countersigned_by": waiver.countersigned_by_id,
        "countersigned_at": waiver.countersigned_at.isoformat(),
    }
    return protocol.canonical(said)


def waivers_that_count(draw: Draw) -> dict[str, str]:
    """By field the hash of the waiver under which its shortage may be drawn in the next attempt."""
    rows = standing_waivers(draw).select_related("field", "request")
    return {one.field.code: protocol.h(draw.alg, canonical_waiver(one)) for one in rows if one.field is not None}


@acts_on("draw.shortage")
def shortages(request: DrawRequest, regulation: Regulation, census: Census, needs: Sequence[Need]) -> list[Refusal]:
    """One refusal for fields that cannot be filled together: how many are missing and which exclusions cause it.

    ``needs``: with the candidates lowered as far as waivers allow.
    """
    names = {one.code: one.name for one in request.pool.fields.all()}
    return [_refusal(regulation, names, needs, short) for short in protocol.shortages(census, needs)]


def _refusal(regulation: Regulation, names: dict[str, str], needs: Sequence[Need], short: Shortage) -> Refusal:
    rules = regulation.draw
    assert rules is not None
    of = [need for need in needs if need.field in short.fields]
    seats = sum(need.seats for need in of)
    named = "".join(f"“{names.get(need.field, need.field)}”" for need in of)
    if len(of) == 1:
        text = f"{named}需要专家{seats}名，应有候选专家{short.wanted}名（{rules.ratio}倍），可抽{short.eligible}名，缺{short.missing}名。"
    else:
        text = (
            f"{named}合计需要专家{seats}名，应有候选专家{short.wanted}名（{rules.ratio}倍）；具备其中任一领域的可抽{short.eligible}名"
            f"（有人同时具备几个领域，只能列入一个），合计缺{short.missing}名。"
        )
    because = "、".join(f"{_reason_name(regulation, code)}{n}名" for code, n in short.excluded.items())
    fields = "该领域" if len(of) == 1 else "这些领域"
    text += f"{fields}另有{short.excluded_members}名被排除：{because}（一人可有几项原因）。" if because else f"{fields}没有被排除的专家。"
    if any(need.waiver for need in of):
        text += "已会签豁免，但可抽的专家仍不足，请修改使用申请，或者为同时不足的其他领域另提豁免。"
    else:
        text += "请退回使用申请调整条件，或者说明理由、由监督人员会签豁免后再抽取。"
    return no("shortage", text, regulation, rules.ratio_article)


def _reason_name(regulation: Regulation, code: str) -> str:
    reason = reason_of(regulation, code)
    if reason.recusal:
        return f"回避（{reason.printed_article}）"
    return f"{reason.name}（{reason.printed_article}）" if reason.article else reason.name


def reason_counts(attempt: Attempt, regulation: Regulation, names: dict[str, str] | None = None) -> list[dict[str, object]]:
    """Per field of an attempt: seats, candidates, standbys, eligible, and the excluded by reason with its article.

    ``names``: of the pool's fields by code, where they are known.
    """
    names = {one.code: one.name for one in attempt.draw.request.pool.fields.all()} if names is None else names
    needs = reading.needs(attempt.manifest_text)
    census = reading.census(attempt.pool_text, attempt.manifest_text)
    rows: list[dict[str, object]] = []
    for need, count in zip(needs, protocol.field_counts(census, needs), strict=True):
        found = ((reason_of(regulation, code), n) for code, n in count.excluded.items())
        reasons = [{"code": one.code, "name": one.name, "article": one.article, "count": n} for one, n in found]
        rows.append({"field": need.field, "name": names.get(need.field, need.field), "need": need, "count": count, "reasons": reasons})
    return rows
