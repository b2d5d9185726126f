"""What needs a pool with people in it."""

import io
from typing import Any

from .measure import compare
from .people import DAY, FIELDS, People, an_id_number, generate_members, generate_requests


def judged_rows(pool: Any) -> None:
    """The rows that judging a pool cannot do without, as bare values."""
    from experts.models import Employment, Membership, Suspension

    rows = Membership.objects.filter(pool=pool).order_by("number")
    list(rows.values_list("pk", "number", "state", "admitted_on", "expert__name", "expert__birth_date", "expert__employer__code"))
    list(Membership.fields.through.objects.filter(membership__pool=pool).values_list("membership_id", "field__code"))
    held = Employment.objects.filter(expert__memberships__pool=pool)
    list(held.values_list("expert_id", "organisation_id", "organisation__name", "since", "until"))
    list(Suspension.objects.filter(membership__pool=pool).values_list("membership_id", "starts_on", "ends_on"))


def bench_pool(request: Any, count: int) -> None:
    """Judging the whole pool for one request, and fetching the same rows as bare values."""
    from selection.services.eligibility import judge_pool

    edition = request.pool.regulation_on(DAY)
    compare(
        f"{count:,} members judged for a request",
        lambda: judged_rows(request.pool),
        lambda: judge_pool(request=request, regulation=edition),
        3,
    )


def bench_page(pool: Any, office: Any, what: str) -> None:
    """The list of requests as the office opens it (30 rows), and the same rows joined into one text."""
    from django.test import Client

    from expertpool.addresses import address as address_of
    from selection.models import DrawRequest

    client = Client()
    client.force_login(office)
    address = address_of("requests", pool=pool)
    if client.get(address).status_code != 200:
        print("the list of requests does not open")
        return

    def bare() -> None:
        rows = DrawRequest.objects.filter(pool=pool).order_by("-id")
        shown = rows.values_list("number", "title", "department__name", "state", "starts_on", "ends_on")[:30]
        "\n".join("|".join(str(value) for value in one) for one in shown)

    compare(what, bare, lambda: client.get(address), 10)


def bench_import(pool: Any, unit_user: Any) -> None:
    """500 applicants from a workbook (each time rolled back), and calamine reading it."""
    from django.core.files.uploadedfile import SimpleUploadedFile
    from django.db import transaction
    from openpyxl import load_workbook
    from python_calamine import CalamineWorkbook

    from experts.services import imports

    book = load_workbook(io.BytesIO(imports.template(pool=pool, by=unit_user)))
    sheet = book[imports.SHEET]
    names = {field.name for field in pool.fields.filter(code=FIELDS[0])}
    values = {
        "school": "新疆大学", "degree": "博士研究生/工学博士", "major": "化学工程", "employer": "第0研究所", "since": "2008-07-01",
        "position": "主任", "title": "高级工程师", "title_level": "副高级", "years": "15", "research_area": "煤化工过程强化",
        "fields": next(iter(names)), "email": "person@example.cn", "address": "乌鲁木齐市幸福路1号", "postcode": "830000",
        "achievements": "主持完成自治区重点研发项目两项。",
    }  # fmt: skip
    for number in range(imports.MAX_ROWS):
        own = {"name": "李志强", "id_number": an_id_number(5_000_000 + number), "phone": f"138{number:08d}"}
        for index, column in enumerate(imports.COLUMNS, start=1):
            sheet.cell(row=number + 2, column=index, value=(values | own).get(column.name, ""))
    target = io.BytesIO()
    book.save(target)
    data = target.getvalue()

    def ours() -> None:
        with transaction.atomic():
            imports.import_applications(pool=pool, file=SimpleUploadedFile("list.xlsx", data), by=unit_user, on=DAY)
            transaction.set_rollback(True)

    def read() -> None:
        CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()

    compare(f"{imports.MAX_ROWS} applicants imported from Excel", read, ours, 2)


def bench_rooms(people: People) -> None:
    """What is done in a pool of 2,000 members."""
    pool = people.pool("BENCH")
    generate_members(pool, people, 2_000)
    requests = generate_requests(pool, people, 40)
    bench_pool(requests[0], 2_000)
    bench_page(pool, people["office"], "page of 30 requests, through the whole stack")
    bench_import(pool, people["recommending_unit"])
