"""A study version made of an ODM file's metadata."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from audit.triggers import COLUMNS_OF_CAPTURES
from trials.formats.foreign import Pending
from trials.formats.odm_items import Items
from trials.formats.odm_logic import Uses, slim
from trials.formats.odm_metadata import Metadata, Version, in_order, languages
from trials.formats.odm_walk import Element, place
from trials.formats.oids import Oids, with_source
from trials.formats.openclinica import OpenClinica
from trials.formats.parts import Parts
from trials.formats.places import IMPLIED_VISIT
from trials.formats.redcap_project import Project
from trials.formats.texts import main_language, plain
from trials.formats.told import complete, told, wanted_oid

TYPES = {"Scheduled": "SCHEDULED", "Unscheduled": "UNSCHEDULED", "Common": "COMMON"}
# As 1.3 has it, and 2.0.
REPEATING = {"Yes", "Simple", "Dynamic", "Static"}


@dataclass
class Used:
    """What the data use, though the metadata may not say so: each with the place where it came first."""

    repeating: set[tuple[str, str]] = field(default_factory=set)
    loose: dict[str, str] = field(default_factory=dict)
    visits: dict[str, dict[str, str]] = field(default_factory=dict)
    in_words: set[str] = field(default_factory=set)

    def without(self, version: Version) -> "Used":
        """Return the same without the visits that the version has."""
        others = {oid: forms for oid, forms in self.visits.items() if oid not in version.visits}
        return Used(self.repeating, self.loose, others, self.in_words)


def document_of(metadata: Metadata, version: Version, used: Used) -> dict[str, Any]:
    """Return the document of a version, with what else its data use."""
    return _Builder(metadata, version, used.without(version)).document()


class _Builder:
    def __init__(self, metadata: Metadata, version: Version, used: Used) -> None:
        self.metadata, self.version, self.used = metadata, version, used
        self.found = metadata.found
        self.parts = Parts(self.found)
        self.language = main_language(languages([version]))
        self.project = Project(self.parts, metadata.globals.get(version.study), version)
        self.items = Items(self.parts, metadata, version, self.language)
        self.items.in_words = used.in_words
        self.logic = self.items.logic
        self.form_oids, self.visit_oids = Oids(), Oids()
        self.uses: dict[str, Uses] = defaultdict(Uses)
        # What is asked unless a condition holds that may name visits.
        self.waiting: list[tuple[dict[str, Any], Element, str]] = []
        self.vendor = OpenClinica(self.parts, version, self.items)

    def document(self) -> dict[str, Any]:
        forms = [self._form(element) for element in self.version.forms.values()]
        visits = self._visits()
        for oid, uses in self.uses.items():
            uses.settle(self.parts.items[oid], self.logic)
        self.logic.add_checks()
        self.parts.add_logic(self.parts.item_oids.by_source, self.logic.visits)
        self.vendor.add_logic(forms)
        for form in forms:
            self._finish(form)
        document = self.parts.document(self._head(), forms, visits)
        slim(section for form in forms for section in form["sections"])
        return document

    def _head(self) -> dict[str, Any]:
        study = self.version.study
        name = plain(self.metadata.studies.get(study, "")) or study or "A study"
        head: dict[str, Any] = {"name": name[:200], "language": self.language}
        if description := plain(self.metadata.descriptions.get(study, "")):
            head["description"] = description
        if self.version.element is not None:
            protocol = self.version.element.find("{*}Protocol")
            head = head if protocol is None else complete(head, told(protocol))
        if arms := self.project.arms:
            oids = Oids()
            head["arms"] = [{"oid": oids.of(number), "name": name} for number, name in arms.items()]
        return head

    def _form(self, element: Element) -> dict[str, Any]:
        source = element.get("OID")
        oid = self.form_oids.of(source, self.project.form_name(element) or wanted_oid(element))
        name = plain(element.get("Name") or "")[:200] or oid
        form: dict[str, Any] = with_source({"oid": oid, "name": name}, source)
        if description := self.items.text(element.find("{*}Description")):
            form["description"] = description
        if self._repeats(element, "form") or source in self.project.repeating_forms:
            form["repeating"] = True
        form = complete(form, told(element))
        used: set[str] = set()
        form["sections"] = [self._section(group, ref, form, used) for group, ref in self._groups(element)]
        return form

    def _groups(self, form: Element, around: tuple[Element, ...] = ()) -> Iterator[tuple[Element, Element]]:
        """Yield the groups of a form that have items, with the references to them; ODM 2.0 has groups in groups."""
        if not around and form.find("{*}ItemRef") is not None:
            yield form, form
        for ref in in_order(form, "ItemGroupRef"):
            group = self._defined(self.version.groups, ref, "ItemGroupOID")
            if group is None or group in around:
                continue
            inner = group.find("{*}ItemGroupRef") is not None
            if not inner or group.find("{*}ItemRef") is not None:
                yield group, ref
            if inner:
                yield from self._groups(group, (*around, form, group))

    def _section(self, group: Element, ref: Element, form: dict[str, Any], used: set[str]) -> dict[str, Any]:
        name = plain(group.get("Name") or "")[:200]
        section: dict[str, Any] = {"name": "" if name == form["name"] else name, "source": group.get("OID")}
        if description := self.items.text(group.find("{*}Description")):
            section["description"] = description
        if self._repeats(group, "group"):
            section["repeating"] = True
            section["most"] = self.vendor.most_rows(group)
        section = complete(section, told(group))
        section["wanted"] = wanted_oid(group)
        section["items"] = self._places(group, used)
        if condition := ref.get("CollectionExceptionConditionOID"):
            self._ask_unless(section, condition, ref, place(ref, key="ItemGroupOID"))
        return section

    def _places(self, group: Element, used: set[str]) -> list[dict[str, Any]]:
        """Return the places of a group's items; an item that the form has already becomes another of its kind."""
        places: list[dict[str, Any]] = []
        for ref in self._item_refs(group):
            element = self._defined(self.version.items, ref, "ItemOID")
            if element is None:
                continue
            oid = self._item(element)
            if oid in used and (self.project.is_checkbox(element) or told(element).get("of")):
                continue
            if oid in used:
                oid = self._again(element, group)
            used.add(oid)
            self.logic.groups.setdefault((group.get("OID"), element.get("OID")), oid)
            places.append({"oid": oid})
            self.uses[oid].members.append((places[-1], ref))
        return places

    def _item_refs(self, group: Element) -> Iterator[Element]:
        """Yield the references to a group's items, and after one with a value list those to the items of the list."""
        for ref in in_order(group, "ItemRef"):
            yield ref
            element = self.version.items.get(ref.get("ItemOID") or "")
            listed = None if element is None else element.find("{*}ValueListRef")
            values = None if listed is None else self.version.value_lists.get(listed.get("ValueListOID") or "")
            if values is not None:
                yield from in_order(values, "ItemRef")

    def _item(self, element: Element) -> str:
        if self.project.is_field(element):
            return self.project.add(element)
        source = element.get("OID")
        if isinstance(of := told(element).get("of"), str):
            return self._box(element, of)
        known = source in self.parts.item_oids.by_source
        oid = self.parts.item_oids.of(source, wanted_oid(element))
        if not known:
            self.vendor.complete(element, self.items.add(element, oid))
        return oid

    def _box(self, element: Element, of: str) -> str:
        """Return the item that this one is a choice of."""
        oid = self.parts.item_oids.of(of, wanted_oid(element))
        if oid not in self.parts.items:
            self.items.add_boxes(element, oid)
            with_source(self.parts.items[oid], of)
        return oid

    def _again(self, element: Element, group: Element) -> str:
        oid = self.parts.item_oids.new(f"{element.get('OID')}.{group.get('OID')}")
        self.vendor.complete(element, self.items.add(element, oid))
        return oid

    def _defined(self, known: dict[str, Element], ref: Element, attribute: str) -> Element | None:
        oid = ref.get(attribute) or ""
        element = known.get(oid)
        if element is None:
            self.found.refuse(place(ref, key=attribute), "a reference", f"There is no definition of {oid!r}.")
        return element

    def _repeats(self, element: Element, level: str) -> bool:
        return element.get("Repeating") in REPEATING or (level, element.get("OID")) in self.used.repeating

    def _ask_unless(self, holder: dict[str, Any], condition: str, ref: Element, where: str) -> None:
        """Let a condition of a section, a form in its visit, or a visit wait."""
        said = self.logic.condition(condition, ref)
        if said is not None:
            self.parts.pending.append(Pending(holder, "condition", said, where, f"condition {condition}"))

    def _visits(self) -> list[dict[str, Any]]:
        planned = [oid for oid in self.version.planned if oid in self.version.visits]
        others = [oid for oid in self.version.visits if oid not in planned]
        visits = [self._visit(self.version.visits[oid]) for oid in planned + others]
        visits += [self._undefined(source, forms) for source, forms in self.used.visits.items()]
        loose = list(self.used.loose) if visits else list(self.version.forms)
        if forms := [self.form_oids.by_source[form] for form in loose if form in self.form_oids.by_source]:
            visits.append({"oid": self.visit_oids.of(IMPLIED_VISIT), "name": "All forms", "forms": forms})
        self.logic.visits = self.visit_oids.by_source | self.project.events
        for holder, ref, where in self.waiting:
            self._ask_unless(holder, ref.get("CollectionExceptionConditionOID"), ref, where)
        return visits

    def _undefined(self, source: str, forms: dict[str, str]) -> dict[str, Any]:
        """Return a visit that the file has data of, and defines nowhere."""
        self.found.refuse(next(iter(forms.values())), f"visit {source}", "It is not defined: it has the forms it uses.")
        known = self.form_oids.by_source
        visit: dict[str, Any] = {"oid": self.visit_oids.of(source), "name": source[:200], "type": "UNSCHEDULED"}
        visit["repeating"] = ("visit", source) in self.used.repeating
        return with_source(visit | {"forms": [known[form] for form in forms if form in known]}, source)

    def _visit(self, element: Element) -> dict[str, Any]:
        source = element.get("OID")
        oid = self.visit_oids.of(source, self.project.event(element) or wanted_oid(element))
        self.project.note_event(element, oid)
        name = plain(element.get("Name") or "").strip("| \t")[:200] or oid
        visit: dict[str, Any] = with_source({"oid": oid, "name": name}, source)
        visit["type"] = TYPES.get(element.get("Type") or "", "SCHEDULED")
        if self._repeats(element, "visit") or oid in self.project.repeating_events:
            visit["repeating"] = True
        forms: dict[str, Any] = {}
        refs = [(ref, "FormOID") for ref in in_order(element, "FormRef")]
        refs += [(ref, "ItemGroupOID") for ref in in_order(element, "ItemGroupRef")]
        for ref, attribute in refs:
            form = self._defined(self.version.forms, ref, attribute)
            if form is None:
                continue
            oid = self.form_oids.by_source[form.get("OID")]
            placed = forms.setdefault(oid, oid)
            if ref.get("CollectionExceptionConditionOID") and isinstance(placed, str):
                forms[oid] = {"oid": oid}
                self.waiting.append((forms[oid], ref, place(ref, key=attribute)))
        visit["forms"] = list(forms.values())
        visit = complete(visit, told(element))
        if (ref := self.version.asked_unless.get(source)) is not None:
            self.waiting.append((visit, ref, place(ref, key="StudyEventOID")))
        return visit

    def _finish(self, form: dict[str, Any]) -> None:
        """Give the sections OIDs that name nothing else."""
        oids = Oids(COLUMNS_OF_CAPTURES | set(self.parts.items))
        for number, section in enumerate(form["sections"]):
            source, wanted = section.pop("source"), section.pop("wanted")
            form["sections"][number] = section
            section["oid"] = oids.new(wanted or source)
            with_source(section, source)
