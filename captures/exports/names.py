"""What the parts of a study version are called in a file: as the file that they came from has it, else by OID."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from captures.exports.odm_parts import FLAG_TYPES, FLAGS
from trials.formats.foreign import from_redcap

# What can be named in an expression.
NAMEABLE = re.compile(r"[^\s\[\]()]+")


@dataclass(frozen=True)
class Box:
    """A choice that is a value of its own in the file."""

    oid: str
    code: str
    label: Any


@dataclass(frozen=True)
class Placed:
    """An item at its place in a form: `oid` is ours, `name` the file's; `boxes` where each choice is a field."""

    oid: str
    name: str
    item: Mapping[str, Any]
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Group:
    """A section of a form; `table` is its OID where it repeats."""

    name: str
    section: Mapping[str, Any]
    table: str
    items: tuple[Placed, ...]


@dataclass(frozen=True)
class Named:
    """A form with its groups; `places` find the group and item of a place outside tables."""

    name: str
    form: Mapping[str, Any]
    groups: tuple[Group, ...] = ()


@dataclass
class Names:
    """Gives each part of a document a name that no other part of the file has, whatever its kind."""

    document: Mapping[str, Any]
    visits: dict[str, str] = field(default_factory=dict)
    forms: dict[str, Named] = field(default_factory=dict)
    items: dict[str, str] = field(default_factory=dict)
    code_lists: dict[str, str] = field(default_factory=dict)
    # The item that defines a name: items of one source that are alike are one definition.
    defined: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    boxes: dict[str, tuple[Box, ...]] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=lambda: {FLAGS, FLAG_TYPES})

    def __post_init__(self) -> None:
        document = self.document
        self._lists = {row["oid"]: row for row in document.get("code_lists", [])}
        for visit in document.get("visits", []):
            self.visits[visit["oid"]] = self.free(source_of(visit), "SE")
        for form in document.get("forms", []):
            self.forms[form["oid"]] = Named(self.free(source_of(form), "F"), form)
        for item in document.get("items", []):
            self._name_item(item)
        for row in document.get("code_lists", []):
            self.code_lists[row["oid"]] = self.free(row["oid"], "CL")
        alike: dict[str, Any] = {}
        for oid, form in self.forms.items():
            self.forms[oid] = replace(form, groups=tuple(self._groups(form.form, alike)))

    def free(self, wanted: str, kind: str) -> str:
        """Return the name, or one that tells its kind where another part has it."""
        name, number = wanted, 1
        while name in self._taken:
            name = f"{kind}.{wanted}" if number == 1 else f"{kind}.{wanted}.{number}"
            number += 1
        self._taken.add(name)
        return name

    def expression(self, text: str) -> str:
        """Return an expression with the names that the file has for items and visits."""
        items = {oid: name for oid, name in self.items.items() if NAMEABLE.fullmatch(name)}
        visits = {oid: name for oid, name in self.visits.items() if NAMEABLE.fullmatch(name)}
        return from_redcap(text, items, visits)

    def choices(self, item: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the choices of an item, none where it has no code list."""
        row = self._lists.get(item.get("code_list", ""))
        return list(row["choices"]) if row else []

    def _name_item(self, item: Mapping[str, Any]) -> None:
        choices = self.choices(item)
        of_their_own = item["type"] == "MULTIPLE" and any("source" in choice for choice in choices)
        if of_their_own or (item["type"] == "MULTIPLE" and any("," in choice["code"] for choice in choices)):
            made = (self._box(item, choice, number) for number, choice in enumerate(choices, 1))
            self.boxes[item["oid"]] = tuple(made)
            self.items[item["oid"]] = source_of(item)
            return
        source = source_of(item)
        known = self.defined.get(source)
        if known is not None and _alike(known, item):
            self.items[item["oid"]] = source
            return
        self.items[item["oid"]] = name = self.free(source, "I")
        self.defined[name] = item

    def _box(self, item: Mapping[str, Any], choice: Mapping[str, Any], number: int) -> Box:
        wanted = choice.get("source") or f"{source_of(item)}___{number}"
        return Box(self.free(wanted, "I"), choice["code"], choice["label"])

    def _groups(self, form: Mapping[str, Any], alike: dict[str, Any]) -> Iterator[Group]:
        """Yield the sections; one whose group is in another form too, with the same items, is the same group."""
        items = {item["oid"]: item for item in self.document["items"]}
        for number, section in enumerate(form["sections"], 1):
            placed = tuple(self._placed(row, items) for row in section["items"])
            source = source_of(section) or f"{form['oid']}.{number}"
            said = {**section, "oid": "", "items": [(one.name, dict(one.item) | {"oid": ""}) for one in placed]}
            name = source if alike.get(source) == said else self.free(source, "IG")
            alike.setdefault(name, said)
            yield Group(name, section, section["oid"] if section.get("repeating") else "", placed)

    def _placed(self, row: Any, items: Mapping[str, Mapping[str, Any]]) -> Placed:
        own = {"oid": row} if isinstance(row, str) else row
        oid = own["oid"]
        return Placed(oid, self.items[oid], {**items[oid], **own}, self.boxes.get(oid, ()))


def source_of(member: Mapping[str, Any]) -> str:
    """Return what the file that a part came from calls it, else its OID."""
    return str(member.get("source") or member.get("oid", ""))


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Tell whether two items differ in nothing but what places may say otherwise."""
    own = {"oid", "source", "condition", "calculation", "required"}
    return {k: v for k, v in one.items() if k not in own} == {k: v for k, v in other.items() if k not in own}
