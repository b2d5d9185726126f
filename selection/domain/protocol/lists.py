"""result.txt: the share, the seed, and the lists that follow from them (第十二条, 第十三条（二））."""

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from expertpool.regulations.acting import acts_on

from . import codes
from .filling import Filling, Kind, Need

SHARE_MIN = 20
SHARE_MAX = 64

_SHARE = re.compile(rf"[0-9a-z]{{{SHARE_MIN},{SHARE_MAX}}}")
_BEACON_VALUE = re.compile(r"(?:[0-9a-f]{2})+")


@dataclass(frozen=True, slots=True)
class Eligible:
    """An eligible member of a pool file: his number, the fields of the draw that he holds, whether he is preferred."""

    number: str
    fields: Kind
    preferred: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """One place of a field's list; positions start at 1."""

    field: str
    position: int
    number: str
    ticket: str


def why_not_share(text: str) -> str | None:
    """Why ``text`` cannot be the inspector's share, in Chinese, or None if it can.

    A share is 20 to 64 characters of 0-9 and a-z, taken exactly as typed.
    """
    if re.search(r"\s", text):
        return "监督份额中不能有空格或换行，请去掉后连续输入"
    if re.search(r"[A-Z]", text):
        return "监督份额只能用小写字母和数字，请把大写字母改为小写"
    if re.search(r"[^0-9a-z]", text):
        return "监督份额只能由数字0-9和小写字母a-z组成，不能有标点、汉字或全角字符"
    if len(text) < SHARE_MIN:
        return f"监督份额至少{SHARE_MIN}位，现有{len(text)}位，请继续掷骰子或补充输入"
    if len(text) > SHARE_MAX:
        return f"监督份额至多{SHARE_MAX}位，现有{len(text)}位，请删去多余部分"
    return None


def seed(alg: str, *, manifest_hash: str, secret: str, share: str, beacon: str | None = None) -> str:
    """The seed, from what the manifest fixed, the office's secret, the inspector's share and the beacon's value."""
    codes.hex64(manifest_hash, "manifest"), codes.hex64(secret, "secret"), codes.matching(_SHARE, share, "share")
    value = "-" if beacon is None else codes.matching(_BEACON_VALUE, beacon, "beacon value")
    return codes.h(alg, f"{codes.PROTOCOL}|seed|{manifest_hash}|{secret}|{share}|{value}")


def ticket(alg: str, seed: str, field: str, number: str) -> str:
    """A member's ticket in a field; the smallest tickets are drawn."""
    return codes.h(alg, f"{codes.PROTOCOL}|ticket|{seed}|{field}|{number}")


@acts_on("draw.random")
@acts_on("draw.modes", "random")
def compute_lists(
    *, alg: str, seed: str, eligible: Iterable[Eligible], needs: Sequence[Need], mode: str = ""
) -> dict[str, tuple[Listed, ...]]:
    """Each field's list, in the order of ``needs``: the eligible members on no earlier list, ascending by ticket.

    The preferred stand before the others. Who would leave the fields after this one without enough members is passed over, so
    every list is exactly as long as its candidates. In mode ``all`` each list holds everybody, whatever other list he is on.
    ValueError where the needs cannot be filled together.
    """
    everybody = tuple(eligible)
    supply = Counter(one.fields for one in everybody)
    taken: set[str] = set()
    lists: dict[str, tuple[Listed, ...]] = {}
    for place, need in enumerate(needs):
        begun = codes.Hash(alg, f"{codes.PROTOCOL}|ticket|{seed}|{need.field}|")
        order = [
            (not one.preferred, begun.hex(one.number), one.number, one.fields)
            for one in everybody
            if need.field in one.fields and one.number not in taken
        ]
        heapq.heapify(order)
        later = None if mode == "all" else Filling(supply, {one.field: one.candidates for one in needs[place + 1 :]})
        found: list[Listed] = []
        while len(found) < need.candidates:
            if not order or (later and later.missing):
                raise ValueError(f"{need.field}: the needs cannot be filled together")
            _rank, value, number, fields = heapq.heappop(order)
            if later is not None:
                if not later.take(fields):
                    continue  # passed over: the fields that follow need him
                taken.add(number)
                supply[fields] -= 1
            found.append(Listed(need.field, len(found) + 1, number, value))
        lists[need.field] = tuple(found)
    return lists


def result_text(
    *,
    manifest_hash: str,
    secret: str,
    share: str,
    beacon: str | None = None,
    seed: str,
    lists: Iterable[Iterable[Listed]],
) -> str:
    """result.txt: secret and share revealed, the seed that follows, every list with its tickets."""
    lines = [
        f"{codes.PROTOCOL}|result",
        f"manifest|{manifest_hash}",
        f"office|{secret}",
        f"inspector|{share}",
        f"beacon|{'-' if beacon is None else beacon}",
        f"seed|{seed}",
        *(f"list|{one.field}|{one.position}|{one.number}|{one.ticket}" for listed in lists for one in listed),
    ]
    return "".join(f"{line}\n" for line in lines)
