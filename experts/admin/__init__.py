"""The back office of this room. Memberships, exit cases and suspensions are registered by the room above, whose
seats they give up (selection/admin)."""

from . import applications, batches, experts, members, publicity

__all__ = ["applications", "batches", "experts", "members", "publicity"]
