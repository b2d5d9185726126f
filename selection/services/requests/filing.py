"""Opening a draft of 附表2, and changing it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.birthdays import years_after
from expertpool.identity import EARLIEST
from expertpool.ledger.services import SentBefore, made_before, plain, record
from expertpool.pools.duties import Actor, actor, names_of, roles_for
from expertpool.pools.models import Pool
from expertpool.pools.serials import take_number
from expertpool.refusals import Refusal, refuse_all, refuse_if
from expertpool.regulations.acting import acts_on
from selection.domain.lifecycles import EDITABLE
from selection.models import DrawRequest, ProjectPerson, RequestRecusal, RequestSeats, ReviewedProject

FILE = "requests.file"
AHEAD_YEARS, LONGEST_YEARS = 2, 1
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


@acts_on("request.filed_by")
def file_request(
    *, pool: Pool, by: User, department: Organisation | None = None, on: date | None = None, once: str = "", **data: Any
) -> DrawRequest:
    """Open a draft of 附表2 for a unit of ``by`` (第十三条（一）); without ``department`` for the only one that he acts for.

    ``data``: any of ``PLAIN_FIELDS``, and the rows
    ``seats`` [{"field": Field, "count": int}],
    ``recusals`` [{"kind": "organisation"|"person", "organisation": Organisation, "person_name": str, "reason": str}],
    ``projects`` [{"name": str, "applicant": Organisation, "applicant_name": str,
    "people": [{"part": "leader"|"participant", "name": str, "organisation": Organisation}]}].
    A draft may be incomplete. ``once``: a key of the form that was sent; the same form sent again returns the draft that it
    made. Raises Refused.
    """
    key = f"request.filed:{by.pk}:{once}" if once else None
    if subject := made_before(key):
        return _by_subject(subject)
    try:
        return _file(pool, by, department, on or clock.today(), key=key, data=data)
    except SentBefore as before:
        return _by_subject(before.subject)


def request_filed_by_page(*, filer: User, once: str) -> DrawRequest | None:
    """The draft that ``filer`` opened with the form whose key is ``once``, or None."""
    subject = made_before(f"request.filed:{filer.pk}:{once}")
    return _by_subject(subject) if subject else None


def _by_subject(subject: str) -> DrawRequest:
    return DrawRequest.objects.select_related("pool", "department").get(pk=int(subject.removeprefix("request:")))


@transaction.atomic
def _file(pool: Pool, by: User, department: Organisation | None, on: date, *, key: str | None, data: dict[str, Any]) -> DrawRequest:
    who = actor(by, pool, clock.today())
    if department is None and len(units := units_to_file_for(who)) == 1:
        department = units[0]
    refuse_if(why_not_file(who, department))
    assert department is not None
    request = DrawRequest(pool=pool, department=department, filed_by=by)
    refuse_all(_wrong(request, data))
    request.number = take_number(pool, "request", on.year)
    _write(request, data)
    subject, body = f"request:{request.pk}", {"number": request.number, "department": plain(department.code)}
    event = record("request.filed", subject=subject, by=by, pool=pool.code, body=body, idem=key)
    if event.subject != subject:
        raise SentBefore(event.subject)
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
    if "starts_on" in data or "ends_on" in data:
        refusals += wrong_days(request.starts_on, request.ends_on, clock.today())
    seats = list(data.get("seats", ()))
    codes = [row["field"].pk for row in seats]
    if len(set(codes)) != len(codes):
        refusals.append(Refusal("field-twice", "同一专业领域填了两行，请合并为一行。", field="seats"))
    if any(row["field"].pool_id != request.pool_id for row in seats):
        refusals.append(Refusal("field-foreign", "所选专业领域不属于该专家库。", field="seats"))
    return refusals


def wrong_days(starts_on: date | None, ends_on: date | None, on: date) -> Iterator[Refusal]:
    """What no activity that is asked for on the Beijing day ``on`` can have as its days: slips of the pen, which nobody's calendar holds.

    An expert who accepts is taken on all of its days, in every pool.
    """
    last = years_after(on, AHEAD_YEARS)
    for name, day in (("starts_on", starts_on), ("ends_on", ends_on)):
        if day is not None and day < EARLIEST:
            yield Refusal("early-day", f"日期不能早于{EARLIEST.year}年，请核对。", field=name)
    if starts_on is not None and starts_on > last:
        yield Refusal("far-day", f"开始日期不能晚于{AHEAD_YEARS}年之后，请核对。", field="starts_on")
    elif ends_on is not None and ends_on > years_after(starts_on or last, LONGEST_YEARS):
        yield Refusal("long", f"结束日期不能晚于开始日期后{LONGEST_YEARS}年，请核对。", field="ends_on")


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
