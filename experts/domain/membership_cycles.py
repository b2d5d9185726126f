"""The life cycles of a membership, of an exit case and of an objection."""

from expertpool.lifecycle import LifeCycle

MEMBERSHIP = LifeCycle("在库资格", ("active", "exited"))

EXIT_CASE = LifeCycle("出库事项", ("open", "exited"), ("open", "dismissed"))

OBJECTION = LifeCycle("异议", ("open", "upheld"), ("open", "dismissed"))
