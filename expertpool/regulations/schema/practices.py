"""What a rule says that the software does everywhere, held against what the same edition says elsewhere.

`practice = "separation"` prints 使用单位不能抽取: an edition in which the department draws cannot say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .base import Fail, Practice, Rule, parts

_MANAGING = frozenset({"office"})

#: Practice: whether the edition leaves it true, and why not, with the place that speaks against it.
_HOLDS: Mapping[Practice, tuple[Callable[[Any], bool], str]] = MappingProxyType(
    {
        "application_form": (lambda edition: edition.application_form is not None, "没有入库申请表（application_form）"),
        "request_form": (lambda edition: edition.request_form is not None, "没有使用审批表（request_form）"),
        "draw_after_approval": (
            lambda edition: edition.request is not None and bool(edition.request.approvals),
            "使用申请不须审批（request.approvals）",
        ),
        "invitation": (lambda edition: edition.draw is not None, "没有抽取，不发邀请（draw）"),
        "ask_more": (
            lambda edition: edition.contact is not None and bool(edition.contact.ask_more_article),
            "答复邀请时不能要求补充资料（contact.ask_more_article）",
        ),
        "resignation": (
            lambda edition: edition.exits is not None and edition.exits.resignation is not None,
            "没有本人申请退出的情形（exits.grounds）",
        ),
        "one_office": (
            lambda edition: _MANAGING.issuperset((*edition.said("draw.drawn_by").roles, *edition.said("management.kept_by").roles)),
            "抽取人、日常管理人不都是管理部门（draw.drawn_by、management.kept_by）",
        ),
        "separation": (
            lambda edition: not {"department", *edition.said("request.filed_by").roles} & {*edition.said("draw.drawn_by").roles},
            "提出申请的人自己抽取（request.filed_by、draw.drawn_by）",
        ),
        "inspector_read": (
            lambda edition: "inspector" in edition.said("management.read_by").roles,
            "监督人员不能查阅（management.read_by）",
        ),
        "watch": (lambda edition: bool(edition.said("draw.watched_by").roles), "没有人监督抽取（draw.watched_by）"),
    }
)


def check_practices(regulation: Any, fail: Fail) -> None:
    """No rule rests on a practice that another part of the edition rules out."""
    for path, rule in parts(regulation):
        if isinstance(rule, Rule) and rule.practice in _HOLDS:
            holds, why = _HOLDS[rule.practice]
            if not holds(regulation):
                fail(f"{path}.practice", f"“{rule.practice}”与本办法不符：{why}")
