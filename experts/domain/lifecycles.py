"""The life cycles of an application, of a list of applications and of a publicity."""

from expertpool.lifecycle import LifeCycle

# ``under_review`` and ``proposed`` follow themselves: the next step of the chain is of the same kind.
APPLICATION = LifeCycle(
    "入库申请",
    ("draft", "under_review"),
    ("draft", "passed"),
    ("draft", "withdrawn"),
    ("returned", "under_review"),
    ("returned", "passed"),
    ("returned", "withdrawn"),
    ("under_review", "under_review"),
    ("under_review", "passed"),
    ("under_review", "returned"),
    ("under_review", "rejected"),
    ("under_review", "withdrawn"),
    ("passed", "proposed"),
    ("passed", "admitted"),
    ("passed", "withdrawn"),
    ("proposed", "proposed"),
    ("proposed", "under_review"),
    ("proposed", "in_publicity"),
    ("proposed", "returned"),
    ("proposed", "rejected"),
    ("proposed", "admitted"),
    ("proposed", "withdrawn"),
    ("in_publicity", "proposed"),
    ("in_publicity", "under_review"),
    ("in_publicity", "rejected"),
    ("in_publicity", "admitted"),
    ("in_publicity", "withdrawn"),
)

BATCH = LifeCycle(
    "入库批次",
    ("collecting", "decided"),
    ("collecting", "in_publicity"),
    ("collecting", "closed"),
    ("decided", "decided"),
    ("decided", "in_publicity"),
    ("decided", "closed"),
    ("in_publicity", "decided"),
    ("in_publicity", "closed"),
)

PUBLICITY = LifeCycle("公示", ("open", "ended"))
