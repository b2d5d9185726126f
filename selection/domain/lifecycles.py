"""The life cycle of a draw request (使用申请). Pure."""

from expertpool.lifecycle import LifeCycle

# Which approvals there are, and in which order, is the regulation's matter (request.approvals): under approval a request
# carries the code of the step that is due.
REQUEST = LifeCycle(
    "使用申请",
    ("draft", "under_approval"),
    ("draft", "approved"),
    ("returned", "under_approval"),
    ("returned", "approved"),
    ("under_approval", "under_approval"),
    ("under_approval", "approved"),
    ("under_approval", "returned"),
    ("under_approval", "rejected"),
    # The pool is too small: the conditions are changed and the new version is approved afresh (reading A8).
    ("approved", "returned"),
    ("approved", "drawing"),
    ("drawing", "confirmed"),
    ("confirmed", "drawing"),
    ("drawing", "held"),
    ("confirmed", "held"),
    ("held", "closed"),
    ("draft", "cancelled"),
    ("returned", "cancelled"),
    ("under_approval", "cancelled"),
    ("approved", "cancelled"),
    # The draw is given up after it began, and the log says why.
    ("drawing", "cancelled"),
    ("confirmed", "cancelled"),
)

EDITABLE = frozenset({"draft", "returned"})
BEFORE_DRAW = EDITABLE | {"under_approval", "approved"}
