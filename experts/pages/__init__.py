"""Read models: what a page shows, one dataclass a page."""
