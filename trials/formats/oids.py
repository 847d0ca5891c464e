"""Names of a file made into valid OIDs, and back."""

import re
import unicodedata
from collections.abc import Collection
from typing import Any

LONGEST = 40
VALID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,39}")


class Oids:
    """Gives each name of one kind an OID of its own: the name itself where that is valid and free."""

    def __init__(self, reserved: Collection[str] = ()) -> None:
        self._taken = set(reserved)
        self.by_source: dict[str, str] = {}

    def of(self, source: str, wanted: str = "") -> str:
        """Return the OID of a name, the same at every call; `wanted` is what it would better be called."""
        if source not in self.by_source:
            self.by_source[source] = self.new(wanted or source)
        return self.by_source[source]

    def new(self, wanted: str) -> str:
        """Return a free OID that resembles the wanted one."""
        plain = unicodedata.normalize("NFKD", wanted).encode("ascii", "ignore").decode()
        base = wanted if VALID.fullmatch(wanted) else re.sub(r"[^A-Za-z0-9_.\-]+", "_", plain).lstrip(".-")
        base = base[:LONGEST].strip("_") or base[:LONGEST] or "X"
        if not VALID.fullmatch(wanted):
            wanted = base
        oid, number = wanted, 1
        while oid in self._taken:
            number += 1
            oid = f"{base[: LONGEST - len(str(number)) - 1]}_{number}"
        self._taken.add(oid)
        return oid


def with_source(member: dict[str, Any], source: str) -> dict[str, Any]:
    """Note what the file calls a part of the document, where that is not its OID."""
    if member["oid"] != source:
        member["source"] = source
    return member
