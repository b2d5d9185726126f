"""Who sees how much of a draw and its people, and when: one table for every page, file and export. Pure."""

from dataclasses import dataclass
from datetime import date

#: States in which the names are settled.
SETTLED = frozenset({"confirmed", "held", "closed"})
#: States in which there are people to be seen at all.
PEOPLED = SETTLED | {"drawing"}


@dataclass(frozen=True)
class Sight:
    """What somebody sees.

    ``progress``: how many of the seats are confirmed. ``counts``: how many are in the pool, eligible and excluded;
    ``reasons``: the same by reason. ``files``: M and the manifest. ``codes``: outcomes under membership numbers, of the
    positions whose turn has come. ``order``: the whole drawn order, the pool file and the bundle, under numbers.
    ``due_names``: name and phone of the position that is due. ``names``: the people.
    """

    progress: bool = False
    counts: bool = False
    reasons: bool = False
    files: bool = False
    codes: bool = False
    order: bool = False
    due_names: bool = False
    names: bool = False


def sight(*, role: str, state: str, starts_on: date | None, on: date) -> Sight:
    """What ``role`` sees of a request in ``state`` whose activity starts on ``starts_on``, on the Beijing day ``on``.

    Office and inspector see names once the experts are confirmed, leader and department from the first day of the
    activity; the department's sight ends when its last evaluation is in. The office can look every number up in the
    pool, so for it the drawn order is as good as the names and stays shut until these are open.
    """
    opened = state in PEOPLED and starts_on is not None and starts_on <= on
    if role in {"office", "inspector"}:
        known = state in SETTLED or opened
        return Sight(
            progress=True,
            counts=True,
            reasons=True,
            files=True,
            codes=True,
            order=known or role == "inspector",
            due_names=role == "office",
            names=known,
        )
    if role == "leader":
        return Sight(progress=True, counts=True, names=opened)
    if role == "department" and state != "closed":
        return Sight(progress=True, names=opened)
    return Sight()
