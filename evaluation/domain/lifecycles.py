"""The life cycles of an evaluation (履职评价) and of a violation report (违规线索). Pure."""

from expertpool.lifecycle import LifeCycle

EVALUATION = LifeCycle(
    "履职评价",
    ("due", "signed"),
    # A regulation that asks for one signature only.
    ("due", "submitted"),
    ("signed", "submitted"),
    ("signed", "due"),
    ("due", "void"),
    ("void", "due"),
)

VIOLATION = LifeCycle("违规线索", ("open", "settled"))
