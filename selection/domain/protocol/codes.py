"""The alphabet of the protocol: codes, numbers, moments, the hash, and the one spelling of what is hashed."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from expertpool.codes import CODE

PROTOCOL = "zjkdraw/1"
ALGORITHMS = ("sm3", "sha256")

_HEX64 = re.compile(r"[0-9a-f]{64}")


def matching(pattern: re.Pattern[str], value: str, what: str) -> str:
    """``value``, if ``pattern`` matches the whole of it; ValueError with ``what`` it is, if not."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{what}: {value!r} does not match {pattern.pattern}")
    return value


def code(value: str, what: str) -> str:
    """``value``, if it is a code."""
    return matching(CODE, value, what)


def hex64(value: str, what: str) -> str:
    """``value``, if it is a hash or a secret: 64 lower-case hex figures."""
    return matching(_HEX64, value, what)


def number(value: int, what: str, least: int) -> int:
    """``value``, if it is a whole number from ``least``."""
    # A bool is an int to Python, and would be written as "True".
    if type(value) is not int or not least <= value <= 999_999_999:
        raise ValueError(f"{what}: {value!r} is not a whole number from {least}")
    return value


def moment(at: datetime) -> str:
    """An aware moment as the files write it, in UTC to the second."""
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Hash:
    """A running hash under ``alg`` (``sm3`` or ``sha256``): begun once, continued for each of many texts with one beginning."""

    def __init__(self, alg: str, text: str = "") -> None:
        if alg not in ALGORITHMS:
            raise ValueError(f"unknown algorithm {alg!r}")
        self._hash: Any
        try:
            self._hash = hashlib.new(alg)
        except ValueError:
            # Python's hashlib follows the system's OpenSSL, which may lack SM3; cryptography brings its own.
            from cryptography.hazmat.primitives import hashes

            self._hash = hashes.Hash(hashes.SM3())
        self._hash.update(text.encode("ascii"))

    def hex(self, text: str) -> str:
        """The lower-case hex digest of the beginning and ``text`` together."""
        own = self._hash.copy()
        own.update(text.encode("ascii"))
        digest: bytes = own.digest() if hasattr(own, "digest") else own.finalize()
        return digest.hex()


def h(alg: str, text: str) -> str:
    """The lower-case hex digest of the ASCII bytes of ``text`` under ``alg`` (``sm3`` or ``sha256``)."""
    return Hash(alg).hex(text)


def canonical(value: Mapping[str, Any]) -> str:
    """The one ASCII text of a mapping (a request, a waiver, a declaration) whose :func:`h` stands in the files.

    JSON with sorted keys and no spaces; texts in Unicode NFC. Allowed are texts, whole numbers, truth values, None,
    lists and mappings with text keys; everything else (a float, a date) has more than one spelling and is an error.
    """
    return json.dumps(_plain(value, "text"), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _plain(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool) or type(value) is int:
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value)
    if isinstance(value, Mapping):
        plain: dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str) or (name := unicodedata.normalize("NFC", key)) in plain:
                raise ValueError(f"{where}: the key {key!r} is no text or occurs twice")
            plain[name] = _plain(item, f"{where}.{name}")
        return plain
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    raise ValueError(f"{where}: {type(value).__name__} has no canonical form")
