"""The life cycles of this room: which state may follow which, by whom, under which provision."""

from expertpool.lifecycle import SYSTEM, LifeCycle

UNIT, EMPLOYER, EXPERT, OFFICE, LEADER = "recommending_unit", "employer", "expert", "office", "leader"
FILERS = (UNIT, EXPERT, OFFICE)

APPLICATION = LifeCycle(
    "入库申请",
    # Where a submitted file goes first depends on the steps of its channel.
    ("draft", "employer_review", FILERS, "intake"),
    ("draft", "unit_verification", FILERS, "intake"),
    ("draft", "office_review", FILERS, "intake"),
    ("draft", "passed", FILERS, "intake"),
    ("returned", "employer_review", FILERS, "intake"),
    ("returned", "unit_verification", FILERS, "intake"),
    ("returned", "office_review", FILERS, "intake"),
    ("returned", "passed", FILERS, "intake"),
    ("employer_review", "unit_verification", (EMPLOYER,), "intake.steps.employer_review"),
    ("employer_review", "office_review", (EMPLOYER,), "intake.steps.employer_review"),
    ("employer_review", "passed", (EMPLOYER,), "intake.steps.employer_review"),
    ("employer_review", "returned", (EMPLOYER,), "intake.steps.employer_review"),
    ("unit_verification", "office_review", (UNIT,), "intake.steps.unit_verification"),
    ("unit_verification", "passed", (UNIT,), "intake.steps.unit_verification"),
    ("unit_verification", "returned", (UNIT,), "intake.steps.unit_verification"),
    ("office_review", "passed", (OFFICE,), "intake.steps.office_review"),
    ("office_review", "returned", (OFFICE,), "intake.steps.office_review"),
    ("office_review", "rejected", (OFFICE,), "intake.steps.office_review"),
    ("passed", "proposed", (OFFICE, LEADER), "intake.steps.department_decision"),
    ("passed", "returned", (OFFICE,), "intake.steps.office_review"),
    ("passed", "rejected", (OFFICE, LEADER), "intake.steps.department_decision"),
    ("passed", "admitted", (OFFICE,), "intake.steps.admission"),
    ("proposed", "in_publicity", (OFFICE,), "intake.steps.publicity"),
    ("proposed", "admitted", (OFFICE,), "publicity.exemption"),
    ("proposed", "rejected", (OFFICE, LEADER), "intake.steps.department_decision"),
    ("in_publicity", "admitted", (OFFICE,), "intake.steps.admission"),
    ("in_publicity", "rejected", (OFFICE,), "publicity.objection"),
    ("draft", "withdrawn", FILERS, ""),
    ("employer_review", "withdrawn", FILERS, ""),
    ("unit_verification", "withdrawn", FILERS, ""),
    ("office_review", "withdrawn", FILERS, ""),
    ("returned", "withdrawn", FILERS, ""),
    ("passed", "withdrawn", FILERS, ""),
    ("proposed", "withdrawn", FILERS, ""),
    ("in_publicity", "withdrawn", FILERS, ""),
)

BATCH = LifeCycle(
    "入库批次",
    ("collecting", "decided", (OFFICE, LEADER), "intake.steps.department_decision"),
    ("decided", "in_publicity", (OFFICE,), "publicity"),
    ("decided", "closed", (OFFICE, SYSTEM), "publicity.exemption"),
    ("in_publicity", "closed", (OFFICE, SYSTEM), "intake.steps.admission"),
)

PUBLICITY = LifeCycle("公示", ("open", "ended", (OFFICE, SYSTEM), "publicity"))

# The steps of intake that have a state of their own; the steps after them belong to the batch.
STATE_OF_STEP = {"employer_review": "employer_review", "unit_verification": "unit_verification", "office_review": "office_review"}


def state_after(steps: tuple[str, ...], step: str | None) -> str:
    """The state of an application that has finished ``step`` of its channel; None: that was just submitted."""
    following = steps[steps.index(step) + 1 :] if step is not None else steps
    return next((STATE_OF_STEP[code] for code in following if code in STATE_OF_STEP), "passed")
