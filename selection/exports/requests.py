"""The request form (附表2) as a workbook."""

from typing import Any

from expertpool.web.sheets import Box, form_sheet


def day_words(day: Any) -> str:
    """2026年11月24日; empty for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


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

    form = context["form"]
    part(form.part("applicant"))
    grid.append([Box(form.box("unit"), rows=2, label=True), Box("负责人", 2, label=True), Box("经办人", 2, label=True)])
    grid.append([Box(text, label=True) for text in ("姓名", "联系方式", "姓名", "联系方式")])
    heights[len(grid)] = 18 * (2 + len(context["unit"]) // 10)
    grid.append([Box(context[name], label=True) for name in ("unit", "leader_name", "leader_phone", "handler_name", "handler_phone")])
    part(form.part("work"))
    line(form.box("work_name"), context["work"])
    if context["natures"]:
        line(form.box("nature"), context["nature_words"])
    line(form.box("summary"), context["summary"], 90)
    line(form.box("basis_document"), context["basis_document"])
    part(form.part("plan"))
    line(form.box("total"), context["total"])
    line(form.box("seats"), context["seats"])
    line(form.box("qualification"), context["qualification"], 36)
    line(form.box("recusal"), context["recusal"], 36)
    part(form.part("schedule"))
    line(form.box("dates"), context["dates"])
    line(form.box("place"), context["place"])
    if context["boxes"]:
        part(form.part("approvals"))
    for box in context["boxes"]:
        line(box.name, f"{box.words}\n{box.by}  {day_words(box.on)}".strip(), 60)
    foot = [f"申请编号：{context['number']}"]
    return form_sheet(context["annex"] or context["title"], context["title"], grid, widths=(24, 16, 18, 16, 18), heights=heights, foot=foot)
