"""抽取比例: what is missing in which field, why, and for which fields that was set aside (第十三条（二）, reading A8)."""

from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from selection.domain import draw as protocol
from selection.domain.draw import Need, PoolLine
from selection.domain.eligibility import DRAW_RATIO
from selection.domain.files import needs as needs_of
from selection.domain.files import pool_lines
from selection.domain.reasons import reason_of
from selection.models import Attempt, Draw, DrawRequest, Waiver, WaiverQuerySet
from selection.services.acting import no


def standing_waivers(draw: Draw) -> WaiverQuerySet:
    """The countersigned waivers of the ratio that count for the next attempt: each round that is short needs its own."""
    standing = Waiver.objects.standing(draw.request).filter(rule=DRAW_RATIO)
    drawn = draw.attempts.filter(state=Attempt.State.DRAWN).order_by("round").last() if draw.pk else None
    return standing.filter(at__gte=drawn.drawn_at) if drawn is not None and drawn.drawn_at else standing


def waived_fields(draw: Draw) -> set[str | None]:
    """The fields whose shortage is waived for the next attempt."""
    return set(standing_waivers(draw).values_list("field__code", flat=True))


@acts_on("draw.shortage")
def shortages(
    request: DrawRequest, regulation: Regulation, pool: list[PoolLine], full: list[Need], waived: set[str | None]
) -> list[Refusal]:
    """One refusal a field that has too few eligible members: how many are missing and which exclusions cause it."""
    rules = regulation.draw
    assert rules is not None
    names = {one.code: one.name for one in request.pool.fields.all()}
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
        found.append(no("shortage", text, regulation, rules.ratio_article))
    return found


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
    needs = needs_of(attempt.manifest_text)
    rows: list[dict[str, object]] = []
    for need, count in zip(needs, protocol.field_counts(pool_lines(attempt.pool_text), needs), strict=True):
        found = ((reason_of(regulation, code), n) for code, n in count.excluded.items())
        reasons = [{"code": one.code, "name": one.name, "article": one.article, "count": n} for one, n in found]
        rows.append({"field": need.field, "name": names.get(need.field, need.field), "need": need, "count": count, "reasons": reasons})
    return rows
