"""Synthetic pools: who acts in them, members, requests, and a million rows made of one."""

from datetime import date, datetime, timedelta
from typing import Any

FIELDS = ("SHHG", "MHG", "YJ")
DAY = date(2026, 10, 12)
UNITS = 200


class People:
    """The accounts that act in every pool here, and their units."""

    def __init__(self) -> None:
        from expertpool.accounts.models import Organisation, User

        self.units = Organisation.objects.bulk_create(
            Organisation(code=f"BENCH{number:04d}", name=f"第{number}研究所", kind="research") for number in range(UNITS)
        )
        self.places: dict[str, tuple[Any, Any]] = {}
        for role, name, kind in (
            ("office", "专家库管理处室", "government"),
            ("inspector", "纪检监察室", "government"),
            ("department", "规划处", "government"),
            ("recommending_unit", "行业协会", "association"),
        ):
            unit = Organisation.objects.create(code=f"BENCH{role[:3].upper()}", name=name, kind=kind)
            self.places[role] = (User.objects.create(username=f"bench-{role}", name="李四"), unit)

    def __getitem__(self, role: str) -> Any:
        return self.places[role][0]

    def pool(self, code: str) -> Any:
        """A new pool in which all of them act."""
        from expertpool.pools.models import RecommendingUnit
        from expertpool.pools.services.assignments import assign
        from expertpool.pools.services.pools import open_pool

        pool = open_pool(code=code, name=f"专家库{code}", regulation_code="xinjiang-2025", office=self.places["office"][1])
        for role, (account, unit) in self.places.items():
            assign(account=account, role=role, pool=pool, organisation=unit, by=None)
        listed = RecommendingUnit.objects.create(pool=pool, organisation=self.places["recommending_unit"][1])
        listed.fields.set(pool.fields.filter(code__in=FIELDS))
        return pool


def an_id_number(number: int) -> str:
    """A valid identity number for each number below 9,990,000."""
    from expertpool import identity

    born = date(1966, 1, 1) + timedelta(days=number // 999 % 9_000)
    first = f"650102{born:%Y%m%d}{number % 999 + 1:03d}"
    return first + identity.check_digit(first)


def generate_members(pool: Any, people: People, count: int, first: int = 0) -> None:
    """Members with an employer, a past employment and one or two fields each; one in twenty is suspended.

    ``first``: the number of their first identity, so that two pools have different people.
    """
    from expertpool import crypto, identity
    from expertpool.names import name_initials, name_key
    from experts.models import Employment, Expert, Membership, Suspension

    units, at_a_time = people.units, 5_000
    experts = Expert.objects.bulk_create(
        (
            Expert(
                name="王建国",
                name_key=name_key("王建国"),
                name_initials=name_initials("王建国"),
                birth_date=identity.birth_date_of(id_number),
                id_number=id_number,
                id_digest=crypto.digest("id-number", id_number),
                employer=units[number % UNITS],
                title="高级工程师",
                title_level=3,
                years=15,
                phone=f"139{number:08d}",
            )
            for number, id_number in ((number, an_id_number(7 * number)) for number in range(first, first + count))
        ),
        at_a_time,
    )
    Employment.objects.bulk_create(
        (
            Employment(expert=expert, organisation=units[(number + shift) % UNITS], kind="personnel", since=date(2000 + 9 * shift, 7, 1))
            for number, expert in enumerate(experts)
            for shift in (0, 1)
        ),
        at_a_time,
    )
    members = Membership.objects.bulk_create(
        (
            Membership(pool=pool, expert=expert, number=f"{pool.number_prefix}{number:06d}", admitted_on=date(2025, 6, 1))
            for number, expert in enumerate(experts)
        ),
        at_a_time,
    )
    fields = [pool.fields.get(code=code) for code in FIELDS]
    through = Membership.fields.through
    through.objects.bulk_create(
        (
            through(membership_id=member.pk, field_id=fields[(number + shift) % 3].pk)
            for number, member in enumerate(members)
            for shift in range(1 + number % 2)
        ),
        at_a_time,
    )
    Suspension.objects.bulk_create(
        (Suspension(membership=member, starts_on=date(2026, 9, 1), ends_on=date(2026, 12, 31), reason="—") for member in members[::20]),
        at_a_time,
    )


def generate_requests(pool: Any, people: People, count: int) -> list[Any]:
    """Approved requests of one department; the first one reviews a project and wants two experts of each of three fields."""
    from selection.domain.draw import canonical_request

    from expertpool.clock import BEIJING
    from selection.models import DrawRequest, RequestSeats, ReviewedProject

    filer, unit = people.places["department"]
    requests = [
        DrawRequest.objects.create(
            number=f"{pool.number_prefix}-{number:04d}",
            pool=pool,
            department=unit,
            filed_by=filer,
            title=f"第{number}批技术改造项目验收",
            total=6,
            starts_on=date(2026, 11, 2),
            ends_on=date(2026, 11, 4),
            state=DrawRequest.State.APPROVED,
            approved_at=datetime(2026, 10, 9, 17, tzinfo=BEIJING),
            canonical=canonical_request({"number": str(number), "version": 1}),
        )
        for number in range(count)
    ]
    RequestSeats.objects.bulk_create(
        RequestSeats(request=one, field=pool.fields.get(code=code), count=2) for one in requests[:1] for code in FIELDS
    )
    ReviewedProject.objects.create(request=requests[0], name="示范项目", applicant=people.units[0])
    return requests


def multiply(row: Any, count: int) -> None:
    """``count`` more rows like ``row``, whose ``number`` alone differs, in one statement."""
    from django.db import connection

    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    listed = ", ".join(f'"{column}"' for column in columns)
    taken = ", ".join("'ROW-' || i" if column == "number" else f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < %s) "  # noqa: S608
            f'INSERT INTO "{table}" ({listed}) SELECT {taken} FROM "{table}", counted WHERE id = %s',
            [count, row.pk],
        )
        # What the server does by itself after a while.
        cursor.execute("ANALYZE")
