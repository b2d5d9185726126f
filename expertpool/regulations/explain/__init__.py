"""A regulation explained in Chinese, article by article, for the official who answers for it."""

from .order import article_order, in_order
from .text import describe, explain
from .whole import defaults, head, not_executed, silences
from .words import LABELS, SILENCES, TOPICS, VALUES

__all__ = [
    "LABELS",
    "SILENCES",
    "TOPICS",
    "VALUES",
    "article_order",
    "defaults",
    "describe",
    "explain",
    "head",
    "in_order",
    "not_executed",
    "silences",
]
