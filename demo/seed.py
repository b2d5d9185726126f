"""The demonstration's standing data: organisations, accounts, a pool of about 400 experts with histories.

It is written in bulk, as an office would take over its old register; what the rules decide (applications, draws,
scores) is made by the services, in ``case`` and ``open_work``.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from stdnum.cn import uscc

from expertpool.accounts.models import Organisation, User
from expertpool.crypto import digest
from expertpool.identity import normalise_id, normalise_phone
from expertpool.ledger.services import record
from expertpool.names import name_initials, name_key
from expertpool.pools.models import IN_A_POOL, Field, Pool, RecommendingUnit, Role
from expertpool.pools.serials import take_numbers
from expertpool.pools.services.assignments import assign
from expertpool.pools.services.pools import open_pool
from experts.models import DeclaredInterest, Employment, Expert, Membership
from selection.models import DrawRequest, Participation, RequestSeats

from .people import ORGANISATIONS, SCOPES, Person, people

POOL_CODE = "XJGXT"
REGULATION = "xinjiang-2025"
NUMBER_PREFIX = "ZJK"
#: The accounts act from the day on which the old register was taken over.
SINCE = date(2026, 9, 1)
EXPERTS = 400
ADMITTED_ON = date(2025, 9, 15)


@dataclass(frozen=True)
class Account:
    """One account of the table that the demonstration prints, with the one assignment that it holds."""

    username: str
    name: str
    role: Role
    organisation: str
    does: str


ACCOUNTS = [
    Account("recommending_unit", "马晓燕", Role.RECOMMENDING_UNIT, "XH03", "填报、推荐入库申请，批量导入"),
    Account("employer", "赵建国", Role.EMPLOYER, "DX01", "审核本单位人员材料的真实性"),
    Account("office", "李文博", Role.OFFICE, "GXT-ZJK", "资格审核、公示、入库、抽取、联系、出库（后台）"),
    Account("department", "张海燕", Role.DEPARTMENT, "GXT-ZBC", "使用申请、出席登记、履职评价（经办人）"),
    Account("department_leader", "陈国栋", Role.DEPARTMENT, "GXT-ZBC", "履职评价（负责人签名）"),
    Account("inspector", "周卫东", Role.INSPECTOR, "GXT-JCZ", "审批、到场监督抽取、核验"),
    Account("leader", "吴立新", Role.LEADER, "GXT", "分管领导审批"),
    Account("expert", "", Role.EXPERT, "", "查看档案、回复邀请、查看评价"),
    Account("department_other", "何俊峰", Role.DEPARTMENT, "GXT-XXC", "另一使用单位（看不到别处的申请）"),
    Account("system_admin", "郑思远", Role.SYSTEM_ADMIN, "GXT", "工作日历等系统设置"),
    Account("security_admin", "冯玉洁", Role.SECURITY_ADMIN, "GXT", "开通与停用账号"),
    Account("audit_admin", "曾慧敏", Role.AUDIT_ADMIN, "GXT", "查阅留痕"),
]


def a_uscc(serial: int) -> str:
    """A unified social credit code with a right check digit for the synthetic organisation ``serial``."""
    first = f"91659900MA{serial:07d}"[:17]
    return first + uscc.calc_check_digit(first)


def seed_organisations() -> dict[str, Organisation]:
    """The organisations with their hierarchy."""
    made: dict[str, Organisation] = {}
    for serial, (code, name, kind, parent, relation) in enumerate(ORGANISATIONS, 1):
        made[code] = Organisation.objects.create(
            code=code, name=name, kind=kind, parent=made.get(parent), relation=relation, uscc=None if relation == "internal" else a_uscc(serial),
        )  # fmt: skip
    made["DX02"].names.create(name="绿洲农学院", until=date(2021, 6, 30))
    return made


def seed_scopes(pool: Pool, organisations: dict[str, Organisation], fields: dict[str, Field]) -> None:
    """The fields that each recommending unit answers for (第六条（一）); the prefecture's bureau may recommend in all."""
    for code, names in {**SCOPES, "DZ01": list(fields)}.items():
        unit = organisations[code]
        RecommendingUnit.objects.create(pool=pool, organisation=unit).fields.set([fields[name] for name in names])


def seed_accounts(pool: Pool, organisations: dict[str, Organisation]) -> dict[str, User]:
    """The accounts of :data:`ACCOUNTS` with their assignments, all with the demonstration's password."""
    password = make_password(settings.DEMO_PASSWORD)
    made = {}
    for account in ACCOUNTS:
        user = User.objects.create(username=account.username, name=account.name or "专家", password=password)
        assign(
            account=user,
            role=account.role,
            pool=pool if account.role in IN_A_POOL else None,
            organisation=organisations.get(account.organisation),
            starts_on=SINCE,
            by=None,
        )
        made[account.username] = user
    return made


def seed_experts(
    pool: Pool, fields: dict[str, Field], organisations: dict[str, Organisation], persons: Iterable[Person]
) -> list[Membership]:
    """Experts and memberships taken over from the old register, with employments."""
    persons = list(persons)
    experts = Expert.objects.bulk_create(
        Expert(
            name=p.name, name_key=name_key(p.name), name_initials=name_initials(p.name), sex=p.sex, birth_date=p.birth_date, id_number=p.id_number,
            id_digest=digest("id-number", normalise_id(p.id_number)), phone=p.phone, phone_digest=digest("phone", normalise_phone(p.phone)),
            school=p.school, degree=p.degree, major=p.research_area[:6], employer=organisations[p.employer], position=p.position, title=p.title,
            title_level=p.title_level, licence=p.licence, years=p.years, research_area=p.research_area,
            email=f"zj{serial:04d}@example.org", address=f"{p.city}市科学路{serial % 200 + 1}号", postcode="830000",
            achievements=f"长期从事{p.research_area}工作，主持或参与自治区级项目{serial % 6 + 1}项，发表论文{serial % 17 + 3}篇，获得专利{serial % 5}项。",
        )
        for serial, p in enumerate(persons, 1)
    )  # fmt: skip
    Employment.objects.bulk_create(
        [
            Employment(expert=expert, organisation=organisations[p.employer], kind=Employment.Kind.PERSONNEL, position=p.position, since=date(2014, 7, 1))
            for expert, p in zip(experts, persons, strict=True)
        ]
        + [
            Employment(
                expert=expert, organisation=organisations[p.former_employer], kind=Employment.Kind.PERSONNEL, position="工程师",
                since=date(2004, 7, 1), until=date(2014, 6, 30),
            )
            for expert, p in zip(experts, persons, strict=True)
            if p.former_employer and p.former_employer != p.employer
        ]
    )  # fmt: skip
    edition = pool.regulation_on(ADMITTED_ON)
    memberships = [
        Membership(pool=pool, expert=expert, number=number, admitted_on=ADMITTED_ON, confirmed_on=ADMITTED_ON)
        for number, expert in zip(take_numbers(pool, "member", ADMITTED_ON.year, len(experts)), experts, strict=True)
    ]
    for membership in memberships:
        membership.decide_under(edition)
    memberships = Membership.objects.bulk_create(memberships)
    through = Membership.fields.through
    through.objects.bulk_create(
        through(membership_id=membership.pk, field_id=fields[name].pk)
        for membership, p in zip(memberships, persons, strict=True)
        for name in {p.field, p.second_field} - {""}
    )
    return memberships


def seed_history(pool: Pool, filed_by: User, department: Organisation, memberships: list[Membership]) -> None:
    """Activities of this year from before the system: some experts have been used often, three are at the cap."""
    rng = random.Random(7)  # a demonstration, no draw
    at_cap = memberships[4:7]
    requests = [
        DrawRequest(
            number=f"LS2026-{serial:04d}", pool=pool, department=department, filed_by=filed_by, state=DrawRequest.State.CLOSED, activity_type="评审",
            title=f"2026年度技术改造项目评审（第{serial}批，旧系统迁入）", total=5, starts_on=day, ends_on=day, held_on=day, place="乌鲁木齐",
        )
        for serial, day in enumerate((date(2026, 1, 12) + timedelta(days=18 * step) for step in range(12)), 1)
    ]  # fmt: skip
    requests = DrawRequest.objects.bulk_create(requests)
    field = pool.fields.first()
    RequestSeats.objects.bulk_create(RequestSeats(request=request, field=field, count=5) for request in requests)
    parts = []
    for serial, request in enumerate(requests):
        chosen = rng.sample(memberships[10:], 14) + (at_cap if serial < 10 else [])
        parts += [
            Participation(request=request, membership=membership, seated=True, attended=rng.random() > 0.05 or membership in at_cap)
            for membership in chosen
        ]
    Participation.objects.bulk_create(parts)


def seed_interests(memberships: list[Membership], organisations: dict[str, Organisation]) -> None:
    """A few interests declared beforehand."""
    for membership, unit in zip(memberships[20:26], ["JT03", "QY01", "JT04", "QY08", "YJ02", "JT01"], strict=True):
        DeclaredInterest.objects.create(
            expert=membership.expert, kind=DeclaredInterest.Kind.UNIT, organisation=organisations[unit], relation="担任独立董事"
        )


@transaction.atomic
def seed() -> dict[str, User]:
    """Everything above in one transaction; the accounts by username. Ends with one ledger event."""
    organisations = seed_organisations()
    pool = open_pool(
        code=POOL_CODE, name="自治区工业和信息化专家库（演示）", regulation_code=REGULATION, office=organisations["GXT-ZJK"],
        number_prefix=NUMBER_PREFIX,
    )  # fmt: skip
    fields = {field.name: field for field in pool.fields.all()}
    seed_scopes(pool, organisations, fields)
    accounts = seed_accounts(pool, organisations)
    memberships = seed_experts(pool, fields, organisations, people(EXPERTS))
    seed_history(pool, accounts["department_other"], organisations["GXT-XXC"], memberships)
    seed_interests(memberships, organisations)
    record("pool.taken_over", subject=f"pool:{pool.code}", by=accounts["office"], pool=pool.code, body={"memberships": len(memberships)})
    return accounts
