"""使用申请: filing, submitting, approving, sending back, cancelling (附表2); one module an act."""

from .approvals import STEP_OUTCOMES, approve, needed_for, step_due, steps_of, why_not_approve
from .canonical import canonical_mapping, qualification_words
from .changes import cancel_request, send_back, why_not_cancel, why_not_send_back
from .filing import PLAIN_FIELDS, file_request, request_filed_by_page, save_request, units_to_file_for, why_not_edit, why_not_file
from .submission import required_fields, submit_request, wrong_parts

__all__ = [
    "PLAIN_FIELDS",
    "STEP_OUTCOMES",
    "approve",
    "cancel_request",
    "canonical_mapping",
    "file_request",
    "needed_for",
    "qualification_words",
    "request_filed_by_page",
    "required_fields",
    "save_request",
    "send_back",
    "step_due",
    "steps_of",
    "submit_request",
    "units_to_file_for",
    "why_not_approve",
    "why_not_cancel",
    "why_not_edit",
    "why_not_file",
    "why_not_send_back",
    "wrong_parts",
]
