"""How two study versions differ, in words: thing by thing, and what each change does to the values that are stored."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import Enum, StrEnum
from typing import Any

from trials.definition.classes import YES_NO, CodeList, Definition, Form, Item, ItemType, Range, Section, Visit


class Kind(StrEnum):
    """What a change does to stored values, the gravest first.

    REMOVED: there is no place for them. MEANING: they say something else. RULES: they mean the same, but what is
    asked, allowed or checked is not. ADDED: something beside them. TEXT: only how it reads.
    """

    REMOVED = "REMOVED"
    MEANING = "MEANING"
    RULES = "RULES"
    ADDED = "ADDED"
    TEXT = "TEXT"


GRAVITY = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True)
class Change:
    """One thing that reads or counts otherwise; `old` or `new` is empty where there is nothing."""

    kind: Kind
    what: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Difference:
    """A part of the study that differs: a visit, form, section, item, code list, check or arm, and how.

    `form` and `group` say where an item is; a change of the part as a whole has no `changes`.
    """

    kind: Kind
    thing: str
    oid: str
    name: str
    changes: tuple[Change, ...] = ()
    form: str = ""
    group: str = ""


# What each member is called, and what a change of it does; what is not here is a rule.
MEMBERS: dict[str, tuple[str, Kind]] = {
    "name": ("Name", Kind.TEXT),
    "description": ("Description", Kind.TEXT),
    "question": ("Question text", Kind.TEXT),
    "hint": ("Hint", Kind.TEXT),
    "message": ("Message", Kind.TEXT),
    "order": ("Order", Kind.TEXT),
    "type": ("Kind of answer", Kind.MEANING),
    "unit": ("Unit", Kind.MEANING),
    "units": ("Units", Kind.MEANING),
    "calculation": ("Calculation", Kind.MEANING),
    "scale": ("Scale", Kind.MEANING),
    "filled_by": ("Filled in by", Kind.MEANING),
    "partial": ("Partial dates", Kind.RULES),
    "digits": ("Digits after the point", Kind.RULES),
    "max_length": ("Longest text", Kind.RULES),
    "condition": ("Asked when", Kind.RULES),
    "fails_when": ("Fails when", Kind.RULES),
    "item": ("Shown at", Kind.RULES),
    "most": ("Most rows", Kind.RULES),
}
# Names in foreign files, and what is compared apart.
APART = frozenset({"oid", "source", "code_list", "ranges", "sections", "items", "forms", "choices", "form"})
# Answers of the first kind are answers of the second, in the same words.
WIDER = {(ItemType.TEXT, ItemType.LONG_TEXT), (ItemType.LONG_TEXT, ItemType.TEXT), (ItemType.INTEGER, ItemType.DECIMAL)}


def differences(old: Definition, new: Definition) -> list[Difference]:
    """Return how the newer version differs, in the order of its pages: the study, visits, forms, code lists, checks."""
    found = _parts("Study", {"": old}, {"": new}, only=("name", "description"))
    found += _parts("Arm", {arm.oid: arm for arm in old.arms}, {arm.oid: arm for arm in new.arms})
    found += _parts("Visit", old.visits_by_oid, new.visits_by_oid, more=_forms_of_visits)
    for oid in _both(old.forms_by_oid, new.forms_by_oid):
        found += _form(old.forms_by_oid.get(oid), new.forms_by_oid.get(oid))
    found += _parts("Code list", _code_lists(old), _code_lists(new), more=_choices)
    checks = [{check.oid: check for check in one.checks} for one in (old, new)]
    return found + _parts("Check", *checks)


def kinds_of_items(found: Iterable[Difference], form: str) -> dict[tuple[str, str], Kind]:
    """Return how each item of a form that differs does, by its table (or nothing) and its OID."""
    return {(one.group, one.oid): one.kind for one in found if one.thing == "Item" and one.form == form}


def gravest(kinds: Iterable[Kind]) -> Kind | None:
    """Return the kind that matters most, or None where nothing changed."""
    return min(kinds, key=GRAVITY.__getitem__, default=None)


def _parts(
    thing: str, old: Mapping[str, Any], new: Mapping[str, Any], *, only: tuple[str, ...] = (), more: Any = None
) -> list[Difference]:
    """Compare the things of one kind; `more` yields what their members do not say."""
    found = []
    for oid in _both(old, new):
        before, after = old.get(oid), new.get(oid)
        if before is None or after is None:
            found.append(_whole(thing, oid, before, after))
            continue
        changes = [*_members(before, after, only), *(more(before, after) if more else ())]
        found += _changed(thing, oid, after.name or oid, changes)
    return found


def _whole(thing: str, oid: str, before: Any, after: Any, *, form: str = "", group: str = "") -> Difference:
    kind = Kind.ADDED if before is None else Kind.REMOVED
    return Difference(kind, thing, oid, (after or before).name or oid, form=form, group=group)


def _changed(
    thing: str, oid: str, name: str, changes: Iterable[Change], *, form: str = "", group: str = ""
) -> Iterator[Difference]:
    every = tuple(changes)
    if kind := gravest(change.kind for change in every):
        # Something new in a part that was there, or gone from it, changes what can be answered.
        own = Kind.RULES if kind == Kind.ADDED else kind
        yield Difference(own, thing, oid, name, every, form=form, group=group)


def _members(before: Any, after: Any, only: tuple[str, ...] = ()) -> Iterator[Change]:
    for member in fields(after):
        if (only and member.name not in only) or member.name in APART or not member.compare:
            continue
        old, new = getattr(before, member.name), getattr(after, member.name)
        if old != new:
            label, kind = MEMBERS.get(member.name, (_title(member.name), Kind.RULES))
            if member.name == "type" and (old, new) in WIDER:
                kind = Kind.RULES
            yield Change(kind, label, _words(old), _words(new))


def _forms_of_visits(before: Visit, after: Visit) -> Iterator[Change]:
    old, new = ({form.oid: form for form in visit.forms} for visit in (before, after))
    for oid in _both(old, new):
        if oid not in new:
            yield Change(Kind.REMOVED, f"Form {old[oid].name}", "planned", "")
        elif oid not in old:
            yield Change(Kind.ADDED, f"Form {new[oid].name}", "", "planned")


def _form(before: Form | None, after: Form | None) -> Iterator[Difference]:
    form = after or before
    if form is None:
        return
    if before is None or after is None:
        yield _whole("Form", form.oid, before, after, form=form.oid)
        return
    changes = [*_members(before, after), *_order(before, after)]
    yield from _changed("Form", form.oid, form.name, changes, form=form.oid)
    yield from _sections(before, after)
    old, new = _places(before), _places(after)
    for key in _both(old, new):
        where = {"form": form.oid, "group": key[0]}
        if key not in old or key not in new:
            yield _whole("Item", key[1], old.get(key), new.get(key), **where)
        else:
            yield from _changed("Item", key[1], new[key].name, _item(old[key], new[key]), **where)


def _sections(before: Form, after: Form) -> Iterator[Difference]:
    old, new = ({_key(place, one): one for place, one in enumerate(form.sections)} for form in (before, after))
    for key in _both(old, new):
        name = (new.get(key) or old[key]).name or key
        if key in old and key in new:
            yield from _changed("Section", key, name, _members(old[key], new[key]), form=after.oid)
        else:
            yield Difference(Kind.ADDED if key in new else Kind.TEXT, "Section", key, name, form=after.oid)


def _key(place: int, section: Section) -> str:
    return section.oid or section.name or f"section {place + 1}"


def _places(form: Form) -> dict[tuple[str, str], Item]:
    return {
        (section.oid if section.repeating else "", item.oid): item
        for section in form.sections
        for item in section.items
    }


def _order(before: Form, after: Form) -> Iterator[Change]:
    old, new = list(_places(before)), list(_places(after))
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield Change(Kind.TEXT, "Order of the items")


def _item(before: Item, after: Item) -> Iterator[Change]:
    yield from _members(before, after)
    yield from _ranges(before.ranges, after.ranges)
    old, new = before.code_list, after.code_list
    if old is not None and new is not None:
        kind = gravest(change.kind for change in _choices(old, new))
        if kind is not None:
            yield Change(Kind.RULES if kind == Kind.ADDED else kind, "Choices", _labels(old), _labels(new))


def _ranges(old: tuple[Range, ...], new: tuple[Range, ...]) -> Iterator[Change]:
    """Compare the limits of the same severity with each other, one after the other."""
    for severity in sorted({limits.severity for limits in (*old, *new)}):
        before, after = ([limits for limits in both if limits.severity == severity] for both in (old, new))
        for place in range(max(len(before), len(after))):
            one = before[place] if place < len(before) else None
            other = after[place] if place < len(after) else None
            yield from _limits(severity.lower(), one, other)


def _limits(severity: str, old: Range | None, new: Range | None) -> Iterator[Change]:
    for name, label in (("minimum", "Lower limit"), ("maximum", "Upper limit"), ("message", "Message of the limits")):
        before, after = (getattr(one, name) or "" if one else "" for one in (old, new))
        if before != after:
            kind = Kind.TEXT if name == "message" else Kind.RULES
            yield Change(kind, f"{label} ({severity})", before, after)


def _choices(before: CodeList, after: CodeList) -> Iterator[Change]:
    """Compare choices by code: one that is gone, or called something else, changes what stored codes mean."""
    old, new = before.labels, after.labels
    for code in _both(old, new):
        if code not in new:
            yield Change(Kind.MEANING, f"Choice {code}", old[code], "")
        elif code not in old:
            yield Change(Kind.ADDED, f"Choice {code}", "", new[code])
        elif old[code] != new[code]:
            same = _plain(old[code]) == _plain(new[code])
            yield Change(Kind.TEXT if same else Kind.MEANING, f"Choice {code}", old[code], new[code])
    if [code for code in old if code in new] != [code for code in new if code in old]:
        yield Change(Kind.TEXT, "Order of the choices")


def _code_lists(study: Definition) -> dict[str, CodeList]:
    lists = [item.code_list for form in study.forms for item in form.every_item.values() if item.code_list]
    return {one.oid: one for one in lists if one is not YES_NO}


def _labels(codes: CodeList) -> str:
    return "; ".join(f"{choice.code}: {choice.label}" for choice in codes.choices)


def _plain(text: str) -> str:
    """Return a label without what does not matter to what it says: case, spaces, punctuation."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _both(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> list[Any]:
    """Return the keys of both, the new ones in their order and those that are gone after them."""
    return [*new, *(key for key in old if key not in new)]


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _words(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Enum):
        return str(value.value).replace("_", " ").lower()
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_words(one)}" for key, one in value.items())
    if isinstance(value, tuple | list | frozenset):
        return ", ".join(_words(one) for one in value)
    if hasattr(value, "__dataclass_fields__"):
        said = ((_title(one.name), _words(getattr(value, one.name))) for one in fields(value))
        return ", ".join(f"{name.lower()} {text}" for name, text in said if text)
    return str(value)
