"""The codes that stand in a draw's files and what they mean, in the words of the edition that it was decided under. Pure."""

from dataclasses import dataclass

from expertpool.regulations import Regulation, printed
from expertpool.regulations.schema import SYSTEM_EXCLUSIONS

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
#: Written where a message did not reach the expert before the deadline.
UNDELIVERED = "UNDELIVERED"


@dataclass(frozen=True)
class Reason:
    """A code with its name and the article that gives it; ``recusal``: a ground of recusal."""

    code: str
    name: str
    article: str = ""
    recusal: bool = False

    @property
    def printed_article(self) -> str:
        """The article as the paper writes it; empty where the reason follows from the draw itself."""
        return printed(self.article) if self.article else ""


def reason_of(regulation: Regulation, code: str) -> Reason:
    """The reason behind a code of pool.txt. KeyError for a code that nobody knows."""
    ground = next((one for one in regulation.recusal if one.reason_code == code), None)
    if ground is not None:
        return Reason(code, ground.name, ground.article, recusal=True)
    known = regulation.exclusion(code)
    return Reason(code, known.name, known.article)


def contact_reasons(regulation: Regulation) -> dict[str, str]:
    """The codes that stand in contacts.txt, in words."""
    words = dict(SYSTEM_EXCLUSIONS) | {code: one.name for code, one in regulation.exclusions.items()}
    words |= {one.reason_code: f"回避：{one.name}" for one in regulation.recusal}
    words |= {one.code: one.name for one in regulation.contact.decline_reasons} if regulation.contact else {}
    return words | {UNDELIVERED: "期限内没有送达"}
