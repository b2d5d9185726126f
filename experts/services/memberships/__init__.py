"""在库资格: admission at the end of intake, and changes of what decides about eligibility. The way out: services.exits."""

from .admission import BatchAdmission, admit, admit_batch, why_not_admit, why_not_admit_batch
from .changes import DECISIVE, KEEP, change_decisive, why_not_change

__all__ = [
    "DECISIVE",
    "KEEP",
    "BatchAdmission",
    "admit",
    "admit_batch",
    "change_decisive",
    "why_not_admit",
    "why_not_admit_batch",
    "why_not_change",
]
