"""重新入库限制: whom a ground of exit keeps out, until when, and whether somebody may come back; who was removed before. Its one home."""

from datetime import date

from django.db.models import Q

from expertpool.birthdays import years_after
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Pool
from expertpool.refusals import Refusal
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import ExitGround
from experts.models import ExitCase, ReentryBan

#: Triggers of grounds that reproach him with nothing; an exit on one is no removal (取消资格).
_BLAMELESS = frozenset({"resignation", "age_reached"})
#: Triggers of grounds that are his conduct. Of a ground without a trigger a person must say: bribery has none, nor has ill health.
_CONDUCT = frozenset(
    {"no_reply_in_a_row", "absent_after_accept_in_a_row", "unjustified_decline", "grade_count", "annual_grade", "violation_report"}
)


@acts_on("exits.grounds.ban_years")
@acts_on("exits.grounds.ban_lifetime")
@acts_on("exits.grounds.ban_from")
def ban_until(ground: ExitGround, *, raised_on: date, exited_on: date) -> tuple[bool, date | None]:
    """Whether the ground bans re-entry, and through which day (None: for life)."""
    if ground.ban_lifetime:
        return True, None
    if ground.ban_years is None:
        return False, None
    return True, years_after(raised_on if ground.ban_from == "occurrence" else exited_on, ground.ban_years)


def words(ground: ExitGround) -> str:
    """How long the ground keeps somebody out, for a page."""
    return "终身" if ground.ban_lifetime else f"{ground.ban_years}年" if ground.ban_years else "无"


def ban(*, case: ExitCase, ground: ExitGround, exited_on: date) -> ReentryBan | None:
    """Write down the ban that follows from an exit; None where the ground has none or the person's identity is not known."""
    banned, until = ban_until(ground, raised_on=case.raised_on, exited_on=exited_on)
    expert = case.membership.expert
    if not banned or not expert.id_digest:
        return None
    return ReentryBan.objects.create(
        pool=case.membership.pool,
        id_digest=expert.id_digest,
        exit_case=case,
        article=ground.ban_article or ground.article,
        until=until,
    )


def why_not_return(pool: Pool, id_digest: str, on: date) -> Refusal | None:
    """The reason why the person with this identity may not come (back) into ``pool`` on a Beijing day, or None.

    A ban of another pool says nothing here. Of several the one that lasts longest is named.
    """
    if not id_digest:
        return None
    running = ReentryBan.objects.filter(Q(until__isnull=True) | Q(until__gte=on), pool=pool, id_digest=id_digest)
    rows = list(running.select_related("exit_case"))
    if not rows:
        return None
    longest = max(rows, key=lambda row: row.until or date.max)
    until = f"{longest.until.year}年{longest.until.month}月{longest.until.day}日前（含当日）" if longest.until else "终身"
    return Refusal("ban", f"申请人曾出库，{until}不得重新入库。", longest.article, longest.exit_case.rule_code, "id_number")


def removed_before(pool: Pool, id_digest: str) -> tuple[str, str]:
    """How the person with this identity left ``pool`` before, in words, the latest first: plain removals; and what a person must weigh.

    A ground that let him come back after some years is weighed too, once they are over. Each is "" where there is none; exits
    from other pools say nothing here.
    """
    removed: list[str] = []
    weigh: list[str] = []
    if not id_digest:
        return "", ""
    cases = ExitCase.objects.filter(membership__pool=pool, membership__expert__id_digest=id_digest, state=ExitCase.State.EXITED)
    for case in cases.select_related("membership__pool"):
        exits = edition_of(case, pool).exits
        ground = next((one for one in exits.grounds if one.code == case.ground), None) if exits else None
        if ground is not None and ground.trigger in _BLAMELESS:
            continue
        day = case.membership.exited_on or case.raised_on
        told = f"申请人曾于{day.year}年{day.month}月{day.day}日出库（{ground.name if ground else case.ground}）。"
        plain = ground is not None and ground.trigger in _CONDUCT and not ground.ban_years
        (removed if plain else weigh).append(told)
    return "".join(removed), "".join(weigh)
