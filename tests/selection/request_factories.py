"""Requests for tests: complete and valid unless a test says otherwise."""

from datetime import date
from typing import Any

from expertpool.ledger.services import events
from expertpool.pools.editions import edition_of
from expertpool.pools.models import Pool
from selection.models import DrawRequest
from selection.services.requests import approve, file_request, step_due, submit_request
from tests.factories import OrganisationFactory, UserFactory
from tests.refusing import refusals_of

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


def a_department(pool: Pool | None = None) -> Any:
    """An account of a department of its own."""
    return UserFactory(role="department", organisation=OrganisationFactory(kind="government"), pool=pool)


def a_request(*, pool: Pool, by: Any = None, seats: dict[str, int] | None = None, **data: Any) -> DrawRequest:
    """A complete draft; ``seats`` as {field code: count}."""
    wanted = {"SHHG": 2} if seats is None else seats
    rows = [{"field": pool.fields.get(code=code), "count": count} for code, count in wanted.items()]
    return file_request(pool=pool, by=by or a_department(pool), **{**COMPLETE, "total": sum(wanted.values()), "seats": rows, **data})


def a_submitted_request(*, pool: Pool, by: Any = None, **data: Any) -> DrawRequest:
    """A request that waits for its first approval, or is approved where its regulation wants none."""
    request = a_request(pool=pool, by=by, **data)
    return submit_request(request=request, by=request.filed_by)


def passed(request: DrawRequest, *, by: Any = None) -> DrawRequest:
    """The request after a pass of the step that is due; by default by somebody new who holds it."""
    step = step_due(request, edition_of(request, request.pool))
    assert step is not None
    unit = {"organisation": request.department} if step.unit else {}
    by = by or UserFactory(role=step.role, pool=request.pool, **unit)
    given = {need: {"document": "新工信〔2026〕7号", "reason": "情况属实"}[need] for need in step.needs}
    return approve(request=request, step=step.code, outcome="pass", by=by, **given)


def an_approved_request(*, pool: Pool, by: Any = None, **data: Any) -> DrawRequest:
    """A request that everybody has passed whom its regulation asks."""
    request = a_submitted_request(pool=pool, by=by, **data)
    while request.state == DrawRequest.State.UNDER_APPROVAL:
        request = passed(request)
    return request


def form_data(pool: Pool, *, seats: Any = (("SHHG", 2),), recusals: Any = (), projects: Any = (), **changes: Any) -> dict[str, Any]:
    """What a browser sends for a complete 附表2."""
    data = {key: value.isoformat() if isinstance(value, date) else value for key, value in COMPLETE.items()}
    data |= {"total": "2", "min_title_level": "0", "min_years": "", "nature_other": "", "token": "t1", **changes}
    for prefix, rows in (("seats", seats), ("recusals", recusals), ("projects", projects)):
        data |= {f"{prefix}-TOTAL_FORMS": str(len(rows)), f"{prefix}-INITIAL_FORMS": "0"}
    for number, (code, count) in enumerate(seats):
        data |= {f"seats-{number}-field": pool.fields.get(code=code).pk, f"seats-{number}-count": count}
    for prefix, rows in (("recusals", recusals), ("projects", projects)):
        for number, row in enumerate(rows):
            data |= {f"{prefix}-{number}-{key}": value for key, value in row.items()}
    return data


def refused(act: Any, *args: Any, **kwargs: Any) -> list[tuple[str, str, str]]:
    """Code, field and article of each reason for which ``act`` is refused."""
    return [(one.code, one.field, one.article) for one in refusals_of(act, *args, **kwargs)]


def kinds(request: DrawRequest) -> list[str]:
    """What the ledger tells of a request, in order."""
    return [event.kind for event in events(f"request:{request.pk}")]
