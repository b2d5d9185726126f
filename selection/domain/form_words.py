"""What the boxes and parts of the request form are called: as the regulation's own form has them, else in general words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from expertpool.regulations import Regulation

#: What a box is called where the regulation prints no form. The keys are the codes of a form's fields.
GENERAL: Mapping[str, str] = MappingProxyType(
    {
        "unit": "单位名称",
        "head_name": "负责人姓名",
        "head_phone": "负责人联系方式",
        "handler_name": "经办人姓名",
        "handler_phone": "经办人联系方式",
        "work_name": "工作名称",
        "nature": "工作性质",
        "summary": "工作内容概要",
        "basis_document": "依据文件",
        "total": "拟使用专家总数量",
        "seats": "专业领域及人数分配",
        "qualification": "专家资格要求",
        "recusal": "回避要求",
        "dates": "开始及结束日期",
        "place": "使用地点",
    }
)
#: A column of a request → the box that it fills, where they are called differently.
BOXES: Mapping[str, str] = MappingProxyType(
    {"leader_name": "head_name", "leader_phone": "head_phone", "title": "work_name", "recusal_text": "recusal"}
)
#: A part of the form → the box that shows what the regulation calls it, and its name in general words.
PARTS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "applicant": ("unit", "一、申请单位基本信息"),
        "work": ("work_name", "二、工作信息"),
        "plan": ("total", "三、专家使用计划"),
        "schedule": ("dates", "四、时间及地点安排"),
        "approvals": ("approval", "五、审批"),
    }
)


@dataclass(frozen=True)
class FormWords:
    """The words of one edition's request form."""

    edition: Regulation

    @property
    def title(self) -> str:
        """The form's title."""
        form = self.edition.request_form
        return form.title if form else self.edition.labels.request_form

    @property
    def article(self) -> str:
        """The annex that prints the form; empty where there is none."""
        return self.edition.request_form.article if self.edition.request_form else ""

    def box(self, code: str) -> str:
        """What a box is called; ``code`` of a form's field, or the column of a request that fills it."""
        code = BOXES.get(code, code)
        fields = self.edition.request_form.fields if self.edition.request_form else ()
        return next((one.label for one in fields if one.code == code), GENERAL.get(code, ""))

    def part(self, name: str) -> str:
        """What a part of the form is called."""
        code, general = PARTS[name]
        fields = self.edition.request_form.fields if self.edition.request_form else ()
        return next((one.group for one in fields if one.group and (one.code == code or one.code.startswith(f"{code}_"))), general)

    @property
    def parts(self) -> dict[str, str]:
        """Every part's name, for a template."""
        return {name: self.part(name) for name in PARTS}

    @property
    def boxes(self) -> dict[str, str]:
        """Every box's name, for a template."""
        return {code: self.box(code) for code in GENERAL}
