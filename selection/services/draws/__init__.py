"""The draw, one module an act: presence, freeze, share and abort, supplementary rounds, giving up, the bundle (第十二条, 第十三条).

Specification: docs/draw-protocol.md. Texts are computed by :mod:`selection.domain.protocol`; here they are fixed in the
database, one transaction an act, under the lock of the request's row.
"""

from selection.services.acting import draw_of, edition_for

from .bundle import bundle, files
from .freezing import freeze, why_not_freeze_next
from .giving_up import give_up, why_not_give_up_now
from .presence import is_present, join, leave, present, why_not_join, why_not_watch
from .sharing import abort, give_share, why_not_abort, why_not_share_under
from .shortage import reason_counts
from .supplements import open_supplementary_round, supplementary_shortages, why_not_supplement_under

__all__ = [
    "abort",
    "bundle",
    "draw_of",
    "edition_for",
    "files",
    "freeze",
    "give_share",
    "give_up",
    "is_present",
    "join",
    "leave",
    "open_supplementary_round",
    "present",
    "reason_counts",
    "supplementary_shortages",
    "why_not_abort",
    "why_not_freeze_next",
    "why_not_give_up_now",
    "why_not_join",
    "why_not_share_under",
    "why_not_supplement_under",
    "why_not_watch",
]
