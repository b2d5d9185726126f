"""What a pool calls its bodies and its forms."""

from __future__ import annotations

from dataclasses import dataclass

from .base import ROLES


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What this pool calls its bodies and forms; a regulation that gives a body no name leaves the general one.

    office … expert: the name of who acts in each role. application_form, request_form, evaluation_form, draw_record,
    publicity_notice: titles of what is printed. Numbers begin with the pool's own prefix, not the edition's.
    """

    pool: str
    managing_body: str
    office: str = "专家库管理部门"
    department: str = "专家使用单位"
    leader: str = "分管领导"
    inspector: str = "纪检监察部门"
    recommending_unit: str = "推荐单位"
    employer: str = "专家所在单位"
    agency: str = "受委托机构"
    expert: str = "专家"
    application_form: str = "专家入库申请表"
    request_form: str = "专家库使用申请表"
    evaluation_form: str = "专家履职评价表"
    draw_record: str = "专家抽取记录单"
    publicity_notice: str = "拟入库专家名单公示"

    def of(self, role: str) -> str:
        """What this pool calls who acts in a role; KeyError for a role that no regulation knows."""
        if role not in ROLES:
            raise KeyError(role)
        return str(getattr(self, role))
