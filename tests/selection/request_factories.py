"""Requests for tests: complete and valid unless a test says otherwise."""

from datetime import date
from typing import Any

from experts.models import Pool
from selection.models import DrawRequest
from selection.services.requests import approve, file_request, submit_request
from tests.factories import OrganisationFactory, UserFactory

COMPLETE: dict[str, Any] = {
    "leader_name": "周处长",
    "leader_phone": "0991-4521234",
    "handler_name": "吴科长",
    "handler_phone": "13899990001",
    "title": "煤化工技术改造项目验收",
    "activity_type": "评审",
    "nature": "acceptance",
    "summary": "对2025年度技术改造专项资金支持的项目进行现场验收。",
    "basis_document": "新工信规〔2025〕8号",
    "qualification": "副高级以上职称，熟悉煤化工",
    "scope": "全库",
    "industry": "化学原料和化学制品制造业",
    "recusal_text": "无",
    "starts_on": date(2026, 11, 2),
    "ends_on": date(2026, 11, 4),
    "place": "乌鲁木齐市",
}


def a_department() -> Any:
    """An account of a department of its own."""
    return UserFactory(role="department", organisation=OrganisationFactory(kind="government"))


def a_request(*, pool: Pool, by: Any = None, seats: dict[str, int] | None = None, **data: Any) -> DrawRequest:
    """A complete draft; ``seats`` as {field code: count}."""
    wanted = {"SHHG": 2} if seats is None else seats
    rows = [{"field": pool.fields.get(code=code), "count": count} for code, count in wanted.items()]
    return file_request(pool=pool, by=by or a_department(), **{**COMPLETE, "total": sum(wanted.values()), "seats": rows, **data})


def a_submitted_request(*, pool: Pool, by: Any = None, **data: Any) -> DrawRequest:
    """A request that waits for the office."""
    request = a_request(pool=pool, by=by, **data)
    return submit_request(request=request, by=request.filed_by)


def an_approved_request(*, pool: Pool, by: Any = None, **data: Any) -> DrawRequest:
    """A request that office, inspector and leader have passed."""
    request = a_submitted_request(pool=pool, by=by, **data)
    for role in ("office", "inspector", "leader"):
        request = approve(request=request, outcome="pass", by=UserFactory(role=role))
    return request
