"""What REDCap adds to ODM in its project files: fields, events, repeats and arms."""

import re

from trials.formats.fields import CHOICES, Field, choices_of, slider_labels
from trials.formats.odm_metadata import Version, translations
from trials.formats.odm_walk import Element, place
from trials.formats.parts import Parts
from trials.formats.recognise import REDCAP

ENDS = {"GE": "least", "LE": "most"}


def given(element: Element, name: str) -> str:
    """Return an attribute of REDCap's own."""
    return element.get(f"{{{REDCAP}}}{name}") or ""


class Project:
    """Reads REDCap's attributes; of a file by another system it finds none."""

    def __init__(self, parts: Parts, head: Element | None, version: Version) -> None:
        self.parts, self.version = parts, version
        self.events: dict[str, str] = {}
        self.arms: dict[str, str] = {}
        self.repeating_events: set[str] = set()
        self.repeating_forms: set[str] = set()
        self._boxes: dict[str, list[Element]] = {}
        self._added: dict[str, str] = {}
        for element in version.items.values():
            if self.is_checkbox(element):
                self._boxes.setdefault(given(element, "Variable"), []).append(element)
        if head is not None:
            self._read_head(head)

    def _read_head(self, head: Element) -> None:
        for one in head.iter(f"{{{REDCAP}}}RepeatingEvent"):
            self.repeating_events.add(given(one, "UniqueEventName"))
        for one in head.iter(f"{{{REDCAP}}}RepeatingInstrument"):
            self.repeating_forms.add(f"Form.{given(one, 'RepeatInstrument')}")
        codes = head.find(f"{{{REDCAP}}}MissingDataCodes")
        if codes is not None and (codes.text or "").strip():
            for code, label in choices_of(codes.text, place(codes), self.parts.found):
                self.parts.missing_codes.append({"code": code[:100], "label": label or code})

    @staticmethod
    def is_field(element: Element) -> bool:
        return bool(given(element, "FieldType"))

    @staticmethod
    def is_checkbox(element: Element) -> bool:
        return given(element, "FieldType") == "checkbox"

    @staticmethod
    def form_name(element: Element) -> str:
        return given(element, "FormName")

    @staticmethod
    def event(element: Element) -> str:
        return given(element, "UniqueEventName")

    def note_event(self, element: Element, oid: str) -> None:
        """Remember an event by the name that logic calls it, and its arm."""
        if name := self.event(element):
            self.events[name] = oid
        if number := given(element, "ArmNum"):
            self.arms.setdefault(number, given(element, "ArmName") or number)

    def add(self, element: Element) -> str:
        """Add the item of a field and return its OID; the boxes of a checkbox are one item."""
        name = given(element, "Variable") if self.is_checkbox(element) else element.get("OID")
        if name not in self._added:
            self._added[name] = self.parts.add_field(self._field(name, element))
        return self._added[name]

    def _field(self, name: str, element: Element) -> Field:
        kind = given(element, "FieldType")
        label = next((words for _, words in translations(element.find("{*}Question"))), "")
        field = Field(
            *(name, "", f"line {element.sourceline}", kind, label),
            note=given(element, "FieldNote"),
            validation=given(element, "TextValidationType"),
            identifying=given(element, "Identifier") == "y",
            branching=given(element, "BranchingLogic"),
            calculation=given(element, "Calculation"),
            required=given(element, "RequiredField") == "y",
            annotation=given(element, "FieldAnnotation"),
        )
        if kind in CHOICES or kind in {"yesno", "truefalse"}:
            field.choices = self._choices(element)
        elif kind == "checkbox":
            self._read_boxes(field, element)
        elif kind == "slider":
            field.low, field.high = slider_labels(given(element, "SliderLabels"))
        for check in element.iterfind("{*}RangeCheck"):
            if end := ENDS.get(check.get("Comparator") or ""):
                setattr(field, end, (check.findtext("{*}CheckValue") or "").strip())
        return field

    def _list_of(self, element: Element) -> Element | None:
        reference = element.find("{*}CodeListRef")
        return None if reference is None else self.version.lists.get(reference.get("CodeListOID") or "")

    def _choices(self, element: Element) -> tuple[tuple[str, str], ...]:
        listed = self._list_of(element)
        found: dict[str, str] = {}
        for one in () if listed is None else listed.iterfind("{*}CodeListItem"):
            label = next((words for _, words in translations(one.find("{*}Decode"))), "")
            found.setdefault((one.get("CodedValue") or "").strip(), label.strip())
        found.pop("", None)
        return tuple(found.items())

    def _read_boxes(self, field: Field, element: Element) -> None:
        """Read the choices of a checkbox, and which of the file's boxes each of them is."""
        listed = self._list_of(element)
        text = "" if listed is None else given(listed, "CheckboxChoices")
        field.choices = choices_of(text, field.where, self.parts.found)
        boxes = [box.get("OID") for box in self._boxes[field.name]]
        named = {box_of(field.name, code): code for code, _ in field.choices}
        if set(boxes) != set(named):
            what = f"boxes {', '.join(sorted(set(boxes) ^ set(named)))}"
            self.parts.found.refuse(field.where, what, "The boxes and the choices of this checkbox differ.")
        field.sources = tuple(named)


def box_of(field: str, code: str) -> str:
    """Return what REDCap calls one box of a checkbox."""
    return f"{field}___" + re.sub(r"[^a-z0-9_]", "_", code.lower())
