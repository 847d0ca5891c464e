"""Items of an ODM 1.3 file: types, choices, units and range checks."""

from collections.abc import Set as AbstractSet
from typing import Any

from trials.formats.odm_logic import Logic
from trials.formats.odm_metadata import Metadata, Version, translations
from trials.formats.odm_walk import Element, place
from trials.formats.oids import with_source
from trials.formats.parts import Alert, Parts
from trials.formats.texts import Text, fit, text_of, words_of
from trials.formats.told import box_of, complete, told, wanted_oid

TYPES = {
    **dict.fromkeys(("integer",), "INTEGER"),
    **dict.fromkeys(("float", "double", "decimal"), "DECIMAL"),
    **dict.fromkeys(("date", "partialDate"), "DATE"),
    **dict.fromkeys(("time", "partialTime"), "TIME"),
    **dict.fromkeys(("datetime", "partialDatetime", "incompleteDatetime"), "DATE_TIME"),
    **dict.fromkeys(("text", "string", "URI"), "TEXT"),
    **dict.fromkeys(("incompleteDate", "incompleteTime", "durationDatetime", "intervalDatetime"), "TEXT"),
    **dict.fromkeys(("hexBinary", "base64Binary", "hexFloat", "base64Float"), "TEXT"),
}
PARTIAL = {"partialDate", "incompleteDatetime", "partialDatetime"}
FILES = {"hexBinary", "base64Binary", "hexFloat", "base64Float"}
SIGNS = {"LT": "<", "LE": "<=", "GT": ">", "GE": ">="}
# A text longer than this is written into several lines.
ONE_LINE = 500


class Items:
    """Makes an item of each ItemDef; the same for all of them is which version and language they are in."""

    def __init__(self, parts: Parts, metadata: Metadata, version: Version, language: str) -> None:
        self.parts, self.metadata, self.version, self.language = parts, metadata, version, language
        self.found = parts.found
        self.logic = Logic(parts, version)
        self._lists: dict[str, str | None] = {}
        # Items whose data say true and false, not 1 and 0.
        self.in_words: AbstractSet[str] = frozenset()

    def text(self, element: Element | None) -> Text:
        return text_of(translations(element), self.language)

    def add(self, element: Element, oid: str) -> dict[str, Any]:
        """Add the item of an ItemDef under this OID, and its checks."""
        source = element.get("OID")
        item: dict[str, Any] = {"oid": oid, "name": fit(element.get("Name") or "")[:200] or source}
        with_source(item, source)
        item["type"] = self._type(element, item)
        question = self.text(element.find("{*}Question")) or self.text(element.find("{*}Description"))
        if question:
            item["question"] = question
        self._add_units(element, item)
        self._shape(element, item)
        item = complete(item, told(element))
        self.parts.items[oid] = item
        for check in element.iterfind("{*}RangeCheck"):
            self._check(check, item)
        return item

    def add_boxes(self, element: Element, oid: str) -> None:
        """Add the item whose choices are items of their own, from what the first of them notes of it."""
        members = told(element).get("item")
        item: dict[str, Any] = {"name": oid, **(members if isinstance(members, dict) else {}), "type": "MULTIPLE"}
        item["oid"] = oid
        listed = item.get("code_list")
        item["code_list"] = self.code_list(listed, element) if isinstance(listed, str) else None
        if item["code_list"] is None:
            item = {"oid": oid, "name": oid, "type": "TEXT"}
        self.parts.items[oid] = item

    def _type(self, element: Element, item: dict[str, Any]) -> str:
        """Return the type, with the code list where there is one."""
        given = element.get("DataType") or "text"
        if told(element).get("type") == "YES_NO":
            return "YES_NO"
        reference = element.find("{*}CodeListRef")
        listed = None if reference is None else self.code_list(reference.get("CodeListOID") or "", element)
        if listed:
            item["code_list"] = listed
            return "CHOICE"
        if given == "boolean":
            yes, no = ("true", "false") if element.get("OID") in self.in_words else ("1", "0")
            choices = [{"code": yes, "label": "Yes"}, {"code": no, "label": "No"}]
            item["code_list"] = self.parts.add_code_list("Yes or no", choices, shared=True)
            return "CHOICE"
        if given in FILES:
            self.found.cannot(place(element), "a file", "It is taken over as a text with the file's name.")
        elif given not in TYPES:
            self.found.refuse(place(element), f"DataType {given}", "ODM has no such type: it is read as a text.")
        if given in PARTIAL:
            item["partial"] = True
        return TYPES.get(given, "TEXT")

    def _shape(self, element: Element, item: dict[str, Any]) -> None:
        """Note the length of texts and the digits of numbers."""
        length, digits = element.get("Length") or "", element.get("SignificantDigits") or ""
        if item["type"] == "TEXT" and length.isdecimal() and int(length) > ONE_LINE:
            item["type"] = "LONG_TEXT"
            item["max_length"] = min(int(length), 100_000)
        if item["type"] == "DECIMAL" and digits.isdecimal() and int(digits) <= 12:
            item["digits"] = int(digits)

    def _add_units(self, element: Element, item: dict[str, Any]) -> None:
        """Take the first unit as the item's own; how the others convert no file says."""
        references = element.iterfind("{*}MeasurementUnitRef")
        names = list(dict.fromkeys(self.unit_name(one.get("MeasurementUnitOID") or "") for one in references))
        if names and names[0]:
            item["unit"] = names[0]
        others = [name for name in names[1:] if name]
        if not others:
            return
        if item["type"] in {"INTEGER", "DECIMAL"} and names[0]:
            item["units"] = [{"unit": name} for name in others]
            return
        reason = f"Only numbers may be in one of several units. The first is the item's unit: {names[0]}."
        self.found.cannot(place(element), f"{len(names)} units of one item", reason)

    def unit_name(self, oid: str) -> str:
        return unit_name(self.metadata, oid, self.language)

    def code_list(self, oid: str, user: Element) -> str | None:
        """Return our OID of a code list, or None for one without choices, such as a dictionary."""
        if oid not in self._lists:
            self._lists[oid] = self._add_code_list(oid, user)
        return self._lists[oid]

    def _add_code_list(self, oid: str, user: Element) -> str | None:
        element = self.version.lists.get(oid)
        if element is None:
            self.found.refuse(place(user), f"code list {oid}", "There is no such code list: the item is a text.")
            return None
        choices: dict[str, dict[str, Any]] = {}
        for one in element:
            if one.tag.rpartition("}")[2] not in {"CodeListItem", "EnumeratedItem"}:
                continue
            code = fit(one.get("CodedValue") or "")
            if not code or len(code) > 100 or code in choices:
                reason = "There is one of this code already." if code in choices else "Its code is empty or too long."
                self.found.refuse(place(one, key="CodedValue"), f"a choice of {oid}", reason)
                continue
            label = self.text(one.find("{*}Decode")) or code
            choices[code] = complete({"code": code, "label": label}, told(one)) | box_of(one)
        if not choices:
            what = "a dictionary" if element.find("{*}ExternalCodeList") is not None else "an empty code list"
            self.found.cannot(place(element), what, "Items that refer to it are texts.")
            return None
        listed = self.parts.add_code_list(wanted_oid(element) or oid, choices.values())
        self.parts.code_lists[-1]["name"] = fit(element.get("Name") or oid)[:200]
        return listed

    def _check(self, check: Element, item: dict[str, Any]) -> None:
        where, comparator = place(check, key="Comparator"), check.get("Comparator") or ""
        where = f"{where} of {item.get('source', item['oid'])}"
        severity = "HARD" if check.get("SoftHard") == "Hard" else "SOFT"
        alert = Alert(where, severity, self.text(check.find("{*}ErrorMessage")))
        formal = check.find("{*}FormalExpression")
        if formal is not None:
            self.logic.checks.append((item, check, alert))
            return
        values = [(one.text or "").strip() for one in check.iterfind("{*}CheckValue")]
        self._other_unit(check, item, where)
        if comparator in SIGNS and len(values) == 1:
            self.parts.limit(item, SIGNS[comparator], values[0], alert)
        elif comparator in {"EQ", "NE", "IN", "NOTIN"} and values and not any("'" in value for value in values):
            self._among(item, values, alert, wanted=comparator in {"EQ", "IN"})
        else:
            self.found.refuse(where, f"a check with {len(values)} values", "It does not say what to compare.")

    def _other_unit(self, check: Element, item: dict[str, Any], where: str) -> None:
        reference = check.find("{*}MeasurementUnitRef")
        unit = "" if reference is None else self.unit_name(reference.get("MeasurementUnitOID") or "")
        if unit and unit != item.get("unit", ""):
            reason = f"The item's unit is {item.get('unit') or 'none'}: the value is compared as it is written."
            self.found.cannot(where, f"a limit in {unit}", reason)

    def _among(self, item: dict[str, Any], values: list[str], alert: Alert, *, wanted: bool) -> None:
        """Add a check that the value is one of these, or none of them."""
        sign, word = ("<>", " and ") if wanted else ("=", " or ")
        text = word.join(f"[{item['oid']}] {sign} '{value}'" for value in values)
        shown = ("one of " if wanted else "none of ") + ", ".join(values)
        self.parts.check(item, text, alert, shown)


def unit_name(metadata: Metadata, oid: str, language: str) -> str:
    """Return the symbol of a unit, or whatever else there is to call it."""
    unit = metadata.units.get(oid)
    if unit is None:
        return oid
    symbol = words_of(text_of(translations(unit.find("{*}Symbol")), language), language)
    return fit(symbol or unit.get("Name") or oid)[:200]
