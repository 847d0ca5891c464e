"""Seal identity at rest: AES-256-GCM, each ciphertext bound to its row and column, keys outside the database.

A sealed text reads `<key id>.<base64 of nonce and ciphertext>`. To change keys put the new one first in EDC_FIELD_KEYS:
the first seals, each opens what it sealed.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from functools import cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class SealBroken(Exception):
    """A ciphertext was altered, moved to another row or column, or its key is gone."""


def seal(text: str, *, column: str, row: UUID) -> str:
    """Return the text sealed for this column (`app_table.column`) of this row; an empty text stays empty."""
    if not text:
        return ""
    key_id, key = next(iter(_keys().items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = key.encrypt(nonce, text.encode(), _place(column, row))
    return f"{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def unseal(sealed: str, *, column: str, row: UUID) -> str:
    """Return the text sealed for this place; raises SealBroken when it was not sealed here."""
    if not sealed:
        return ""
    key_id, _, body = sealed.partition(".")
    try:
        blob = base64.b64decode(body, validate=True)
        return _keys()[key_id].decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], _place(column, row)).decode()
    except (KeyError, ValueError, InvalidTag):
        raise SealBroken(f"{column} of {row} cannot be opened") from None


def blind_index(text: str, *, purpose: str) -> str:
    """Return the keyed hash by which a sealed value is found; case, width and outer spaces do not matter."""
    if not text:
        return ""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    key = base64.b64decode(settings.BLIND_INDEX_KEY)
    return hmac.new(key, f"{purpose}\0{plain}".encode(), hashlib.sha256).hexdigest()


@cache
def _keys() -> dict[str, AESGCM]:
    keys = [base64.b64decode(key) for key in settings.FIELD_KEYS]
    return {hashlib.sha256(key).hexdigest()[:8]: AESGCM(key) for key in keys}


def _place(column: str, row: UUID) -> bytes:
    return f"{column}\0{row}".encode()
