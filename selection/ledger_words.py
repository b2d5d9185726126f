"""What the ledger's events of requests, draws and contacts are called."""

from django.utils.translation import gettext_lazy as _

WORDS = {
    "request.filed": _("填写使用申请"),
    "request.saved": _("保存使用申请"),
    "request.submitted": _("提交使用申请"),
    "request.answered": _("审批使用申请"),
    "request.sent-back": _("退回调整条件"),
    "request.cancelled": _("取消使用申请"),
    "request.closed": _("使用申请办结"),
    "waiver.asked": _("提出豁免"),
    "waiver.filed": _("提出豁免"),
    "waiver.countersigned": _("会签豁免"),
    "presence.joined": _("监督人员到场"),
    "presence.left": _("监督人员离场"),
    "draw.frozen": _("冻结名单"),
    "draw.drawn": _("输入监督份额，抽出名单"),
    "draw.aborted": _("中止抽取"),
    "draw.given_up": _("终止抽取，取消使用申请"),
    "invitation.sent": _("发出邀请"),
    "invitation.asked_more": _("受邀专家请求补充资料"),
    "invitation.cancelled": _("撤销邀请"),
    "contact.recorded": _("联系结果"),
    "contact.closed": _("本轮联系结束"),
    "attendance.recorded": _("登记出席"),
}
