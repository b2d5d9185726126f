"""Encryption of personal data at rest, and keyed hashes to find it again.

The keys lie in a file of their own (``settings.KEYRING_FILE``), apart from database and SECRET_KEY. Each value names
the key that it was written with, so an old key goes on opening old values after ``current`` has moved on.
"""

import base64
import binascii
import hmac
import json
import os
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.db import models
from django.db.models.lookups import Exact

KEY_NAME = re.compile(r"[A-Za-z0-9_-]{1,16}")
NONCE_BYTES = 12


class DecryptionError(Exception):
    """A stored value cannot be opened: its key is missing from the ring, or the value was altered."""


@dataclass(frozen=True)
class KeyRing:
    """The keys of an installation: ``current`` writes, all of ``keys`` read, ``digest_key`` is never rotated."""

    current: str
    keys: dict[str, bytes]
    digest_key: bytes


def new_ring_text() -> str:
    """A fresh key ring as the JSON text of its file."""

    def key() -> str:
        return base64.b64encode(secrets.token_bytes(32)).decode()

    return json.dumps({"current": "k1", "keys": {"k1": key()}, "digest": key()}, indent=1) + "\n"


def create_ring(path: Path) -> None:
    """Put a fresh ring at ``path`` (mode 0600) unless one is there; of several processes exactly one wins."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(new_ring_text())
            file.flush()
            os.fsync(file.fileno())
        # A hard link appears complete or not at all, and never replaces a ring that is already there.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def parse_ring(text: str) -> KeyRing:
    """The ring written in ``text``; raises ImproperlyConfigured, never quoting a key, when it cannot be used."""
    try:
        data = json.loads(text)
        keys = {name: base64.b64decode(value, validate=True) for name, value in data["keys"].items()}
        ring = KeyRing(data["current"], keys, base64.b64decode(data["digest"], validate=True))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ImproperlyConfigured("The key ring is not valid JSON with current, keys and digest (base64).") from None
    if not all(KEY_NAME.fullmatch(name) and len(key) == 32 for name, key in ring.keys.items()) or len(ring.digest_key) != 32:
        raise ImproperlyConfigured("Every key of the key ring has 32 bytes and a name of letters, digits, - and _.")
    if ring.current not in ring.keys:
        raise ImproperlyConfigured("The current key of the key ring is not among its keys.")
    return ring


@lru_cache(maxsize=4)
def _load(path: Path) -> KeyRing:
    if not path.exists():
        if settings.PRODUCTION:
            raise ImproperlyConfigured(f"The key ring {path} is missing. Restore it from its backup; a new one opens nothing old.")
        create_ring(path)
    return parse_ring(path.read_text())


def ring() -> KeyRing:
    """The installation's key ring, read once a process."""
    return _load(Path(settings.KEYRING_FILE))


def _key(name: str) -> bytes:
    if name not in ring().keys:
        # A key may have been added since this process read the file.
        _load.cache_clear()
    try:
        return ring().keys[name]
    except KeyError:
        raise DecryptionError(f"the key ring has no key {name!r}") from None


def encrypt_bytes(data: bytes) -> bytes:
    """``data`` sealed with the current key: key name, colon, nonce, ciphertext."""
    name = ring().current.encode()
    nonce = secrets.token_bytes(NONCE_BYTES)
    return name + b":" + nonce + AESGCM(_key(name.decode())).encrypt(nonce, data, name)


def decrypt_bytes(sealed: bytes) -> bytes:
    """What :func:`encrypt_bytes` sealed; raises :class:`DecryptionError`."""
    name, colon, rest = sealed.partition(b":")
    if not colon or not KEY_NAME.fullmatch(name.decode("ascii", "replace")):
        raise DecryptionError("the value does not name its key")
    try:
        return AESGCM(_key(name.decode())).decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], name)
    except (InvalidTag, ValueError):
        raise DecryptionError("the value was altered, or its key has been replaced") from None


def encrypt(text: str) -> str:
    """``text`` sealed with the current key, as ASCII; the empty string stays empty."""
    if text == "":
        return ""
    name, _, rest = encrypt_bytes(text.encode()).partition(b":")
    return f"{name.decode()}:{base64.b64encode(rest).decode()}"


def decrypt(sealed: str) -> str:
    """What :func:`encrypt` sealed; raises :class:`DecryptionError`."""
    if sealed == "":
        return ""
    name, colon, rest = sealed.partition(":")
    try:
        return decrypt_bytes(name.encode() + colon.encode() + base64.b64decode(rest, validate=True)).decode()
    except (binascii.Error, UnicodeError):
        raise DecryptionError("the value is not what was written") from None


def digest(purpose: str, value: str) -> str:
    """A keyed hash (HMAC-SHA256, 64 hex digits) of ``value``: finds equals without showing them.

    ``purpose`` keeps hashes of the same value in different columns from being compared with each other.
    """
    return hmac.new(ring().digest_key, purpose.encode() + b"\0" + value.encode(), sha256).hexdigest()


class EncryptedTextField(models.TextField):
    """A text column that the database sees only encrypted. Search goes by a column of :func:`digest` beside it."""

    description = "Encrypted text"

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        value = super().get_db_prep_save(value, connection)
        return encrypt(value) if isinstance(value, str) else value

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        return None if value is None else decrypt(value)

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name in {"isnull", "exact"}:
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.name} is encrypted: it can be compared with isnull or the empty string only.")

    def get_transform(self, lookup_name: str) -> Any:
        return None


@EncryptedTextField.register_lookup
class EmptyExact(Exact):
    """Equality with the empty string, the only value that is stored as it is."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError("An encrypted field can be compared with the empty string only; look it up by its digest.")
        return super().get_prep_lookup()
