"""Who may act: the reason why an account, a text or a day will not do."""

from datetime import date

from expertpool import clock
from expertpool.accounts.models import Role, User
from expertpool.lifecycle import SYSTEM
from expertpool.refusals import Refusal

SHORTEST_REASON = 5


def why_not_by(by: User | None, *roles: str, article: str = "", regulation: str = "") -> Refusal | None:
    """The reason why ``by`` (None: the system) is not one of ``roles``, or None. ``system`` stands for the system."""
    given = by.role if by is not None else SYSTEM
    wanted = [str(role) for role in roles]
    if given in wanted:
        return None
    names = "、".join(str(Role(role).label) for role in wanted if role != SYSTEM) or "系统"
    return Refusal("role", f"这一事项由{names}办理。", article, regulation)


def why_not_text(text: str, what: str, field: str, *, at_least: int = SHORTEST_REASON) -> Refusal | None:
    """The reason why ``text`` does not do as ``what`` (Chinese), or None."""
    if len(text.strip()) >= at_least:
        return None
    return Refusal("no-reason", f"请填写{what}，至少{at_least}个字。", field=field)


def why_not_day(on: date, field: str = "on") -> Refusal | None:
    """The reason why ``on`` cannot be the day of something that has happened: it is still to come."""
    if on <= clock.today():
        return None
    return Refusal("future-day", "日期不能晚于今天，请核对。", field=field)
