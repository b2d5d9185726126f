"""What stands on the printed request form (附表2), as words: for the page, the paper and the workbook."""

from dataclasses import dataclass
from typing import Any

from expertpool import clock
from expertpool.masking import mask_phone
from expertpool.regulations import Regulation
from expertpool.regulations.acting import acts_on
from expertpool.web.templatetags.house import cn_period
from selection.domain.form_words import FormWords
from selection.models import Approval, DrawRequest
from selection.services.requests import qualification_words, steps_of


@dataclass(frozen=True)
class ApprovalBox:
    """One box of part five: the step's name and, once answered, what was said, by whom and when."""

    name: str
    words: str
    by: str = ""
    on: Any = None


@acts_on("request_form")
@acts_on("request_form.fields")
@acts_on("rules.practice", "request_form")
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
        said = (str(answer_given.get_outcome_display()), answer_given.document)
        words = "，".join(part for part in said if part) + (f"：{answer_given.reason}" if answer_given.reason else "")
        boxes.append(ApprovalBox(step.name, words, answer_given.by.name, clock.day_of(answer_given.at)))
    named = [str(one) for one in request.recusals.select_related("organisation")]
    recusal = request.recusal_text
    if named:
        recusal = "；".join(part for part in (recusal, "回避单位（人员）：" + "、".join(named)) if part)
    phone = (lambda text: text) if phones_in_full else mask_phone
    form = FormWords(regulation)
    return {
        "title": form.title,
        "annex": regulation.request_form.printed_article if regulation.request_form else "",
        "form": form,
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
