"""The steps of a life cycle, as the step bar at the top of its page shows them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

DONE, NOW, TODO = "done", "now", "todo"


@dataclass(frozen=True)
class Step:
    """One step: done (when, by whom), now (who must act, until when in ``due``) or still to come.

    ``when`` is the Beijing day or the aware moment at which the step was done, ``due`` the aware moment at which
    the present step must be done, ``note`` a short remark (as 退回补正).
    """

    label: Any
    state: str = TODO
    who: Any = ""
    when: date | datetime | None = None
    note: Any = ""
    due: datetime | None = None
