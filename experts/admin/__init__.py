"""The back office of this room. Memberships, exit cases and suspensions are registered by the room above, whose
seats they give up (selection/admin.py)."""

from . import applications, batches, members

__all__ = ["applications", "batches", "members"]
