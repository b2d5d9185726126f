"""重新入库限制: whom a ground of exit keeps out, until when, and whether somebody may come back. Its one home."""

from datetime import date

from django.db.models import Q

from expertpool.birthdays import years_after
from expertpool.pools.models import Pool
from expertpool.refusals import Refusal
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import ExitGround
from experts.models import ExitCase, ReentryBan


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
