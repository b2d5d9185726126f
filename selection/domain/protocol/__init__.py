"""The draw by protocol ``zjkdraw/1`` (docs/draw-protocol.md): frozen values go in, the text of the files comes out.

A draw is a set of small ASCII files that anybody can recompute with nothing but a hash function (第十二条, 第十三条（二）). This
is the project's own computation; ``selection/verify_draw.py`` is the independent one that an inspector runs, and tests hold
the two against each other. Secrets, moments and the pool are given by the caller: nothing here reads a clock, a database or
a source of randomness.

``codes`` the alphabet · ``filling`` whether the fields can be filled together · ``freezing`` pool.txt and manifest.txt ·
``lists`` result.txt · ``contacts`` contacts.txt and abort.txt · ``reading`` the way back from text to values
"""

from . import reading
from .codes import ALGORITHMS, PROTOCOL, Hash, canonical, h
from .contacts import abort_text, chain_head, close_abort_line, close_line, contact_line, contacts_text
from .filling import Census, FieldCount, Filling, Kind, Need, Shortage, field_counts, lowered, shortages
from .freezing import (
    NO_PREV,
    Conditions,
    PoolLine,
    census_of,
    commitment,
    manifest_text,
    pool_text,
    processing_order,
)
from .lists import SHARE_MAX, SHARE_MIN, Eligible, Listed, compute_lists, result_text, seed, ticket, why_not_share

__all__ = [
    "ALGORITHMS",
    "NO_PREV",
    "PROTOCOL",
    "SHARE_MAX",
    "SHARE_MIN",
    "Census",
    "Conditions",
    "Eligible",
    "FieldCount",
    "Filling",
    "Hash",
    "Kind",
    "Listed",
    "Need",
    "PoolLine",
    "Shortage",
    "abort_text",
    "canonical",
    "census_of",
    "chain_head",
    "close_abort_line",
    "close_line",
    "commitment",
    "compute_lists",
    "contact_line",
    "contacts_text",
    "field_counts",
    "h",
    "lowered",
    "manifest_text",
    "pool_text",
    "processing_order",
    "reading",
    "result_text",
    "seed",
    "shortages",
    "ticket",
    "why_not_share",
]
