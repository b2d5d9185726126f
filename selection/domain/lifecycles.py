"""The life cycle of a draw request (使用申请). Pure."""

from expertpool.lifecycle import LifeCycle

# Which approvals there are, and in which order, is the regulation's matter (request.approvals): the table therefore
# holds the way from each approval to every later one, and the service takes the next one that the regulation names.
REQUEST = LifeCycle(
    "使用申请",
    ("draft", "office_review", ("department",), "request"),
    ("draft", "inspector_review", ("department",), "request"),
    ("draft", "leader_review", ("department",), "request"),
    ("draft", "approved", ("department",), "request"),
    ("returned", "office_review", ("department",), "request"),
    ("returned", "inspector_review", ("department",), "request"),
    ("returned", "leader_review", ("department",), "request"),
    ("returned", "approved", ("department",), "request"),
    ("office_review", "inspector_review", ("office",), "request.approvals"),
    ("office_review", "leader_review", ("office",), "request.approvals"),
    ("office_review", "approved", ("office",), "request.approvals"),
    ("office_review", "returned", ("office",), "request.approvals"),
    ("office_review", "rejected", ("office",), "request.approvals"),
    ("inspector_review", "office_review", ("inspector",), "request.approvals"),
    ("inspector_review", "leader_review", ("inspector",), "request.approvals"),
    ("inspector_review", "approved", ("inspector",), "request.approvals"),
    ("inspector_review", "returned", ("inspector",), "request.approvals"),
    ("inspector_review", "rejected", ("inspector",), "request.approvals"),
    ("leader_review", "office_review", ("leader",), "request.approvals"),
    ("leader_review", "inspector_review", ("leader",), "request.approvals"),
    ("leader_review", "approved", ("leader",), "request.approvals"),
    ("leader_review", "returned", ("leader",), "request.approvals"),
    ("leader_review", "rejected", ("leader",), "request.approvals"),
    # The pool is too small: the conditions are changed and the new version is approved afresh (reading A8).
    ("approved", "returned", ("office",), "draw"),
    ("approved", "drawing", ("office", "department", "system"), "draw"),
    ("drawing", "confirmed", ("office", "expert", "system"), "contact"),
    ("confirmed", "drawing", ("office", "expert", "system"), "contact"),
    ("drawing", "held", ("department", "system"), "evaluation"),
    ("confirmed", "held", ("department", "system"), "evaluation"),
    ("held", "closed", ("department", "system"), "evaluation"),
    ("draft", "cancelled", ("department",), ""),
    ("returned", "cancelled", ("department",), ""),
    ("office_review", "cancelled", ("department",), ""),
    ("inspector_review", "cancelled", ("department",), ""),
    ("leader_review", "cancelled", ("department",), ""),
    ("approved", "cancelled", ("department",), ""),
    # The draw is given up after it began: nobody but the office, and the log says why.
    ("drawing", "cancelled", ("office",), "contact"),
    ("confirmed", "cancelled", ("office",), "contact"),
)

# The state in which a request waits for the approval of a role.
WAITS_FOR = {"office": "office_review", "inspector": "inspector_review", "leader": "leader_review"}
ROLE_DUE = {state: role for role, state in WAITS_FOR.items()}
EDITABLE = frozenset({"draft", "returned"})
UNDER_APPROVAL = frozenset(WAITS_FOR.values())
BEFORE_DRAW = EDITABLE | UNDER_APPROVAL | {"approved"}
