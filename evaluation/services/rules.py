"""The edition that an evaluation or a report was made under."""

from expertpool import clock
from expertpool.regulations import Regulation, catalogue
from experts.models import DecidedUnder, Pool
from selection.services.rules import edition_to_show


def rules_of(thing: DecidedUnder, pool: Pool) -> Regulation:
    """The edition that ``thing`` was decided under; if its file is gone, the one of its day."""
    try:
        return catalogue.get(thing.rule_code, thing.rule_hash)
    except LookupError:
        return edition_to_show(pool, thing.rule_edition or clock.today())
