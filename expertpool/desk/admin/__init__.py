"""The desk's pages of the back office."""

from . import accounts, calendar, ledger, messages, pools  # noqa: F401 - they register themselves
