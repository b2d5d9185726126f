"""入库申请, act by act: file and save, send, endorse, review, waive, withdraw (第五条、第六条)."""

from .endorsements import endorse, why_not_endorse
from .filers import channels_open_to, files_for, recommending_units, why_not_edit, why_not_file_several
from .filing import RowsRefused, file_application, file_applications, save_application
from .reviews import RECORD, review, why_not_review
from .search import open_remarks, searched
from .submission import check_strip, facts_of, submit_application, why_not_complete, why_not_submit
from .waivers import waits_for_waiver, waivable, waive_condition, why_not_waive
from .withdrawal import why_not_withdraw, withdraw_application

__all__ = [
    "RECORD",
    "RowsRefused",
    "channels_open_to",
    "check_strip",
    "endorse",
    "facts_of",
    "file_application",
    "file_applications",
    "files_for",
    "open_remarks",
    "recommending_units",
    "review",
    "save_application",
    "searched",
    "submit_application",
    "waits_for_waiver",
    "waivable",
    "waive_condition",
    "why_not_complete",
    "why_not_edit",
    "why_not_endorse",
    "why_not_file_several",
    "why_not_review",
    "why_not_submit",
    "why_not_waive",
    "why_not_withdraw",
    "withdraw_application",
]
