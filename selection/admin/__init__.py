"""The back office of this room, a module a subject."""

from . import draws, members, requests

__all__ = ["draws", "members", "requests"]
