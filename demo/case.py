"""One complete case on Xinjiang's regulation, through the services, telling what happens.

The clock is stopped at each step, so the case always has the same dates; the draw's secret is random as ever.
"""

import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from evaluation.models import Evaluation
from evaluation.services.activities import close_activity
from evaluation.services.evaluations import countersign as countersign_evaluation
from evaluation.services.evaluations import sign
from expertpool import clock
from expertpool.accounts.models import Organisation, User
from expertpool.messaging.models import Message
from expertpool.pools.models import Field, Pool
from expertpool.refusals import Refused
from expertpool.regulations import printed
from expertpool.server.sweeping import run_sweeps
from experts.models import Application, Membership
from experts.services.applications import endorse, file_application, review, submit_application
from experts.services.attachments import add_attachment
from experts.services.batches import collect_batch, decide_batch
from experts.services.memberships import admit
from experts.services.publicity import open_publicity
from selection import verify_draw
from selection.models import Attempt, DrawRequest, Invitation, Participation
from selection.services.draws import bundle, freeze, give_share, join, leave
from selection.services.invitations import invite_due, reply
from selection.services.requests import approve, file_request, submit_request

from .people import id_number

Say = Callable[[str], None]

SHARE = "46213355126414253361"
#: What the reviewer judges himself (第五条（二）（三）), with his reason.
TICKS = {"expertise": (True, "主持过同领域项目，业绩材料可证。"), "ethics": (True, "查询科研诚信记录，无不良记录。")}
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def due(thing: Any) -> str:
    """The step that an application or a list waits for, as the page shows it that is answered."""
    return str(type(thing)._default_manager.values_list("step", flat=True).get(pk=thing.pk))


def beijing(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of 2026, Beijing time."""
    return datetime(2026, month, day, hour, minute, tzinfo=clock.BEIJING)


@contextmanager
def refused(say: Say, what: str) -> Iterator[None]:
    """Tell how an act is refused; an act that is not refused is an error of this demonstration."""
    try:
        yield
    except Refused as refusal:
        for reason in refusal.refusals:
            article = f"〔{printed(reason.article)}〕" if reason.article else ""
            say(f"    ✗ {what}——被拒绝{article}：{reason.message}")
    else:
        raise AssertionError(f"{what} was not refused")


def sweep() -> None:
    """Run every sweep as of the stopped clock's day; one that fails is an error of this demonstration."""
    for swept in run_sweeps(clock.today()):
        if swept.error:
            raise AssertionError(f"{swept.name}: {swept.error}")


#: What the reviewer finds of the two conditions that only a person can judge (第五条（二）（三）).


class Case:
    """The case's actors and what it has made so far."""

    def __init__(self, accounts: dict[str, User], say: Say) -> None:
        self.accounts = accounts
        self.say = say
        self.pool = Pool.objects.get()

    def step(self, at: datetime, text: str) -> None:
        """Announce a step with its date."""
        self.say(f"\n● {clock.day_of(at):%Y年%m月%d日} {text}")

    def who(self, username: str) -> User:
        return self.accounts[username]

    def field(self, name: str) -> Field:
        return self.pool.fields.get(name=name)

    def organisation(self, code: str) -> Organisation:
        return Organisation.objects.get(code=code)

    def run(self) -> None:
        """The whole case, from the form to the grade."""
        application = self.application()
        membership = self.admission(application)
        request = self.request(membership)
        self.draw(request)
        self.contact(request)
        self.activity(request)
        self.verification(request)

    def applicant(self, **changes: Any) -> dict[str, Any]:
        """The fields of 附表1 for the case's applicant."""
        birth = changes.pop("birth_date", date(1979, 5, 18))
        assert isinstance(birth, date)
        return {
            "name": "沈思远", "sex": "male", "birth_date": birth, "id_number": id_number("6501", birth, 715), "school": "西安交通大学",
            "degree": "研究生/博士", "major": "机械工程", "employer": self.organisation("DX01"), "position": "教授、实验室主任", "title": "教授",
            "title_level": 4, "years": 21, "expert_type": "professional", "research_area": "大型风电机组可靠性与智能运维",
            "email": "shen.siyuan@example.org", "phone": "13899120518", "address": "乌鲁木齐市天池路1号", "postcode": "830047",
            "achievements": "主持自治区重点研发项目3项，获自治区科技进步奖二等奖1项。", "channel": "industry", "consents": True,
            "attests_clean_record": True, "fields": [self.field("装备制造")],
            "employments": [
                {"organisation": self.organisation("DX01"), "kind": "personnel", "position": "教授、实验室主任", "since": date(2012, 3, 1)},
                {"organisation": self.organisation("JT03"), "kind": "personnel", "position": "高级工程师", "since": date(2005, 7, 1), "until": date(2012, 2, 28)},
            ],
            **changes,
        }  # fmt: skip

    def application(self) -> Application:
        """Application, endorsements, review with one field sent back, and the passing of the review."""
        unit, employer, office = self.who("recommending_unit"), self.who("employer"), self.who("office")
        with clock.frozen(beijing(9, 7)):
            self.step(clock.now(), "推荐单位填报入库申请（附表1）")
            old = file_application(
                pool=self.pool, by=unit, **self.applicant(name="顾德明", birth_date=date(1960, 3, 2), phone="13899120519")
            )
            self.attach(old, unit)
            with refused(self.say, "推荐一位66周岁的申请人"):
                submit_application(application=old, by=unit)
            application = file_application(pool=self.pool, by=unit, **self.applicant())
            with refused(self.say, "没有上传证明材料就提交"):
                submit_application(application=application, by=unit)
            self.attach(application, unit)
            application = submit_application(application=application, by=unit)
            self.say(f"    申请 {application.number} 已提交，待所在单位审核真实性")
        with clock.frozen(beijing(9, 8)):
            self.step(clock.now(), "所在单位审核、推荐单位核实推荐")
            endorse(application=application, confirmed=True, step=due(application), by=employer)
            endorse(application=application, confirmed=True, reason="材料属实，同意推荐。", step=due(application), by=unit)
        with clock.frozen(beijing(9, 9)):
            self.step(clock.now(), "管理处室资格审核：一个字段退回补正，补正后再次提交")
            review(
                application=application,
                outcome="returned",
                remarks={"achievements": "请写明获奖年份和排名。"},
                step=due(application),
                by=office,
            )
            application.refresh_from_db()
            application.achievements = "主持自治区重点研发项目3项，获2021年自治区科技进步奖二等奖（第一完成人）。"
            application.save()
            submit_application(application=application, by=unit)
            endorse(application=application, confirmed=True, step=due(application), by=employer)
            endorse(application=application, confirmed=True, step=due(application), by=unit)
        with clock.frozen(beijing(9, 10)):
            review(application=application, outcome="passed", ticks=TICKS, step=due(application), by=office)
            self.step(clock.now(), "资格审核通过")
        application.refresh_from_db()
        return application

    def attach(self, application: Application, by: User) -> None:
        """The four kinds of evidence that 第六条（二） names."""
        for kind, name in [
            ("id_document", "身份证"),
            ("degree_certificate", "学位证书"),
            ("title_certificate", "职称证书"),
            ("achievement", "获奖证书"),
        ]:
            add_attachment(application=application, kind=kind, upload=SimpleUploadedFile(f"{name}.pdf", PDF + name.encode()), by=by)

    def admission(self, application: Application) -> Membership:
        """Batch, decision, publicity over its working days, admission."""
        office = self.who("office")
        with clock.frozen(beijing(9, 14)):
            batch = collect_batch(applications=[application], by=office)
            batch = decide_batch(batch=batch, decision_document="厅长办公会纪要〔2026〕18号", step=due(batch), by=office)
            publicity = open_publicity(batch=batch, by=office)
            self.step(clock.now(), f"批次 {batch.number} 审定，公示 {publicity.days} 个工作日，至 {publicity.last_day:%Y年%m月%d日} 24:00")
        with clock.frozen(datetime.combine(publicity.last_day, datetime.min.time(), clock.BEIJING) + timedelta(hours=23, minutes=59)):
            self.step(clock.now(), "公示最后一日23:59")
            with refused(self.say, "公示期未满就批准入库"):
                admit(application=application, by=office)
        with clock.frozen(clock.end_of(publicity.last_day) + timedelta(hours=9)):
            sweep()
            membership = admit(application=application, by=office)
            self.step(clock.now(), f"公示期满无异议，批准入库：专家编号 {membership.number}")
        return membership

    def request(self, newcomer: Membership) -> DrawRequest:
        """A request by 附表2 and its three approvals."""
        department = self.who("department")
        facts: dict[str, Any] = {
            "title": "2026年自治区首台（套）重大技术装备认定评审", "activity_type": "评审", "nature": "acceptance",
            "summary": "对申报首台（套）的风电、农机装备和配套工业软件进行评审，核查创新性、可靠性与应用成效，提出认定意见。",
            "basis_document": "《首台（套）重大技术装备认定管理办法》（演示文号〔2025〕6号）", "leader_name": "陈国栋", "leader_phone": "13999001122",
            "handler_name": "张海燕", "handler_phone": "13999003344", "total": 6, "qualification": "副高级（含）以上职称",
            "min_title_level": 3, "scope": "全库", "industry": "装备制造业、软件和信息技术服务业", "recusal_text": "申报单位及其上下级单位人员回避",
            "starts_on": date(2026, 10, 22), "ends_on": date(2026, 10, 23), "place": "乌鲁木齐市天山大厦二楼会议室",
            "seats": [{"field": self.field(name), "count": count} for name, count in (("装备制造", 3), ("信息产业", 2), ("法律法规", 1))],
            "projects": [
                {
                    "name": name, "applicant": self.organisation(unit),
                    "people": [{"part": "leader", "name": leader, "organisation": self.organisation(unit)}],
                }
                for name, unit, leader in (("大兆瓦风电塔筒用高强钢", "QY16", "孟长江"), ("棉花联合采收机", "JT03-B", "龚庆丰"))
            ],
            "recusals": [{"kind": "organisation", "organisation": self.organisation("QY02"), "reason": "为申报单位提供配套软件"}],
        }  # fmt: skip
        with clock.frozen(beijing(10, 12)):
            self.step(clock.now(), "使用单位提出使用申请（附表2）")
            request = file_request(pool=self.pool, by=department, **{**facts, "total": 7})
            with refused(self.say, "各领域人数之和与总数不符"):
                submit_request(request=request, by=department)
            request.total = 6
            request.save()
            request = submit_request(request=request, by=department)
            assert request.due_at is not None
            self.say(
                f"    申请 {request.number} 已提交，管理处室应在 {clock.day_of(request.due_at - timedelta(seconds=1)):%Y年%m月%d日} 24:00 前答复"
            )
            with refused(self.say, "分管领导先于管理处室、纪检部门审批"):
                approve(request=request, step="leader", outcome="pass", by=self.who("leader"))
        with clock.frozen(beijing(10, 13)):
            approve(request=request, step="office", outcome="pass", reason="符合要求。", by=self.who("office"))
        with clock.frozen(beijing(10, 14)):
            approve(request=request, step="inspector", outcome="pass", by=self.who("inspector"))
            request = approve(request=request, step="leader", outcome="pass", by=self.who("leader"))
            self.step(clock.now(), "管理处室、纪检部门、分管领导依次审批通过")
        return request

    def draw(self, request: DrawRequest) -> Attempt:
        """Freeze, the inspector's share, the lists."""
        office, inspector = self.who("office"), self.who("inspector")
        with clock.frozen(beijing(10, 15)):
            self.step(clock.now(), "在监督下随机抽取")
            with refused(self.say, "没有监督人员到场就抽取"):
                freeze(request=request, by=office)
            join(request=request, by=inspector)
            attempt = freeze(request=request, by=office)
            counts = attempt.pool_text.splitlines()[1:]
            eligible = sum(line.split("|")[3] == "E" for line in counts)
            self.say(
                f"    {attempt.draw.number} 已冻结：涉及 {len(counts)} 人，可抽 {eligible} 人，排除 {len(counts) - eligible} 人（逐人列明原因代码）"
            )
            self.say(f"    清单校验值 M = {attempt.manifest_hash}（监督人员抄录带走）")
        with clock.frozen(beijing(10, 15, 9, 6)):
            with refused(self.say, "监督人员输入19个字符"):
                give_share(attempt=attempt, share=SHARE[:19], by=inspector)
            attempt = give_share(attempt=attempt, share=SHARE, by=inspector)
            self.say(f"    监督人员掷骰输入 {SHARE}，名单随即算出：共 {attempt.candidates.count()} 名候选（不低于3倍）")
        return attempt

    def link(self, invitation: Invitation) -> str:
        """The token that the candidate finds in his message."""
        message = Message.objects.filter(about=f"invitation:{invitation.pk}").order_by("id")[0]
        found = re.search(r"/r/([\w-]+)/", message.body)
        assert found, "an invitation's message holds its link"
        return found[1]

    def answer(self, invitation: Invitation, answer: str) -> None:
        """Answer an invitation as its candidate would: by the link, with the last digits of his phone."""
        reply(
            token=self.link(invitation), phone_last4=invitation.candidate.membership.expert.phone[-4:], answer=answer,
            declares_no_conflict=answer == "accept", reason_code={"decline": "TIME", "recuse": "RECUSE-INTEREST"}.get(answer, ""),
            reason_text={"recuse": "曾为申报单位提供有偿咨询"}.get(answer, ""),
        )  # fmt: skip

    def contact(self, request: DrawRequest) -> None:
        """Invitations in drawn order, replies of every kind, a lapse, and standbys."""
        moment = beijing(10, 15, 9, 30)
        office = self.who("office")
        with clock.frozen(moment):
            self.step(moment, "按抽取顺序联系")
            invite_due(draw=request.draw, by=office)
        told = {"accept": 0, "decline": 0, "recuse": 0, "lapsed": 0}
        plan = ["accept", "decline", "accept", "accept", "recuse", "silent", "accept", "accept", "decline"]
        asked = 0
        silent: set[int] = set()
        for _round in range(60):
            waiting = (
                Invitation.objects.open().filter(candidate__attempt__draw__request=request).exclude(pk__in=silent).order_by("id").first()
            )
            if waiting is None:
                if not silent:
                    break
                lapse_at = max(Invitation.objects.filter(pk__in=silent).values_list("deadline", flat=True))
                moment = max(moment, lapse_at) + timedelta(minutes=1)
                told["lapsed"] += len(silent)
                silent = set()
                with clock.frozen(moment):
                    sweep()
                continue
            answer = plan[asked % len(plan)]
            asked += 1
            moment += timedelta(minutes=7)
            if answer == "silent":
                silent.add(waiting.pk)
                continue
            with clock.frozen(moment):
                self.answer(waiting, answer)
            told[answer] += 1
        request.refresh_from_db()
        standing = Participation.objects.filter(request=request, state=Participation.State.STANDING)
        self.say(f"    接受 {told['accept']}，谢绝 {told['decline']}，申请回避 {told['recuse']}，逾期未回复 {told['lapsed']}")
        self.say(
            f"    正选 {standing.filter(seated=True).count()} 人，候补 {standing.filter(seated=False).count()} 人；申请状态：{request.get_state_display()}"
        )
        with clock.frozen(moment + timedelta(minutes=30)):
            leave(request=request, by=self.who("inspector"))

    def activity(self, request: DrawRequest) -> None:
        """Attendance, 附表3 for each who took part, two signatures each."""
        handler, leader = self.who("department"), self.who("department_leader")
        seated = list(
            Participation.objects.filter(request=request, state=Participation.State.STANDING, seated=True).select_related(
                "membership__expert"
            )
        )
        with clock.frozen(beijing(10, 23, 18)):
            self.step(clock.now(), "评审结束，登记出席")
            close_activity(request=request, attended={part.pk: True for part in seated}, reasons={}, by=handler)
            evaluations = list(Evaluation.objects.filter(participation__request=request))
            self.say(f"    {len(evaluations)} 份履职评价表待填，最迟 {evaluations[0].due_on:%Y年%m月%d日}（7个工作日）")
        criteria = self.pool.regulation_on(date(2026, 10, 26)).evaluation
        assert criteria is not None
        with clock.frozen(beijing(10, 27)):
            self.step(clock.now(), "使用单位填写附表3，经办人、负责人两人签名")
            with refused(self.say, "得分与所选等次不符"):
                first = {one.code: (one.bands[0].name, one.bands[0].high, "") for one in criteria.criteria}
                wrong = criteria.criteria[0]
                first[wrong.code] = (wrong.bands[0].name, wrong.bands[1].high, "")
                sign(evaluation=evaluations[0], scores=first, by=handler)
            for serial, evaluation in enumerate(evaluations):
                scores = {}
                for place, criterion in enumerate(criteria.criteria):
                    band = criterion.bands[(serial + place) % 5 == 0]
                    scores[criterion.code] = (band.name, band.low + (serial + place) % (band.high - band.low + 1), "")
                sign(evaluation=evaluation, scores=scores, by=handler)
            with refused(self.say, "经办人自己代负责人签名"):
                countersign_evaluation(evaluation=evaluations[0], by=handler)
            for evaluation in evaluations:
                countersign_evaluation(evaluation=evaluation, by=leader)
                evaluation.refresh_from_db()
                self.say(f"    {evaluation.participation.membership.number}  总分 {evaluation.total}  {evaluation.grade}")

    def verification(self, request: DrawRequest) -> None:
        """Anybody's check of the draw, and what it says of one altered byte."""
        attempt = request.draw.attempts.get(round=0, attempt=1)
        data = bundle(request.draw)
        self.say("\n● 任何人都可以在自己的电脑上核验这次抽取：")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{request.draw.number}.zip"
            path.write_bytes(data)
            self.say(f"    $ python3 verify_draw.py {path.name} --expect-manifest {attempt.manifest_hash[:16]}…")
            self.verify(path, attempt.manifest_hash, expect=0)
            unpacked = Path(folder) / request.draw.number
            with zipfile.ZipFile(path) as archive:
                archive.extractall(unpacked)
            result = unpacked / "round-0-attempt-1" / "result.txt"
            text = result.read_bytes()
            result.write_bytes(text[:-20] + (b"0" if text[-20:-19] != b"0" else b"1") + text[-19:])
            self.say("    解开压缩包，把 result.txt 中的一个字符改掉后再次核验：")
            self.verify(unpacked, attempt.manifest_hash, expect=1)

    def verify(self, path: Path, manifest_hash: str, *, expect: int) -> None:
        """Run the stand-alone verifier as an inspector would and repeat what it says."""
        ran = subprocess.run(  # noqa: S603
            [sys.executable, str(verify_draw.__file__), str(path), "--expect-manifest", manifest_hash],
            capture_output=True,
            text=True,
            check=False,
            encoding="utf-8",
        )
        lines = ran.stdout.splitlines()
        shown = lines if expect == 0 else [line for line in lines if "FAIL" in line]
        for line in shown:
            self.say(f"      {line}")
        self.say(f"      → 退出码 {ran.returncode}")
        if ran.returncode != expect:
            raise AssertionError("the verifier did not say what it must")
