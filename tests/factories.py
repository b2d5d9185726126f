"""Plausible rows for tests: complete and valid unless a test says otherwise."""

from datetime import date, timedelta
from typing import Any

import factory
from factory.django import DjangoModelFactory

from expertpool import crypto, identity
from expertpool.accounts.models import Organisation, User
from expertpool.addresses import address
from expertpool.names import name_initials, name_key
from expertpool.pools.models import IN_A_POOL, Assignment, Field, Pool, RecommendingUnit
from expertpool.regulations import catalogue
from experts.models import Application, ApplicationEmployment, Attachment, Employment, Expert, Membership, Suspension, TitleLevel

REGULATION = "xinjiang-2025"
FIELD_CODES = ["SHHG", "MHG", "YJ", "JC", "CK", "FZFZ", "XXCY", "ZBZZ", "XNYXCL", "QG", "YQGL", "WXD", "JNHB", "SWYY", "MB", "FLFG", "ZHJJ"]
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
GIVEN = [
    "建国",
    "志强",
    "丽华",
    "秀英",
    "海燕",
    "文博",
    "晓东",
    "玉兰",
    "永刚",
    "雪梅",
    "成功",
    "思远",
    "明哲",
    "春生",
    "立新",
    "佳慧",
    "少华",
    "振宇",
    "红霞",
    "卫东",
]


def an_id_number(birth_date: date, serial: int = 1, area: str = "650102") -> str:
    """A valid identity number; an odd serial (1–999) is a man's."""
    first = f"{area}{birth_date:%Y%m%d}{serial:03d}"
    return first + identity.check_digit(first)


def a_name(number: int) -> str:
    return SURNAMES[number % len(SURNAMES)] + GIVEN[number // len(SURNAMES) % len(GIVEN)]


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    code = factory.Sequence(lambda n: f"ORG{n:05d}")
    name = factory.Sequence(lambda n: f"乌鲁木齐第{n}研究所")
    kind = Organisation.Kind.RESEARCH


def PoolFactory(*, code: str = "XJ", regulation_code: str = REGULATION, **values: Any) -> Pool:
    """The pool with all fields of its regulation; two calls for one code give one pool."""
    if (found := Pool.objects.filter(code=code).first()) is not None:
        return found
    values = {
        "name": "新疆维吾尔自治区工业和信息化专家库",
        "number_prefix": "ZJK" if code == "XJ" else code,
        "office": values.get("office") or OrganisationFactory(name="自治区工业和信息化厅专家库管理处室"),
    } | values
    pool = Pool.objects.create(code=code, regulation_code=regulation_code, **values)
    edition = catalogue.in_force(regulation_code, date(2026, 10, 12))
    Field.objects.bulk_create(Field(pool=pool, code=one.code, name=one.name) for one in edition.fields)
    return pool


class RecommendingUnitFactory(OrganisationFactory):
    """A unit that recommends in ``pool`` (default: the usual one), in the fields with the codes ``field_scope`` (default: all)."""

    code = factory.Sequence(lambda n: f"REC{n:05d}")
    name = factory.Sequence(lambda n: f"自治区第{n}行业协会")
    kind = Organisation.Kind.ASSOCIATION
    pool = factory.LazyFunction(PoolFactory)
    field_scope = factory.LazyFunction(lambda: list(FIELD_CODES))

    @classmethod
    def _create(cls, model_class: Any, *args: Any, pool: Any, field_scope: list[str], **kwargs: Any) -> Any:
        made = super()._create(model_class, *args, **kwargs)
        _put_in_fields(RecommendingUnit.objects.create(pool=pool, organisation=made), field_scope)
        return made


def UserFactory(
    *, role: str | None = "office", pool: Any = None, organisation: Any = "new", starts_on: date = date(2020, 1, 1),
    ends_on: date | None = None, **kwargs: Any,
) -> User:  # fmt: skip
    """An account with one assignment since 2020: ``role`` (None: no assignment), for ``organisation`` (default: a new one), in ``pool``.

    A role of a pool without ``pool`` stands in the usual one. More assignments: :class:`AssignmentFactory`.
    ``client.force_login`` signs the account in.
    """
    account = AccountFactory(**kwargs)
    if role is not None:
        unit = OrganisationFactory() if organisation == "new" else organisation
        place = {"pool": pool} if pool is not None else {}
        AssignmentFactory(account=account, role=role, organisation=unit, starts_on=starts_on, ends_on=ends_on, **place)
        account.organisation = unit  # what tests say of the account's unit
    return account


class AccountFactory(DjangoModelFactory):
    """An account without any assignment."""

    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"user{n}")
    name = factory.Sequence(a_name)
    password = "!"


class AssignmentFactory(DjangoModelFactory):
    """An assignment since 2020, in the usual pool where the role is of a pool."""

    class Meta:
        model = Assignment

    account = factory.SubFactory(AccountFactory)
    role = "office"
    pool = factory.LazyAttribute(lambda o: PoolFactory() if o.role in IN_A_POOL else None)
    organisation = factory.SubFactory(OrganisationFactory)
    starts_on = date(2020, 1, 1)


def at(name: str, *args: Any, pool: Any = None) -> str:
    """The address of a page inside a pool (default: the usual one)."""
    return address(name, *args, pool=pool or PoolFactory())


class PersonFactory(DjangoModelFactory):
    """What an application and an expert's record have in common. ``birth_date`` decides the identity number."""

    class Meta:
        abstract = True

    class Params:
        serial = factory.Sequence(lambda n: n)

    name = factory.LazyAttribute(lambda o: a_name(o.serial))
    name_key = factory.LazyAttribute(lambda o: name_key(o.name))
    name_initials = factory.LazyAttribute(lambda o: name_initials(o.name))
    birth_date = factory.LazyAttribute(lambda o: date(1966, 1, 1) + timedelta(days=o.serial * 37 % 7000))
    id_number = factory.LazyAttribute(lambda o: an_id_number(o.birth_date, o.serial % 1000))
    id_digest = factory.LazyAttribute(lambda o: crypto.digest("id-number", o.id_number))
    sex = factory.LazyAttribute(lambda o: "male" if int(o.id_number[16]) % 2 else "female")
    school = "新疆大学"
    degree = "博士研究生/工学博士"
    major = "化学工程"
    employer = factory.SubFactory(OrganisationFactory)
    position = "主任"
    title = "高级工程师"
    title_level = TitleLevel.ASSOCIATE_SENIOR
    years = 15
    expert_type = "professional"
    research_area = "煤化工过程强化"
    email = factory.LazyAttribute(lambda o: f"person{o.serial}@example.cn")
    phone = factory.LazyAttribute(lambda o: f"139{o.serial:08d}")
    phone_digest = factory.LazyAttribute(lambda o: crypto.digest("phone", o.phone))
    address = "乌鲁木齐市天山区幸福路1号"
    postcode = "830000"
    achievements = "主持完成自治区重点研发项目两项，获自治区科技进步奖一项。"


#: The step that is due in a state, on the channels of the usual pool.
STEP_DUE = {
    "under_review": "office_review",
    "passed": "department_decision",
    "proposed": "department_decision",
    "in_publicity": "publicity",
}


def _put_in_fields(row: Any, codes: list[str]) -> None:
    """The fields of a new row, written at once: no signal, no state of its history for them."""
    through = type(row).fields.through
    chosen = row.pool.fields.filter(code__in=codes) if codes else ()
    through.objects.bulk_create(through(**{type(row)._meta.model_name: row, "field": one}) for one in chosen)


class ApplicationFactory(PersonFactory):
    """A complete draft: one field (SHHG), the present employment, the four attachments (rows without files).

    ``fields=["SHHG", "MHG"]`` sets other fields, ``employments=False`` or ``attachments=False`` leaves them out.
    """

    class Meta:
        model = Application
        skip_postgeneration_save = True

    pool = factory.LazyFunction(PoolFactory)
    number = factory.Sequence(lambda n: f"SQ1999-{n:06d}")
    channel = "industry"
    recommending_unit = factory.SubFactory(RecommendingUnitFactory, pool=factory.SelfAttribute("..pool"))
    filed_by = factory.LazyAttribute(lambda o: UserFactory(role="recommending_unit", organisation=o.recommending_unit, pool=o.pool))
    filed_for = factory.SelfAttribute("recommending_unit")
    state = "draft"
    step = factory.LazyAttribute(lambda o: STEP_DUE.get(o.state, ""))
    consents = True
    attests_clean_record = True

    @factory.post_generation
    def fields(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        _put_in_fields(self, ["SHHG"] if extracted is None else extracted)

    @factory.post_generation
    def employments(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted is not False and self.employer_id:
            ApplicationEmployment.objects.create(
                application=self, organisation=self.employer, kind="personnel", position=self.position, since=date(2008, 7, 1)
            )

    @factory.post_generation
    def attachments(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted is not False:
            for kind in ("id_document", "degree_certificate", "title_certificate", "achievement"):
                AttachmentFactory(application=self, kind=kind, uploaded_by=self.filed_by)


class AttachmentFactory(DjangoModelFactory):
    """A row without its file; use experts.services.attachments where the bytes matter."""

    class Meta:
        model = Attachment

    application = factory.SubFactory(ApplicationFactory, attachments=False)
    kind = "id_document"
    original_name = "证明材料.pdf"
    stored_as = factory.Sequence(lambda n: f"no/file{n}")
    content_type = "application/pdf"
    size = 1000
    sha256 = factory.Sequence(lambda n: f"{n:064x}")
    uploaded_by = factory.LazyFunction(UserFactory)


class ExpertFactory(PersonFactory):
    """A person in the register, with his present employment (``employments=False`` leaves it out)."""

    class Meta:
        model = Expert
        skip_postgeneration_save = True

    @factory.post_generation
    def employments(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted is not False and self.employer_id:
            Employment.objects.create(
                expert=self, organisation=self.employer, kind="personnel", position=self.position, since=date(2008, 7, 1)
            )


class MembershipFactory(DjangoModelFactory):
    """An active membership since 2025-06-01 with field SHHG; ``fields=[codes]`` sets others."""

    class Meta:
        model = Membership
        skip_postgeneration_save = True

    pool = factory.LazyFunction(PoolFactory)
    expert = factory.SubFactory(ExpertFactory)
    number = factory.Sequence(lambda n: f"ZJK{n + 1:05d}")
    admitted_on = date(2025, 6, 1)

    @factory.post_generation
    def fields(self, create: bool, extracted: Any, **kwargs: Any) -> None:
        _put_in_fields(self, ["SHHG"] if extracted is None else extracted)


class SuspensionFactory(DjangoModelFactory):
    class Meta:
        model = Suspension

    membership = factory.SubFactory(MembershipFactory)
    starts_on = date(2026, 10, 1)
    ends_on = date(2026, 12, 31)
    reason = "违反评审纪律"


def a_batch(*, day: date = date(2026, 10, 12), people: int = 1, by: User | None = None, **kwargs: Any) -> Any:
    """A batch of applications that passed, collected on ``day``; ``kwargs`` go to each application."""
    from expertpool import clock
    from experts.services.batches import collect_batch

    office = by or UserFactory(role="office", pool=kwargs.get("pool"))
    rows = [ApplicationFactory(state="passed", **kwargs) for _ in range(people)]
    with clock.frozen(day):
        return collect_batch(applications=rows, by=office)


def a_publicity(*, day: date = date(2026, 10, 12), people: int = 1, by: User | None = None, **kwargs: Any) -> Any:
    """A publicity opened on ``day`` (2026-10-12: its seventh working day is 2026-10-21) over a decided batch."""
    from expertpool import clock
    from experts.services.batches import decide_batch
    from experts.services.publicity import open_publicity

    office = by or UserFactory(role="office", pool=kwargs.get("pool"))
    batch = a_batch(day=day, people=people, by=office, **kwargs)
    with clock.frozen(day):
        decide_batch(batch=batch, decision_document="新工信专家〔2026〕1号", step=due(batch), by=office)
        return open_publicity(batch=batch, by=office)


def due(thing: Any) -> str:
    """The step that an application or a list waits for, as the page shows it that is answered."""
    return str(type(thing)._default_manager.values_list("step", flat=True).get(pk=thing.pk))


def ticks_for(application: Application, *, met: bool = True, note: str = "已核实，符合条件。") -> dict[str, tuple[bool, str]]:
    """A tick for each condition of the application that only a person can judge, as a review takes them."""
    from experts.services import applications, chain

    strip = applications.check_strip(application, chain.edition_to_read(application))
    return {one.condition.code: (met, note) for one in strip if one.answer == "to_judge"}
