"""The code on an invitation: how it is written, and under which digest it is kept."""

import hashlib

# Without letters and digits that are mistaken for one another when read from paper.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def code_digest(code: str) -> str:
    """Return the digest under which an invitation is kept; case, spaces and dashes of the code do not matter."""
    plain = "".join(letter for letter in code.upper() if letter in ALPHABET)
    return hashlib.sha256(plain.encode()).hexdigest()
