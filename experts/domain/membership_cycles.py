"""The life cycles of a membership, of an exit case and of an objection."""

from expertpool.lifecycle import SYSTEM, LifeCycle

OFFICE, LEADER = "office", "leader"

MEMBERSHIP = LifeCycle(
    "在库资格",
    ("active", "exited", (OFFICE, LEADER), "exits"),
)

EXIT_CASE = LifeCycle(
    "出库事项",
    ("open", "exited", (OFFICE, LEADER), "exits"),
    ("open", "dismissed", (OFFICE, LEADER, SYSTEM), "exits"),
)

OBJECTION = LifeCycle(
    "异议",
    ("open", "upheld", (OFFICE,), "publicity.objection"),
    ("open", "dismissed", (OFFICE,), "publicity.objection"),
)
