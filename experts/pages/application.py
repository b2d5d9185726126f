"""The file of an application as its readers see it, and what may be done with it now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from expertpool import masking
from expertpool.pools.duties import Actor
from expertpool.refusals import Refusal
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.regulations.schema import Step as RuleStep
from expertpool.web.steps import Step
from experts.domain.conditions import Judgement
from experts.domain.statements import Statement, statements
from experts.models import Application, Endorsement, Publicity, Review
from experts.pages.application_steps import application_steps
from experts.services import applications as services
from experts.services import chain

State = Application.State
BADGES = {
    State.DRAFT: "quiet", State.RETURNED: "soon", State.ADMITTED: "done", State.PASSED: "done",
    State.REJECTED: "refused", State.WITHDRAWN: "quiet",
}  # fmt: skip
Facts = list[tuple[Any, Any]]


def badge_of(application: Application) -> str:
    """The kind of badge of an application's state."""
    return BADGES.get(State(application.state), "now")


def where(application: Application, regulation: Regulation) -> str:
    """The state in words, with the step that is due."""
    step = chain.due_step(application, regulation)
    label = str(application.get_state_display())
    return f"{label}，待{step.name}" if step is not None and application.state != State.IN_PUBLICITY else label


@dataclass(frozen=True)
class ApplicationFile:
    """The file: its facts in groups, ID number and phone masked, evidence, and what was said of it."""

    application: Application
    regulation: Regulation
    groups: list[tuple[Any, Facts]]
    jobs: Iterable[Any]
    kinds: list[tuple[Any, list[Any]]]
    endorsements: Iterable[Endorsement]
    reviews: Iterable[Review]
    waivers: Iterable[Any]
    publicity: Publicity | None
    step_names: dict[str, str]

    @classmethod
    def of(cls, application: Application, regulation: Regulation) -> "ApplicationFile":
        """The file of an application under its edition."""
        attachments = list(application.attachments.all())
        publicity = getattr(application.batch, "publicity", None) if application.batch else None
        shown = publicity is not None and publicity.state in (Publicity.State.OPEN, Publicity.State.ENDED)
        names = {str(step.code): step.name for step in regulation.intake.steps}
        endorsements = list(application.endorsements.select_related("organisation", "by"))
        reviews = list(application.reviews.select_related("organisation", "by").prefetch_related("remarks", "ticks"))
        for said in (*endorsements, *reviews):
            said.step_name = names.get(said.step, said.step)  # type: ignore[attr-defined]
        return cls(
            application=application,
            regulation=regulation,
            groups=_groups(application, regulation),
            jobs=list(application.employments.select_related("organisation")),
            kinds=[(kind, [one for one in attachments if one.kind == kind.code]) for kind in regulation.attachments],
            endorsements=endorsements,
            reviews=reviews,
            waivers=list(application.waivers.select_related("by")),
            publicity=publicity if shown else None,
            step_names=names,
        )


def _groups(application: Application, regulation: Regulation) -> list[tuple[Any, Facts]]:
    types = {one.code: one.name for one in regulation.expert_types}
    channel = next((one.name for one in regulation.intake.channels if one.code == application.channel), application.channel)
    since = [
        (_("取得学位日期"), _day(application.degree_since)), (_("取得职称日期"), _day(application.title_since)),
        (_("取得注册职业资格日期"), _day(application.licence_since)),
    ]  # fmt: skip
    groups: list[tuple[Any, Facts]] = [
        (_("基本情况"), [
            (_("姓名"), application.name), (_("性别"), application.get_sex_display()), (_("出生日期"), _day(application.birth_date)),
            (_("身份证号码"), masking.mask_id_number(application.id_number)), (_("毕业院校"), application.school),
            (_("学历/学位"), application.degree), (_("专业"), application.major),
        ]),
        (_("工作与专业"), [
            (_("工作单位"), application.employer), (_("职务"), application.position), (_("职称"), application.title),
            (_("职称等级"), application.get_title_level_display()), (_("注册职业资格"), application.licence),
            *((label, value) for label, value in since if value),
            (_("从业年限"), "" if application.years is None else f"{application.years}年"),
            (_("专家类型"), types.get(application.expert_type, "")),
            (_("研究领域"), application.research_area), (_("申报方向"), "、".join(field.name for field in application.fields.all())),
        ]),
        (_("联系方式"), [
            (_("电子邮箱"), application.email), (_("联系电话"), masking.mask_phone(application.phone)),
            (_("通信地址"), application.address), (_("邮政编码"), application.postcode),
        ]),
        (_("业绩成果"), [(_("主要工作业绩及研究成果"), application.achievements)]),
        (_("推荐与承诺"), [
            (_("入库方式"), channel), (_("填报人"), application.filed_by.name),
            *((_("本人意愿与承诺"), _stated(application, asked)) for asked in [statements(regulation)] if asked),
        ]),
    ]  # fmt: skip
    if application.recommending_unit is not None:
        groups[-1][1].insert(1, (regulation.labels.recommending_unit, application.recommending_unit))
    return groups


def _day(day: date | None) -> str:
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def _stated(application: Application, asked: tuple[Statement, ...]) -> Any:
    return _("已承诺") if all(getattr(application, one.column) for one in asked) else _("尚未作出")


@dataclass(frozen=True)
class ApplicationPage:
    """One application: where it stands, its file, and what the reader may do now."""

    file: ApplicationFile
    steps: list[Step]
    badge: str
    where: str
    sent_back: Review | Endorsement | None
    remarks: list[tuple[str, str, str]]
    may_edit: bool
    may_submit: bool
    why_not_edit: Refusal | None
    may_answer: bool
    may_withdraw: bool
    admission: RuleStep | None

    @classmethod
    def of(cls, who: Actor, application: Application) -> "ApplicationPage":
        """The page of an application for ``who``."""
        regulation = chain.edition_to_read(application)
        sent_back, remarks = services.open_remarks(application)
        labels = {field.name: str(getattr(field, "verbose_name", field.name)) for field in Application._meta.get_fields()}
        ours = services.files_for(application, who)
        refusal = services.why_not_edit(application, who)
        return cls(
            file=ApplicationFile.of(application, regulation),
            steps=application_steps(application, regulation),
            badge=badge_of(application),
            where=where(application, regulation),
            sent_back=sent_back,
            remarks=[("", labels.get(name, name), remark) for name, remark in remarks.items()],
            may_edit=refusal is None,
            may_submit=refusal is None and application.state in chain.NOT_SENT,
            why_not_edit=refusal if ours else None,
            may_answer=why_not_answer(application, who) is None,
            may_withdraw=services.why_not_withdraw(application, who) is None,
            admission=admission_due(application, who),
        )


def why_not_answer(application: Application, who: Actor) -> Refusal | None:
    """The reason why ``who`` does not answer the application's present step on the portal, or None."""
    step = chain.due_step(application, chain.edition_to_read(application))
    if step is not None and step.kind in ("review", "decide"):
        return services.why_not_review(application, who)
    return services.why_not_endorse(application, who)


def admission_due(application: Application, who: Actor) -> RuleStep | None:
    """The admission that ``who`` makes of this one person now; None where that is not his, or it is taken for a list."""
    edition = chain.edition_to_read(application)
    step = chain.due_step(application, edition)
    if step is None or step.kind != "admission" or application.state != State.PASSED or chain.for_a_list(step):
        return None
    return step if who.holds(chain.duty_of(step), edition=edition) else None


@dataclass(frozen=True)
class StepPage:
    """The step that is due of one application, with its file and the conditions as they are judged now."""

    file: ApplicationFile
    steps: list[Step]
    step: RuleStep | None
    statements: list[Any]
    judged: list[Judgement]
    refusal: Refusal | None

    @classmethod
    @acts_on("intake.attestations.by", "employer")
    def of(cls, who: Actor, application: Application) -> "StepPage":
        """The page on which ``who`` answers the step."""
        regulation = chain.edition_to_read(application)
        step = chain.due_step(application, regulation)
        said: list[Any] = []
        if step is not None and step.kind == "consent":
            said = [*regulation.intake.consents, *(one for one in regulation.intake.attestations if one.by == "applicant")]
        elif step is not None and step.unit == "employer":
            said = [one for one in regulation.intake.attestations if one.by == "employer"]
        return cls(
            file=ApplicationFile.of(application, regulation),
            steps=application_steps(application, regulation),
            step=step,
            statements=said,
            judged=services.check_strip(application, regulation) if step is not None and step.kind == "review" else [],
            refusal=why_not_answer(application, who),
        )
