"""What the ledger's events of evaluations and violations are called."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "evaluations.opened": _("生成履职评价表"),
    "evaluation.deadline_set": _("确定评价期限"),
    "evaluation.signed": _("经办人签名"),
    "evaluation.submitted": _("负责人签名，评价提交"),
    "evaluation.returned": _("评价退回修改"),
    "evaluation.overdue": _("评价逾期"),
    "violation.reported": _("报告违规线索"),
    "violation.settled": _("违规线索办结"),
}
