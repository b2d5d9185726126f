"""Speed of what is done often or to many, as ratios to a floor that is measured in the same run.

A floor is the least work that the task cannot do without (the bare hashes, the bare INSERT, the bare reading), done
by the same machine in the same minute, so that a ratio can be compared between machines and a number of seconds
need not be. Every figure is the best of several repeats. Nothing is asserted; docs/bench.md says what each ratio
means.

Run it with `make bench`. The database is temporary and is removed afterwards: SQLite in a file, or a new database
beside the one that DATABASE_URL names.
"""

import hashlib
import io
import os
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("SHHG", "MHG", "YJ")
DAY = date(2026, 10, 12)
COLUMN = "{:<52} {:>10} {:>10} {:>7}"


def seconds(work: Callable[[], Any]) -> float:
    """Seconds of one run."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def shown(time_taken: float) -> str:
    return f"{time_taken:.2f} s" if time_taken >= 1 else f"{time_taken * 1e3:.2f} ms"


def compare(what: str, floor: Callable[[], Any], ours: Callable[[], Any], repeats: int = 5) -> None:
    """One line of the table: floor and task in turn, so that a busy minute slows both; the best of each counts."""
    runs = [(seconds(floor), seconds(ours)) for _ in range(repeats)]
    least, taken = (min(column) for column in zip(*runs, strict=True))
    print(COLUMN.format(what, shown(least), shown(taken), f"{taken / least:.1f}"), flush=True)


def bench_draw(folder: Path) -> None:
    """The lists of a draw over 10,000 members, and the stand-alone verifier on its bundle."""
    from selection.domain import draw
    from selection.verify_draw import verify

    alg = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"
    pool = tuple(
        draw.PoolLine(
            f"ZJK{number:05d}",
            f"ORG{number % 600:05d}",
            tuple(code for index, code in enumerate(FIELDS) if number % (index + 2) < 2),
            ("SUSPENDED",) if number % 20 == 19 else (),
        )
        for number in range(10_000)
    )
    needs = tuple(draw.Need(code, 5, 15, 2) for code in FIELDS)
    secret, share = "ab" * 32, "5" * 40
    manifest = draw.manifest_text(
        alg=alg,
        draw="ZJK2026-000001",
        round=0,
        attempt=1,
        request="0" * 64,
        rules="1" * 64,
        pool=pool,
        needs=needs,
        office=draw.commitment(alg, draw="ZJK2026-000001", round=0, attempt=1, secret=secret),
    )
    m = draw.h(alg, manifest)
    seed = draw.seed(alg, manifest_hash=m, secret=secret, share=share)

    strings, taken = [], set[str]()
    for field, listed in draw.compute_lists(alg=alg, seed=seed, pool=pool, needs=needs).items():
        strings += [
            f"{draw.PROTOCOL}|ticket|{seed}|{field}|{one.number}".encode()
            for one in pool
            if one.eligible and field in one.fields and one.number not in taken
        ]
        taken |= {place.number for place in listed}

    def hash_all() -> None:
        for one in strings:
            hashlib.new(alg, one).hexdigest()

    compare(
        f"lists of a draw, {len(pool)} members, {len(strings)} hashes ({alg})",
        hash_all,
        lambda: draw.compute_lists(alg=alg, seed=seed, pool=pool, needs=needs),
    )

    result = draw.result_text(alg=alg, manifest_hash=m, secret=secret, share=share, pool=pool, needs=needs)
    files = {
        "pool": draw.pool_text(draw="ZJK2026-000001", round=0, pool=pool),
        "manifest": manifest,
        "result": result,
        "contacts": draw.contacts_text(alg, result, []),
    }
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(f"round-0-attempt-1/{name}.txt", text)
    told: list[str] = []
    if verify(path, [m], told.append):
        print("\n".join(told))
    compare("verify_draw.py on its bundle", hash_all, lambda: verify(path, [m], lambda line: None))


def bench_workdays() -> None:
    """Ten thousand periods of seven working days over the official table, and the same number of plain additions."""
    from expertpool.workcalendar.services import table

    calendar = table()
    starts = [date(2025, 1, 1) + timedelta(days=number % 600) for number in range(10_000)]
    week = timedelta(days=7)
    compare(
        f"{len(starts)} periods of 7 working days",
        lambda: [start + week for start in starts],
        lambda: [calendar.add_workdays(start, 7) for start in starts],
    )


def bench_ledger() -> None:
    """Appending 300 events, each in a transaction of its own, then verifying 5,000."""
    from django.db import connection, transaction

    from expertpool.ledger.models import LedgerEvent
    from expertpool.ledger.services import record, verify

    numbers = iter(range(10**9))

    def append() -> None:
        for number in range(300):
            with transaction.atomic():
                record("bench.done", subject=f"bench:{next(numbers)}", by=None, body={"number": number, "hash": "a" * 64})

    append()
    body = LedgerEvent.objects.order_by("-seq").values_list("body", flat=True)[0]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE bench_floor (seq bigint PRIMARY KEY, kind text, subject text, body text, leaf text, prev text, chain text)"
        )

    def insert() -> None:
        for _ in range(300):
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    "INSERT INTO bench_floor VALUES (%s, %s, %s, %s, %s, %s, %s)",
                    [next(numbers), "bench.done", "bench:1", body, "a" * 64, "b" * 64, "c" * 64],
                )

    compare("300 events appended, a transaction each", insert, append, 3)

    with transaction.atomic():
        for number in range(5_000 - LedgerEvent.objects.count()):
            record("bench.done", subject=f"bench:{number % 500}/more", by=None, body={"number": number})

    def fetch_and_hash() -> None:
        for text in LedgerEvent.objects.order_by("seq").values_list("body", flat=True).iterator(chunk_size=1000):
            hashlib.sha256(text.encode()).hexdigest()

    found = list(verify())
    if found:
        print("verify_ledger:", *found, sep="\n  ")
    compare(f"{LedgerEvent.objects.count()} events verified", fetch_and_hash, lambda: list(verify()), 3)


def an_id_number(number: int) -> str:
    """A valid identity number for each number below 9,990,000."""
    from expertpool import identity

    born = date(1966, 1, 1) + timedelta(days=number // 999 % 9_000)
    first = f"650102{born:%Y%m%d}{number % 999 + 1:03d}"
    return first + identity.check_digit(first)


def generate_members(pool: Any, count: int) -> None:
    """Members with an employer, a past employment and one or two fields each; one in twenty is suspended."""
    from expertpool import crypto, identity
    from expertpool.accounts.models import Organisation
    from expertpool.names import name_initials, name_key
    from experts.models import Employment, Expert, Membership, Suspension

    units = Organisation.objects.bulk_create(
        Organisation(code=f"BENCH{number:04d}", name=f"第{number}研究所", kind="research") for number in range(200)
    )
    ids = [an_id_number(number * 7) for number in range(count)]
    experts = Expert.objects.bulk_create(
        Expert(
            name="王建国",
            name_key=name_key("王建国"),
            name_initials=name_initials("王建国"),
            birth_date=identity.birth_date_of(id_number),
            id_number=id_number,
            id_digest=crypto.digest("id-number", id_number),
            employer=units[number % 200],
            title="高级工程师",
            title_level=3,
            years=15,
            phone=f"139{number:08d}",
        )
        for number, id_number in enumerate(ids)
    )
    Employment.objects.bulk_create(
        Employment(expert=expert, organisation=units[(number + shift) % 200], kind="personnel", since=date(2000 + 9 * shift, 7, 1))
        for number, expert in enumerate(experts)
        for shift in (0, 1)
    )
    members = Membership.objects.bulk_create(
        Membership(pool=pool, expert=expert, number=f"BENCH{number:05d}", admitted_on=date(2025, 6, 1))
        for number, expert in enumerate(experts)
    )
    fields = [pool.fields.get(code=code) for code in FIELDS]
    through = Membership.fields.through
    through.objects.bulk_create(
        through(membership_id=member.pk, field_id=fields[(number + shift) % 3].pk)
        for number, member in enumerate(members)
        for shift in range(1 + number % 2)
    )
    Suspension.objects.bulk_create(
        Suspension(membership=member, starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 31), reason="—") for member in members[::20]
    )


def generate_requests(pool: Any, count: int) -> list[Any]:
    """Requests of one department, with three fields each; the first one reviews a project."""
    from expertpool.accounts.models import Organisation, User
    from selection.models import DrawRequest, RequestSeats, ReviewedProject

    unit = Organisation.objects.create(code="BENCHDEP", name="规划处", kind="government")
    filer = User.objects.create(username="bench-department", name="张三")
    requests = [
        DrawRequest.objects.create(
            number=f"BENCH-{number:04d}",
            pool=pool,
            department=unit,
            filed_by=filer,
            title=f"第{number}批技术改造项目验收",
            total=6,
            starts_on=date(2026, 11, 2),
            ends_on=date(2026, 11, 4),
            state=DrawRequest.State.UNDER_APPROVAL,
        )
        for number in range(count)
    ]
    RequestSeats.objects.bulk_create(
        RequestSeats(request=one, field=pool.fields.get(code=code), count=2) for one in requests[:1] for code in FIELDS
    )
    ReviewedProject.objects.create(request=requests[0], name="示范项目", applicant=Organisation.objects.get(code="BENCH0000"))
    return requests


def bench_pool(request: Any, count: int) -> None:
    """Judging the whole pool for one request, and fetching the same rows as bare values."""
    from experts.models import Employment, Membership, Suspension
    from selection.services.eligibility import judge_pool

    def fetch() -> None:
        rows = Membership.objects.filter(pool=request.pool).order_by("number")
        list(rows.values_list("pk", "number", "state", "admitted_on", "expert__name", "expert__birth_date", "expert__employer__code"))
        list(Membership.fields.through.objects.filter(membership__pool=request.pool).values_list("membership_id", "field__code"))
        list(Employment.objects.values_list("expert_id", "organisation_id", "organisation__name", "since", "until"))
        list(Suspension.objects.values_list("membership_id", "starts_on", "ends_on"))

    edition = request.pool.regulation_on(DAY)
    compare(f"{count} members judged for a request", fetch, lambda: judge_pool(request=request, regulation=edition), 3)


def bench_page(pool: Any, office: Any) -> None:
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
        rows = DrawRequest.objects.order_by("-id").values_list("number", "title", "department__name", "state", "starts_on", "ends_on")[:30]
        "\n".join("|".join(str(value) for value in one) for one in rows)

    compare("page of 30 requests, through the whole stack", bare, lambda: client.get(address), 10)


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


@contextmanager
def a_database(folder: Path) -> Iterator[str]:
    """A migrated database of its own, removed afterwards; gives what it is."""
    from django.db import connection

    sqlite = connection.vendor == "sqlite"
    backend: Any = connection
    connection.settings_dict["TEST"]["NAME"] = str(folder / "bench.sqlite3") if sqlite else "expertpool_bench"
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield f"SQLite {backend.Database.sqlite_version}" if sqlite else f"PostgreSQL {backend.pg_version // 10000}"
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "static").mkdir()
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "expertpool.settings")
        os.environ["EXPERTPOOL_MODE"] = "test"
        os.environ["EXPERTPOOL_DATA"] = name
        os.environ.pop("EXPERTPOOL_REGULATIONS", None)
        sys.path.insert(0, str(ROOT))

        import django

        django.setup()
        started = time.perf_counter()
        with a_database(folder) as database:
            print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {database}\n")
            print(COLUMN.format("what", "floor", "ours", "ratio"))
            bench_draw(folder)
            bench_workdays()
            bench_ledger()
            bench_rooms()
        print(f"\n{time.perf_counter() - started:.0f} s in all")


def bench_rooms() -> None:
    """What needs a pool with people in it."""
    from expertpool import clock
    from expertpool.accounts.models import Organisation, User
    from expertpool.pools.services.assignments import assign
    from expertpool.pools.services.pools import open_pool

    unit = Organisation.objects.create(code="BENCHOFF", name="专家库管理处室", kind="government")
    office = User.objects.create(username="bench-office", name="李四")
    association = Organisation.objects.create(
        code="BENCHREC", name="行业协会", kind="association", recommends=True, field_scope=list(FIELDS)
    )
    recommender = User.objects.create(username="bench-unit", name="王五")
    with clock.frozen(DAY):
        pool = open_pool(code="BENCH", name="专家库", regulation_code="xinjiang-2025", office=unit)
        assign(account=office, role="office", pool=pool, organisation=unit, by=None)
        assign(account=recommender, role="recommending_unit", pool=pool, organisation=association, by=None)
        generate_members(pool, 2_000)
        requests = generate_requests(pool, 40)
        bench_pool(requests[0], 2_000)
        bench_page(pool, office)
        bench_import(pool, recommender)


if __name__ == "__main__":
    main()
