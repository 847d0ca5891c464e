"""A file's records gathered, in their order, into what becomes a capture each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trials.formats import Annotation, AuditRecord, Key, Level, Record, Removal, Signature, StoredValue

Told = AuditRecord | Signature | Annotation
# Visit, its repeat, form, its repeat: all as the file writes them.
FormKey = tuple[str, str | None, str, str | None]


@dataclass(slots=True)
class DraftForm:
    """What a file says of one form: values and removals in their order, and what it tells beside them.

    A removal of the whole form starts it anew.
    """

    steps: list[StoredValue | Key] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    starts_anew: bool = False

    def clear(self) -> None:
        self.steps.clear()
        self.starts_anew = True


@dataclass(slots=True)
class DraftSubject:
    """What a file says of one subject, as far as it was read."""

    key: str
    site: str | None
    forms: dict[FormKey, DraftForm] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    removed: list[Key] = field(default_factory=list)

    def form_at(self, key: FormKey) -> DraftForm:
        form = self.forms.get(key)
        if form is None:
            form = self.forms[key] = DraftForm()
            form.starts_anew = any(_is_above(one, key) for one in self.removed)
        return form


class Drafts:
    """Takes records, and gives whole subjects away when there are enough of them."""

    def __init__(self, *, at_once: int) -> None:
        self.at_once, self.held, self.values = at_once, 0, 0
        self.subjects: dict[str, list[DraftSubject]] = {}
        self.loose: list[Told] = []
        self._last: tuple[str, str | None, DraftSubject] | None = None

    def take(self, record: Record) -> bool:
        """Take a record; return whether it begins another subject while enough is held of the earlier ones."""
        if isinstance(record, StoredValue):
            self.values += 1
            self.held += 1
            subject = self._subject(record.subject, record.site)
            key = (record.visit or "", record.visit_repeat, record.form or "", record.form_repeat)
            subject.form_at(key).steps.append(record)
        elif isinstance(record, Level):
            if record.at.visit is None:
                self._subject(record.at.subject, record.at.site)
        elif isinstance(record, Removal):
            self._remove(record.at)
        else:
            self._tell(record)
        return self.held >= self.at_once

    def give(self) -> Iterator[DraftSubject]:
        """Give away what is held, in the order of the file."""
        for drafts in self.subjects.values():
            yield from drafts
        self.subjects, self.held, self._last = {}, 0, None

    def is_another(self, record: Record) -> bool:
        """Tell whether a record is of another subject than the one before."""
        at = record if isinstance(record, StoredValue) else record.at
        return self._last is not None and at is not None and at.subject != self._last[0]

    def _subject(self, key: str, site: str | None) -> DraftSubject:
        """Return the subject; where the file names its site late, or once, it is the same one."""
        if self._last is not None and self._last[0] == key and self._last[1] == site:
            return self._last[2]
        known = self.subjects.setdefault(key, [])
        found = next((one for one in known if site is None or one.site in (None, site)), None)
        if found is None:
            found = DraftSubject(key, site)
            known.append(found)
        found.site = found.site or site
        self._last = key, site, found
        return found

    def _remove(self, at: Key) -> None:
        self.held += 1
        subject = self._subject(at.subject, at.site)
        if at.form is None:
            subject.removed.append(at)
            for key, form in subject.forms.items():
                if _is_above(at, key):
                    form.clear()
            return
        form = subject.form_at((at.visit or "", at.visit_repeat, at.form, at.form_repeat))
        if at.group is None and at.item is None:
            form.clear()
        else:
            form.steps.append(at)

    def _tell(self, record: Told) -> None:
        self.held += 1
        at = record.at
        if at is None:
            self.loose.append(record)
            return
        subject = self._subject(at.subject, at.site)
        if at.form is None:
            subject.told.append(record)
        else:
            subject.form_at((at.visit or "", at.visit_repeat, at.form, at.form_repeat)).told.append(record)


def _is_above(removed: Key, form: FormKey) -> bool:
    """Tell whether a removal of a visit, or of the whole subject, takes this form with it."""
    return removed.visit is None or (removed.visit, removed.visit_repeat) == form[:2]


def key_as_json(at: Key) -> dict[str, Any]:
    """Return the parts of a key that the file names."""
    names = ("subject", "site", "visit", "visit_repeat", "form", "form_repeat", "group", "group_repeat", "item")
    return {name: part for name in names if (part := getattr(at, name)) is not None}
