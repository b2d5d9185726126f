"""The regulation that an act is judged under."""

from datetime import date

from expertpool.refusals import Refusal, Refused
from expertpool.regulations import NoEditionInForce, Regulation, catalogue
from experts.models import Pool


def edition_on(pool: Pool, day: date) -> Regulation:
    """The edition of the pool's regulation in force on a Beijing day; Refused, in words for an official, where there is none."""
    try:
        return pool.regulation_on(day)
    except NoEditionInForce as missing:
        raise Refused(Refusal("no-edition", str(missing), regulation=pool.regulation_code)) from missing


def edition_to_show(pool: Pool, day: date) -> Regulation:
    """The edition in force on ``day``, or after a lapse the latest one: for pages that only show what is recorded."""
    try:
        return pool.regulation_on(day)
    except NoEditionInForce:
        return catalogue.editions(pool.regulation_code)[-1]
