"""What is under way on the day of the demonstration: each role finds something that waits for it.

Everything is made by the services at moments before today, so it looks the same on whatever day the demonstration
is set up. A period that would run into a year whose working days are not loaded is left out, and that is told.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import partial

from django.core.files.uploadedfile import SimpleUploadedFile

from evaluation.services.activities import close_activity
from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.pools.models import Pool
from expertpool.workcalendar.services import table
from expertpool.workdays import CalendarMissing
from experts.models import Application, Membership, Publicity
from experts.services.applications import endorse, file_application, review, submit_application
from experts.services.batches import collect_batch, decide_batch
from experts.services.exits import open_exit_case
from experts.services.publicity import open_publicity, record_objection
from selection.models import DrawRequest, Invitation, Participation
from selection.services.draws import freeze, give_share, join
from selection.services.invitations import invite_due
from selection.services.leaving import suspend_member
from selection.services.requests import approve, file_request, submit_request

from .case import PDF, TICKS, Case, due, sweep
from .people import id_number

APPLICANTS = [
    ("白雪莲", "female", date(1984, 2, 11), "信息产业", "工业互联网安全"),
    ("热依汗古丽·阿布都热西提", "female", date(1980, 9, 3), "装备制造", "特种机器人与智能制造单元集成技术"),
    ("段永刚", "male", date(1976, 6, 25), "无线电", "频谱监测"),
    ("易春雷", "male", date(1972, 12, 1), "装备制造", "农机装备可靠性"),
    ("毛佳宁", "female", date(1986, 4, 17), "信息产业", "数据治理"),
    ("郝振国", "male", date(1969, 8, 9), "装备制造", "液压传动"),
    ("江思敏", "female", date(1981, 1, 30), "信息产业", "嵌入式软件"),
    ("钱宏伟", "male", date(1974, 10, 5), "装备制造", "焊接工艺"),
    ("龙晓东", "male", date(1978, 3, 14), "无线电", "卫星通信"),
]


class OpenWork:
    """Plans the open work of one day and then does it in the order of time, as the ledger would have seen it.

    ``ago`` counts working days before today; 0 is an hour and a half ago.
    """

    def __init__(self, accounts: dict[str, User]) -> None:
        self.accounts = accounts
        self.case = Case(accounts, lambda text: None)
        self.pool = Pool.objects.get()
        self.now = clock.now()
        self.today = clock.today()
        self.table = table()
        self.steps: list[tuple[datetime, int, Callable[[], None]]] = []

    def moment(self, ago: int, hour: int = 10) -> datetime:
        """``hour`` o'clock of the working day so many before today, Beijing time; never later than now."""
        if ago == 0:
            return self.now - timedelta(minutes=90)
        day = self.today
        while ago:
            day -= timedelta(days=1)
            ago -= self.table.is_workday(day)
        return datetime.combine(day, time(hour), clock.BEIJING)

    def later(self, ago: int, act: Callable[[], None], hour: int = 10) -> None:
        """Plan an act."""
        self.steps.append((self.moment(ago, hour), len(self.steps), act))

    def run(self, say: Callable[[str], None]) -> None:
        """Do what was planned; an act whose period runs into a year that is not loaded is left out, and that is told."""
        for moment, _serial, act in sorted(self.steps, key=lambda step: step[:2]):
            try:
                with clock.frozen(moment):
                    act()
            except CalendarMissing as missing:
                say(f"（{missing}——演示中的这一步略去。）")
        sweep()

    def applications(self) -> None:
        """Nine applications on their way, some a step further than others, and a batch in its publicity with an objection."""
        unit, employer, office = self.accounts["recommending_unit"], self.accounts["employer"], self.accounts["office"]
        dx01 = Organisation.objects.get(code="DX01")
        made: list[Application] = []

        def file(serial: int) -> None:
            name, sex, birth, field, area = APPLICANTS[serial]
            application = file_application(
                pool=self.pool, by=unit,
                **self.case.applicant(
                    name=name, sex=sex, birth_date=birth, id_number=id_number("6523", birth, 801 + serial * 2 + (sex == "female")),
                    phone=f"1599912{serial:04d}", email=f"shenqing{serial}@example.org", research_area=area, major=area[:8],
                    fields=[self.pool.fields.get(name=field)],
                    employments=[{"organisation": dx01, "kind": "personnel", "position": "教师", "since": date(2009, 9, 1)}],
                ),
            )  # fmt: skip
            if serial:
                self.case.attach(application, unit)
                application = submit_application(application=application, by=unit)
            made.append(application)

        def endorsements() -> None:
            for application in made[2:]:
                endorse(application=application, confirmed=True, reason="经核实，材料属实。", step=due(application), by=employer)
                endorse(application=application, confirmed=True, step=due(application), by=unit)

        def reviews() -> None:
            review(application=made[3], outcome="returned", step=due(made[3]), by=office, remarks={
                "research_area": "请按“学科＋方向”填写，例如“机械工程·农机装备可靠性”。", "achievements": "请补充近五年的代表性成果，并注明本人排名。",
            })  # fmt: skip
            for application in made[5:]:
                review(application=application, outcome="passed", ticks=TICKS, step=due(application), by=office)

        def publicity() -> None:
            batch = collect_batch(applications=made[6:9], by=office)
            decide_batch(batch=batch, decision_document="厅长办公会纪要〔2026〕27号", step=due(batch), by=office)
            open_publicity(batch=batch, by=office)

        def objection() -> None:
            record_objection(
                publicity=Publicity.objects.get(batch__applications=made[7]), application=made[7], objector="崔先生", contact="13500007788", by=office,
                content="反映其所填“第一完成人”与公开的获奖名单不符，请核实。",
            )  # fmt: skip

        for serial in range(len(APPLICANTS)):
            self.later(10 - serial // 2, partial(file, serial))
        self.later(5, endorsements, hour=11)
        self.later(4, reviews)
        self.later(3, publicity)
        self.later(1, objection)

    def request(self, *, filed: int, starts: int, title: str, seats: dict[str, int]) -> Callable[[], DrawRequest]:
        """Plan a request to the office that starts so many calendar days from today; the result finds it once it is filed."""
        starts_on = self.today + timedelta(days=starts)

        def file() -> None:
            request = file_request(
                pool=self.pool, by=self.accounts["department"], title=title, activity_type="评审", nature="funding",
                summary="对申报材料进行书面评审并现场质询，提出评审意见和排序建议。", basis_document="《专项资金管理办法》（演示文号〔2025〕21号）",
                leader_name="陈国栋", leader_phone="13999001122", handler_name="张海燕", handler_phone="13999003344", total=sum(seats.values()),
                qualification="副高级（含）以上职称", min_title_level=3, scope="全库", industry="制造业", recusal_text="申报单位人员回避",
                starts_on=starts_on, ends_on=starts_on, place="乌鲁木齐市天山大厦三楼会议室",
                seats=[{"field": self.pool.fields.get(name=name), "count": count} for name, count in seats.items()],
            )  # fmt: skip
            submit_request(request=request, by=self.accounts["department"])

        self.later(filed, file)
        return lambda: DrawRequest.objects.get(title=title)

    def approvals(self, request: Callable[[], DrawRequest], *, ago: int) -> None:
        """Plan the three approvals of a request."""

        def approve_all() -> None:
            # Each step of the approval bears the code of the account that takes it here.
            for username in ("office", "inspector", "leader"):
                approve(request=request(), step=username, outcome="pass", by=self.accounts[username])

        self.later(ago, approve_all, hour=11)

    def draw(self, request: Callable[[], DrawRequest], *, ago: int) -> None:
        """Plan the draw of an approved request and its first invitations."""

        def draw() -> None:
            join(request=request(), by=self.accounts["inspector"])
            attempt = freeze(request=request(), by=self.accounts["office"])
            give_share(attempt=attempt, share=f"{ago:02d}63125441625316622514", by=self.accounts["inspector"])
            invite_due(draw=attempt.draw, by=self.accounts["office"])

        self.later(ago, draw, hour=15)

    def requests(self) -> None:
        """A request at each hand."""
        office = self.accounts["office"]
        returned = self.request(filed=5, starts=16, title="2026年工业互联网标杆工厂遴选评审", seats={"信息产业": 3})
        more = "请补充标杆工厂申报单位名单，以便核对回避事项。"
        self.later(4, lambda: _approve(returned(), "ask_more", more, office), hour=9)
        self.request(filed=1, starts=14, title="2026年绿色工厂评审", seats={"节能环保": 3, "建材": 2})
        seats = {"装备制造": 2, "信息产业": 2, "综合经济": 1}
        self.approvals(self.request(filed=4, starts=12, title="2026年“专精特新”中小企业认定评审", seats=seats), ago=2)
        contacting = self.request(filed=3, starts=9, title="2026年技术改造专项资金评审", seats={"冶金": 2, "新能源新材料": 2})
        self.approvals(contacting, ago=1)
        self.draw(contacting, ago=0)
        self.later(0, lambda: self.expert_account(contacting()))

    def expert_account(self, request: DrawRequest) -> None:
        """The demonstration's expert account belongs to somebody with an invitation to answer."""
        invitation = Invitation.objects.open().filter(candidate__attempt__draw__request=request).order_by("id")[0]
        account, expert = self.accounts["expert"], invitation.candidate.membership.expert
        account.name = expert.name
        account.save()
        expert.user = account
        expert.save()

    def activity(self) -> None:
        """An activity that is over, whose evaluations are due."""
        held = self.moment(6, hour=18)
        request = self.request(
            filed=16, starts=(clock.day_of(held) - self.today).days, title="2026年度企业技术中心评价", seats={"生物医药": 1, "轻工": 1}
        )
        self.approvals(request, ago=14)
        self.draw(request, ago=14)

        def answers() -> None:
            while invitation := Invitation.objects.open().filter(candidate__attempt__draw__request=request()).order_by("id").first():
                self.case.answer(invitation, "accept")

        def close() -> None:
            seated = Participation.objects.filter(request=request(), seated=True, state=Participation.State.STANDING)
            close_activity(request=request(), attended={part.pk: True for part in seated}, reasons={}, by=self.accounts["department"])

        self.later(14, answers, hour=16)
        self.later(6, close, hour=18)

    def members(self) -> None:
        """Suspended members, an exit case, and birthdays that the sweep finds."""
        office = self.accounts["office"]
        memberships = list(Membership.objects.active().select_related("expert").order_by("number")[30:40])

        def suspensions() -> None:
            for membership, days in zip(memberships[:3], (60, 20, 5), strict=True):
                suspend_member(
                    membership=membership, starts_on=clock.today(), ends_on=self.today + timedelta(days=days), by=office,
                    reason="在评审中未严格按照规定标准打分，约谈后暂停参与。",
                )  # fmt: skip

        def birthdays() -> None:
            for membership, days in zip(memberships[3:6], (45, 80, -3), strict=True):
                birthday = self.today + timedelta(days=days)
                membership.expert.birth_date = birthday.replace(year=birthday.year - 70, day=min(birthday.day, 28))
                membership.expert.save()

        def exit_case() -> None:
            open_exit_case(
                membership=memberships[7], ground="unfit", reason="已调往区外工作，本人书面说明不再适宜担任专家。",
                uploads=[SimpleUploadedFile("情况说明.pdf", PDF + b"exit")], by=office,
            )  # fmt: skip

        self.later(8, suspensions)
        self.later(8, birthdays)
        self.later(2, exit_case)


def _approve(request: DrawRequest, outcome: str, reason: str, by: User) -> None:
    approve(request=request, step="office", outcome=outcome, reason=reason, by=by)


def make_open_work(accounts: dict[str, User], say: Callable[[str], None] = print) -> None:
    """Everything above, in the order of time."""
    work = OpenWork(accounts)
    work.activity()
    work.members()
    work.applications()
    work.requests()
    work.run(say)
