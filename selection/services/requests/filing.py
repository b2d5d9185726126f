"""Opening a draft of 附表2, and changing it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.ledger.services import record
from expertpool.pools.duties import Actor, actor, names_of, roles_for
from expertpool.pools.models import Pool
from expertpool.pools.serials import take_number
from expertpool.refusals import Refusal, refuse_all, refuse_if
from expertpool.regulations.acting import acts_on
from selection.domain.lifecycles import EDITABLE
from selection.models import DrawRequest, ProjectPerson, RequestRecusal, RequestSeats, ReviewedProject

FILE = "requests.file"
PLAIN_FIELDS = (
    "leader_name",
    "leader_phone",
    "handler_name",
    "handler_phone",
    "title",
    "activity_type",
    "nature",
    "nature_other",
    "summary",
    "basis_document",
    "total",
    "qualification",
    "min_title_level",
    "min_years",
    "scope",
    "industry",
    "recusal_text",
    "starts_on",
    "ends_on",
    "place",
)
ROWS = ("seats", "recusals", "projects")


def units_to_file_for(who: Actor) -> list[Organisation]:
    """The units for which ``who`` may ask for experts in his pool, by name.

    Who files for the whole pool and for no unit of his own asks for the body that runs the pool.
    """
    if who.pool is None or not who.holds(FILE):
        return []
    meant = Q(pk__in=who.units_for(FILE))
    if not who.units_for(FILE):
        meant = Q(pk=who.pool.office_id)
    return list(Organisation.objects.filter(meant).order_by("name"))


@acts_on("request.filed_by")
def why_not_file(who: Actor, department: Organisation | None) -> Refusal | None:
    """The reason why ``who`` may not open a request for ``department`` in his pool, or None."""
    if refusal := who.why_not(FILE):
        return refusal
    units = units_to_file_for(who)
    if department is None:
        return Refusal("which-unit", "您代表多个单位，请选择为哪个单位提出使用申请。", field="department") if units else None
    if department in units:
        return None
    return who.why_not(FILE, organisation=department.pk) or Refusal("unit", "您不代表所选的单位，请另选。", field="department")


@transaction.atomic
@acts_on("request.filed_by")
def file_request(*, pool: Pool, by: User, department: Organisation | None = None, on: date | None = None, **data: Any) -> DrawRequest:
    """Open a draft of 附表2 for a unit of ``by`` (第十三条（一）); without ``department`` for the only one that he acts for.

    ``data``: any of ``PLAIN_FIELDS``, and the rows
    ``seats`` [{"field": Field, "count": int}],
    ``recusals`` [{"kind": "organisation"|"person", "organisation": Organisation, "person_name": str, "reason": str}],
    ``projects`` [{"name": str, "applicant": Organisation, "applicant_name": str,
    "people": [{"part": "leader"|"participant", "name": str, "organisation": Organisation}]}].
    A draft may be incomplete. Raises Refused.
    """
    on = on or clock.today()
    who = actor(by, pool, clock.today())
    if department is None and len(units := units_to_file_for(who)) == 1:
        department = units[0]
    refuse_if(why_not_file(who, department))
    assert department is not None
    request = DrawRequest(pool=pool, department=department, filed_by=by)
    refuse_all(_wrong(request, data))
    request.number = take_number(pool, "request", on.year)
    _write(request, data)
    record(
        "request.filed",
        subject=f"request:{request.pk}",
        by=by,
        pool=pool.code,
        body={"number": request.number, "department": department.code},
    )
    return request


def why_not_edit(request: DrawRequest, who: Actor) -> Refusal | None:
    """The reason why ``who`` may not change or submit ``request``, or None."""
    if refusal := who.why_not(FILE, organisation=request.department_id):
        return refusal
    if request.state not in EDITABLE:
        roles = roles_for("requests.send_back", who.edition).roles
        return Refusal(
            "state",
            f"申请目前的状态是“{request.get_state_display()}”，不能修改；需要修改的，请联系{names_of(roles, who.edition)}退回。",
        )
    return None


@transaction.atomic
def save_request(*, request: DrawRequest, by: User, **data: Any) -> DrawRequest:
    """Change a draft or a returned request; ``data`` as for :func:`file_request`, what is not given stays. Raises Refused."""
    request = DrawRequest.objects.select_for_update(of=("self",)).select_related("pool").get(pk=request.pk)
    refuse_if(why_not_edit(request, actor(by, request.pool, clock.today())))
    refuse_all(_wrong(request, data))
    _write(request, data)
    record(
        "request.saved",
        subject=f"request:{request.pk}",
        by=by,
        pool=request.pool.code,
        body={"number": request.number, "version": request.version},
    )
    return request


def _wrong(request: DrawRequest, data: Mapping[str, Any]) -> list[Refusal]:
    """Set the plain values on ``request``; everything that keeps them and the rows from being saved at all."""
    unknown = set(data) - set(PLAIN_FIELDS) - set(ROWS)
    if unknown:
        raise TypeError(f"unknown fields: {', '.join(sorted(unknown))}")
    refusals = []
    for name in PLAIN_FIELDS:
        if name not in data:
            continue
        value = data[name]
        column: Any = DrawRequest._meta.get_field(name)
        if isinstance(value, str):
            value = value.strip()
            # SQLite does not hold to a column's length.
            if column.max_length and len(value) > column.max_length:
                refusals.append(
                    Refusal("too-long", f"“{column.verbose_name}”最多{column.max_length}个字，现有{len(value)}个字，请缩短。", field=name)
                )
        setattr(request, name, value)
    seats = list(data.get("seats", ()))
    codes = [row["field"].pk for row in seats]
    if len(set(codes)) != len(codes):
        refusals.append(Refusal("field-twice", "同一专业领域填了两行，请合并为一行。", field="seats"))
    if any(row["field"].pool_id != request.pool_id for row in seats):
        refusals.append(Refusal("field-foreign", "所选专业领域不属于该专家库。", field="seats"))
    return refusals


def _write(request: DrawRequest, data: Mapping[str, Any]) -> None:
    """Save ``request`` and the rows that ``data`` gives."""
    request.save()
    if "seats" in data:
        request.seats.all().delete()
        RequestSeats.objects.bulk_create(RequestSeats(request=request, field=row["field"], count=row["count"]) for row in data["seats"])
    if "recusals" in data:
        request.recusals.all().delete()
        RequestRecusal.objects.bulk_create(RequestRecusal(request=request, **row) for row in data["recusals"])
    if "projects" in data:
        request.projects.all().delete()
        for row in data["projects"]:
            project = ReviewedProject.objects.create(request=request, **{key: value for key, value in row.items() if key != "people"})
            ProjectPerson.objects.bulk_create(ProjectPerson(project=project, **person) for person in row.get("people", ()))
