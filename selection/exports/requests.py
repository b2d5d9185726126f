"""附表2 on paper and as a workbook."""

from dataclasses import dataclass
from typing import Any

from expertpool import clock
from expertpool.core.sheets import Box, form_sheet
from expertpool.core.templatetags.house import cn_period
from expertpool.masking import mask_phone
from expertpool.regulations import Regulation
from selection.models import Approval, DrawRequest
from selection.services.requests import qualification_words, steps_of


@dataclass(frozen=True)
class ApprovalBox:
    """One box of part five: the step's name and, once answered, what was said, by whom and when."""

    name: str
    words: str
    by: str = ""
    on: Any = None


def day_words(day: Any) -> str:
    """2026年11月24日; empty for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def print_context(request: DrawRequest, regulation: Regulation, *, phones_in_full: bool) -> dict[str, Any]:
    """Everything that the printed 附表2 shows, as words; phones in full only for whoever typed them."""
    rules = regulation.request
    natures: list[dict[str, Any]] = (
        [
            {"name": one.name, "chosen": one.code == request.nature, "text": request.nature_other if one.needs_text else ""}
            for one in rules.natures
        ]
        if rules
        else []
    )
    latest: dict[str, Approval] = {}
    for answer in request.approvals.filter(version=request.version).select_related("by"):
        latest[answer.step] = answer
    boxes = []
    for step in steps_of(regulation):
        answer_given = latest.get(step.code)
        if answer_given is None:
            boxes.append(ApprovalBox(step.name, ""))
            continue
        words = str(answer_given.get_outcome_display()) + (f"：{answer_given.reason}" if answer_given.reason else "")
        boxes.append(ApprovalBox(step.name, words, answer_given.by.name, clock.day_of(answer_given.at)))
    named = [str(one) for one in request.recusals.select_related("organisation")]
    recusal = request.recusal_text
    if named:
        recusal = "；".join(part for part in (recusal, "回避单位（人员）：" + "、".join(named)) if part)
    phone = (lambda text: text) if phones_in_full else mask_phone
    form = regulation.request_form
    return {
        "title": form.title if form else regulation.labels.request_form,
        "annex": form.printed_article if form else "",
        "number": request.number,
        "unit": request.department.name,
        "leader_name": request.leader_name,
        "leader_phone": phone(request.leader_phone),
        "handler_name": request.handler_name,
        "handler_phone": phone(request.handler_phone),
        "work": request.title,
        "activity_type": request.activity_type,
        "natures": natures,
        "nature_words": "  ".join(
            f"{'☑' if one['chosen'] else '□'}{one['name']}{'：' + one['text'] if one['chosen'] and one['text'] else ''}" for one in natures
        ),
        "summary": request.summary,
        "basis_document": request.basis_document,
        "total": f"{request.total}人" if request.total else "",
        "seats": "、".join(f"{one.field.name}{one.count}人" for one in request.seats.select_related("field")),
        "qualification": qualification_words(request),
        "recusal": recusal,
        "dates": cn_period(request.starts_on, request.ends_on),
        "place": request.place,
        "boxes": boxes,
    }


def workbook(context: dict[str, Any]) -> bytes:
    """附表2 as an xlsx file, laid out as the official form; every cell is text, so nothing in it becomes a formula."""
    grid: list[list[Box]] = []
    heights: dict[int, int] = {}

    def part(text: str) -> None:
        grid.append([Box(text, 5)])

    def line(label: str, text: str, height: int = 26) -> None:
        # About thirty-two Chinese characters stand in a line of the four merged columns.
        heights[len(grid)] = max(height, 18 * (1 + len(text) // 32))
        grid.append([Box(label, label=True), Box(text, 4)])

    part("一、申请单位基本信息")
    grid.append([Box("单位名称", rows=2, label=True), Box("负责人", 2, label=True), Box("经办人", 2, label=True)])
    grid.append([Box(text, label=True) for text in ("姓名", "联系方式", "姓名", "联系方式")])
    heights[len(grid)] = 18 * (2 + len(context["unit"]) // 10)
    grid.append([Box(context[name], label=True) for name in ("unit", "leader_name", "leader_phone", "handler_name", "handler_phone")])
    part("二、专家评审工作信息")
    line("专家评审工作名称", context["work"])
    line("评审工作性质", context["nature_words"])
    line("评审内容及项目概要", context["summary"], 90)
    line("评审依据文件", context["basis_document"])
    part("三、专家使用计划")
    line("拟使用专家总数量", context["total"])
    line("专业领域及人数分配", context["seats"])
    line("专家资格要求", context["qualification"], 36)
    line("回避要求", context["recusal"], 36)
    part("四、时间及地点安排")
    line("开始及结束日期", context["dates"])
    line("使用地点", context["place"])
    part("五、各部门审批")
    for box in context["boxes"]:
        line(box.name, f"{box.words}\n{box.by}  {day_words(box.on)}".strip(), 60)
    foot = [f"申请编号：{context['number']}"]
    return form_sheet(context["annex"] or context["title"], context["title"], grid, widths=(24, 16, 18, 16, 18), heights=heights, foot=foot)
