"""What is under way on the day of the demonstration: each role finds something that waits for it.

Everything is made by the services at moments before today, so it looks the same on whatever day the demonstration
is set up. A period that would run into a year whose working days are not loaded is left out, and that is told.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from evaluation.services.activities import close_activity
from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.workdays import CalendarMissing
from experts.models import Application, Expert, Membership, Pool
from experts.services.applications import endorse, file_application, review, submit_application
from experts.services.batches import collect_batch, decide_batch
from experts.services.exits import open_exit_case
from experts.services.publicity import open_publicity, record_objection
from selection.models import DrawRequest, Invitation, Participation
from selection.services.draws import freeze, give_share, join
from selection.services.invitations import invite_due
from selection.services.leaving import suspend_member
from selection.services.requests import approve, file_request, submit_request

from .case import PDF, Case, sweep
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
    """Makes the open work of one day."""

    def __init__(self, accounts: dict[str, User]) -> None:
        self.accounts = accounts
        self.case = Case(accounts, lambda text: None)
        self.pool = Pool.objects.get()
        self.today = clock.today()

    def ago(self, days: int, hour: int = 10) -> datetime:
        """A moment so many days before today (after today, where negative), Beijing time."""
        return datetime.combine(self.today - timedelta(days=days), time(hour), clock.BEIJING)

    @contextmanager
    def at(self, days: int, hour: int = 10) -> Iterator[None]:
        """The clock stopped so many days ago."""
        with clock.frozen(self.ago(days, hour)):
            yield

    def applications(self) -> list[Application]:
        """Nine applications on their way, each one step further than the one before."""
        unit, employer, office = self.accounts["recommending_unit"], self.accounts["employer"], self.accounts["office"]
        dx01 = Organisation.objects.get(code="DX01")
        made = []
        for serial, (name, sex, birth, field, area) in enumerate(APPLICANTS):
            facts = self.case.applicant(
                name=name, sex=sex, birth_date=birth, id_number=id_number("6523", birth, 801 + serial * 2 + (sex == "female")),
                phone=f"1599912{serial:04d}", email=f"shenqing{serial}@example.org", research_area=area, major=area[:8],
                fields=[self.pool.fields.get(name=field)],
                employments=[{"organisation": dx01, "kind": "personnel", "position": "教师", "since": date(2009, 9, 1)}],
            )  # fmt: skip
            with self.at(12 - serial // 2):
                application = file_application(pool=self.pool, by=unit, **facts)
                if serial == 0:
                    made.append(application)
                    continue
                self.case.attach(application, unit)
                made.append(submit_application(application=application, by=unit))
        for application in made[2:]:
            with self.at(7):
                endorse(application=application, confirmed=True, reason="经核实，材料属实。", by=employer)
                endorse(application=application, confirmed=True, by=unit)
        with self.at(6):
            review(application=made[3], outcome="returned", by=office, remarks={
                "research_area": "请按“学科＋方向”填写，例如“机械工程·农机装备可靠性”。", "achievements": "请补充近五年的代表性成果，并注明本人排名。",
            })  # fmt: skip
            for application in made[5:]:
                review(application=application, outcome="passed", by=office)
        return made

    def publicity(self, applications: list[Application]) -> None:
        """A batch in its publicity, with an objection against one person."""
        office = self.accounts["office"]
        with self.at(3):
            batch = collect_batch(applications=applications, by=office)
            decide_batch(batch=batch, decision_document="厅长办公会纪要〔2026〕27号", by=office)
            publicity = open_publicity(batch=batch, by=office)
        with self.at(1):
            record_objection(
                publicity=publicity, application=applications[1], objector="崔先生", contact="13500007788", by=office,
                content="反映其所填“第一完成人”与公开的获奖名单不符，请核实。",
            )  # fmt: skip

    def request(self, *, filed: int, starts: int, title: str, seats: dict[str, int], **more: Any) -> DrawRequest:
        """A request sent to the office, filed and starting so many days from today."""
        with self.at(filed):
            request = file_request(
                pool=self.pool, by=self.accounts["department"], title=title, activity_type="评审", nature="funding",
                summary="对申报材料进行书面评审并现场质询，提出评审意见和排序建议。", basis_document="《专项资金管理办法》（演示文号〔2025〕21号）",
                leader_name="陈国栋", leader_phone="13999001122", handler_name="张海燕", handler_phone="13999003344", total=sum(seats.values()),
                qualification="副高级（含）以上职称", min_title_level=3, scope="全库", industry="制造业", recusal_text="申报单位人员回避",
                starts_on=self.today + timedelta(days=starts), ends_on=self.today + timedelta(days=starts), place="乌鲁木齐市天山大厦三楼会议室",
                seats=[{"field": self.pool.fields.get(name=name), "count": count} for name, count in seats.items()], **more,
            )  # fmt: skip
            return submit_request(request=request, by=self.accounts["department"])

    def approved(self, *, at: int, **facts: Any) -> DrawRequest:
        """A request with its three approvals."""
        request = self.request(**facts)
        with self.at(at):
            for username in ("office", "inspector", "leader"):
                request = approve(request=request, outcome="pass", by=self.accounts[username])
        return request

    def drawn(self, *, at: int, **facts: Any) -> DrawRequest:
        """A request whose candidates have been drawn and whose first invitations are out."""
        request = self.approved(at=at, **facts)
        with self.at(at, hour=15):
            join(request=request, by=self.accounts["inspector"])
            attempt = freeze(request=request, by=self.accounts["office"])
            give_share(attempt=attempt, share=f"{at:02d}63125441625316622514", by=self.accounts["inspector"])
            invite_due(draw=request.draw, by=self.accounts["office"])
        return request

    def requests(self) -> None:
        """A request at each hand."""
        returned = self.request(filed=5, starts=16, title="2026年工业互联网标杆工厂遴选评审", seats={"信息产业": 3})
        with self.at(4):
            approve(
                request=returned, outcome="ask_more", reason="请补充标杆工厂申报单位名单，以便核对回避事项。", by=self.accounts["office"]
            )
        self.request(filed=1, starts=14, title="2026年绿色工厂评审", seats={"节能环保": 3, "建材": 2})
        self.approved(
            at=2, filed=4, starts=12, title="2026年“专精特新”中小企业认定评审", seats={"装备制造": 2, "信息产业": 2, "综合经济": 1}
        )
        contacting = self.drawn(at=0, filed=3, starts=9, title="2026年技术改造专项资金评审", seats={"冶金": 2, "新能源新材料": 2})
        invitation = Invitation.objects.open().filter(candidate__attempt__draw__request=contacting).order_by("id")[0]
        self.expert_account(invitation.candidate.membership.expert)

    def expert_account(self, expert: Expert) -> None:
        """The demonstration's expert account belongs to somebody with an invitation to answer."""
        account = self.accounts["expert"]
        account.name = expert.name
        account.save()
        expert.user = account
        expert.save()

    def activity(self) -> None:
        """An activity that is over, whose evaluations are due."""
        request = self.drawn(at=20, filed=24, starts=-8, title="2026年度企业技术中心评价", seats={"生物医药": 1, "轻工": 1})
        plan = ["accept"] * 40
        with self.at(20, hour=16):
            for _answer in plan:
                invitation = Invitation.objects.open().filter(candidate__attempt__draw__request=request).order_by("id").first()
                if invitation is None:
                    break
                self.case.answer(invitation, "accept")
        seated = Participation.objects.filter(request=request, seated=True, state=Participation.State.STANDING)
        with self.at(8, hour=18):
            close_activity(request=request, attended={part.pk: True for part in seated}, reasons={}, by=self.accounts["department"])

    def members(self) -> None:
        """Suspended members, an exit case, and birthdays that the sweep finds."""
        office = self.accounts["office"]
        memberships = list(Membership.objects.active().select_related("expert").order_by("number")[30:40])
        for days, membership in zip((-60, -20, 40), memberships[:3], strict=True):
            with self.at(10):
                suspend_member(
                    membership=membership, starts_on=self.today - timedelta(days=10), ends_on=self.today - timedelta(days=min(days, -1)),
                    reason="在评审中未严格按照规定标准打分，约谈后暂停参与。", by=office,
                )  # fmt: skip
        for days, membership in zip((45, 80, -3), memberships[3:6], strict=True):
            birthday = self.today + timedelta(days=days)
            membership.expert.birth_date = birthday.replace(year=birthday.year - 70, day=min(birthday.day, 28))
            membership.expert.save()
        with self.at(2):
            open_exit_case(
                membership=memberships[7], ground="unfit", reason="已调往区外工作，本人书面说明不再适宜担任专家。",
                uploads=[SimpleUploadedFile("情况说明.pdf", PDF + b"exit")], by=office,
            )  # fmt: skip
        sweep()


def make_open_work(accounts: dict[str, User], say: Callable[[str], None] = print) -> None:
    """Everything above; a part whose deadline falls into a year that is not loaded is left out."""
    work = OpenWork(accounts)

    def applications() -> None:
        made = work.applications()
        work.publicity(made[6:9])

    for what, make in {
        "入库申请和公示": applications,
        "使用申请": work.requests,
        "待评价的活动": work.activity,
        "暂停、出库事项": work.members,
    }.items():
        try:
            make()
        except CalendarMissing as missing:
            say(f"（{what}：{missing}，本次演示略去。）")
