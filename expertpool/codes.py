"""What a code is: the one spelling of fields, organisations and reasons that a draw's files and the ledger carry."""

import re

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,31}")


def is_code(text: str) -> bool:
    """Whether the whole of ``text`` is a code: capital letters, figures and hyphens, at most 32, none of them a hyphen at the start."""
    return CODE.fullmatch(text) is not None
