"""The numbers that a file's repeat keys, which may be any text, get here: the same at every import."""

from typing import Any

from captures.models import DataCapture

# Keys of a first and only one.
ONLY = {None, "", "0", "1"}
LARGEST = 999


class Repeats:
    """Numbers visits of a subject, and forms at each, in the order of the file; what is known keeps its number."""

    def __init__(self) -> None:
        self._known: dict[tuple[Any, ...], dict[str | None, int]] = {}

    def learn(self, capture: DataCapture) -> None:
        """Take over the numbers that a capture has."""
        visit = (capture.visit,)
        self._learn(visit, capture, "visit", capture.visit_repeat)
        self._learn((capture.visit, capture.visit_repeat, capture.form), capture, "form", capture.form_repeat)

    def number(self, of: tuple[Any, ...], key: str | None, *, repeats: bool) -> int:
        """Return the number of a visit, or of a form at one, for this key."""
        known = self._known.setdefault(of, {})
        if not repeats and key in ONLY:
            return 1
        if key not in known:
            taken = set(known.values())
            said = int(key) if key and key.isdecimal() and key.isascii() and key[0] != "0" and len(key) < 4 else 0
            known[key] = said if 1 <= said <= LARGEST and said not in taken else max(taken, default=0) + 1
        return known[key]

    def _learn(self, of: tuple[Any, ...], capture: DataCapture, name: str, number: int) -> None:
        known = self._known.setdefault(of, {})
        if name in capture.source_keys:
            known[capture.source_keys[name]] = number
        else:
            known[str(number)] = number
            if number == 1 and capture.study_import_id is None:
                known.setdefault(None, number)


def noted(name: str, key: str | None, number: int) -> dict[str, str | None]:
    """Return what is kept of a key: nothing where it is the number itself."""
    return {} if key == str(number) else {name: key}
