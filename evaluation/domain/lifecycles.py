"""The life cycles of an evaluation (履职评价) and of a violation report (违规线索). Pure."""

from expertpool.lifecycle import SYSTEM, LifeCycle

EVALUATION = LifeCycle(
    "履职评价",
    ("due", "signed", ("department",), "evaluation.signoffs"),
    # A regulation that asks for one signature only.
    ("due", "submitted", ("department",), "evaluation.signoffs"),
    ("signed", "submitted", ("department",), "evaluation.signoffs"),
    ("signed", "due", ("department",), "evaluation.signoffs"),
    ("due", "void", ("department", SYSTEM), "evaluation.coverage"),
    ("void", "due", ("department", SYSTEM), "evaluation.coverage"),
)

VIOLATION = LifeCycle("违规线索", ("open", "settled", ("office",), "sanctions"))
