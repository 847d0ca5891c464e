"""Forms of items: one with all it can say, one line for a new one, and many from a spreadsheet."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from trials.definition import NUMERIC, ItemType, Severity
from trials.definition.editing import Document, items, oid_from, rows_of
from trials.definition.editing.parts import taken_oids
from trials.definition.reading import LONGEST_TEXT as LONGEST_ANSWER
from trials.definition.reading import MOST_DIGITS
from trials.forms.build.parts import (
    LONGEST_TEXT,
    OID_HELP,
    BuildForm,
    expression_field,
    read_choices,
    text_field,
    written_choices,
)

TYPES = {
    ItemType.TEXT: "Text",
    ItemType.LONG_TEXT: "Long text",
    ItemType.INTEGER: "Whole number",
    ItemType.DECIMAL: "Number with a fraction",
    ItemType.DATE: "Date",
    ItemType.TIME: "Time",
    ItemType.DATE_TIME: "Date and time",
    ItemType.CHOICE: "One choice",
    ItemType.MULTIPLE: "Several choices",
    ItemType.YES_NO: "Yes or no",
    ItemType.SCALE: "Scale",
    ItemType.DESCRIPTIVE: "Text to read",
}
TYPE_CHOICES = [(kind.value, TYPES.get(kind, kind.value.replace("_", " ").capitalize())) for kind in ItemType]
CHOOSING = frozenset({ItemType.CHOICE, ItemType.MULTIPLE})
DATES = frozenset({ItemType.DATE, ItemType.DATE_TIME})
WITH_RANGES = NUMERIC | DATES | {ItemType.TIME}
# How people call a type in a spreadsheet.
WORDS = {label.lower(): kind for kind, label in TYPES.items()} | {
    **{kind.value.lower(): kind for kind in ItemType},
    "": ItemType.TEXT,
    "number": ItemType.DECIMAL,
    "decimal": ItemType.DECIMAL,
    "integer": ItemType.INTEGER,
    "datetime": ItemType.DATE_TIME,
    "choice": ItemType.CHOICE,
    "radio": ItemType.CHOICE,
    "dropdown": ItemType.CHOICE,
    "multiple": ItemType.MULTIPLE,
    "checkbox": ItemType.MULTIPLE,
    "yes/no": ItemType.YES_NO,
    "yesno": ItemType.YES_NO,
    "notes": ItemType.LONG_TEXT,
    "note": ItemType.DESCRIPTIVE,
}
MOST_PASTED = 500
OWN_CHOICES = ""
RANGES = (("soft", Severity.SOFT.value), ("hard", Severity.HARD.value))


def _limit(label: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=40, widget=forms.TextInput({"autocomplete": "off", "class": "is-limit"})
    )


class ItemForm(BuildForm):
    """An item with all it can say. `groups` are its fields as the page shows them."""

    kind = "items"
    texts = {"name": 200, "question": LONGEST_TEXT, "hint": LONGEST_TEXT, "low": 200, "high": 200}
    named = {"code_list": "choices", "ranges": "soft_min", "scale": "scale_min"}

    name = text_field("Name", required=True, help_text="Short: it heads lists, tables and exports.")
    question = text_field(
        "Question", longest=LONGEST_TEXT, rows=2, help_text="As it is asked. Left empty, the name is."
    )
    hint = text_field("Hint", longest=LONGEST_TEXT, help_text="Shown below the question.")
    oid = text_field("OID", longest=40, help_text=OID_HELP)
    type = forms.ChoiceField(label="Kind of answer", choices=TYPE_CHOICES, initial=ItemType.TEXT.value)
    unit = text_field("Unit")
    units = forms.CharField(
        label="Other units",
        required=False,
        max_length=2_000,
        widget=forms.Textarea({"rows": 2, "placeholder": "lb = 0.45359237"}),
        help_text="One a line: the unit, =, and by what it is multiplied to be in the unit above; + what is added.",
    )
    digits = forms.IntegerField(
        label="Digits after the point, at most", required=False, min_value=0, max_value=MOST_DIGITS
    )
    code_list = forms.ChoiceField(label="Code list", required=False)
    choices = forms.CharField(
        label="Choices",
        required=False,
        max_length=100_000,
        widget=forms.Textarea({"rows": 5, "placeholder": "1, Yes\n2, No"}),
        help_text="One a line: its code, a comma, its label. “1, Yes | 2, No” can be pasted as well.",
    )
    scale_min = _limit("From")
    scale_max = _limit("To")
    scale_step = _limit("In steps of")
    low = text_field("What the low end means")
    high = text_field("What the high end means")
    visual = forms.BooleanField(label="Visual analogue: no numbers are shown", required=False)
    partial = forms.BooleanField(label="Day or month may be unknown", required=False)
    max_length = forms.IntegerField(label="Characters at most", required=False, min_value=1, max_value=LONGEST_ANSWER)
    soft_min = _limit("Expected from")
    soft_max = _limit("Expected to")
    soft_message = text_field("What to say outside", longest=1_000)
    hard_min = _limit("Refused below")
    hard_max = _limit("Refused above")
    hard_message = text_field("What to say when refused", longest=1_000)
    required = forms.BooleanField(label="Required", required=False)
    condition = expression_field("Asked when", "Left empty, it is always asked.")
    calculation = expression_field("Calculated as", "Nobody enters what is calculated.")
    default = text_field("Default")
    identifying = forms.BooleanField(label="Identifying: tells who somebody is", required=False)
    blinded = forms.BooleanField(label="Blinded: hidden from who must not know the treatment", required=False)
    concept = text_field("Standard concept", longest=200, help_text="For example NCIt C25298 or LOINC 8480-6.")

    GROUPS = (
        ("", ("name", "question", "hint", "oid", "type"), ()),
        ("Choices", ("code_list", "choices"), CHOOSING),
        ("Scale", ("scale_min", "scale_max", "scale_step", "low", "high", "visual"), {ItemType.SCALE}),
        ("Number", ("unit", "units", "digits"), NUMERIC),
        ("Date", ("partial",), DATES),
        ("Text", ("max_length",), {ItemType.TEXT, ItemType.LONG_TEXT}),
        (
            "Range",
            (*(f"soft_{n}" for n in ("min", "max", "message")), *(f"hard_{n}" for n in ("min", "max", "message"))),
            WITH_RANGES,
        ),
        ("Rules", ("required", "condition", "calculation", "default"), ()),
        ("Handling", ("identifying", "blinded", "concept"), ()),
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        lists = [(row["oid"], row.get("name") or row["oid"]) for row in rows_of(self.document, "code_lists")]
        self.fields["code_list"].choices = [(OWN_CHOICES, "The choices below"), *lists]  # type: ignore[attr-defined]

    def initial_of(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields show of the item: ranges and scale field by field, choices as lines."""
        shown = super().initial_of({name: value for name, value in part.items() if name not in {"ranges", "scale"}})
        shown["units"] = "\n".join(_unit_line(unit) for unit in part.get("units", []))
        for prefix, severity in RANGES:
            for name, value in (_range_of(part, severity) or {}).items():
                shown[f"{prefix}_{name}"] = self._plain(value)
        scale = part.get("scale", {})
        shown |= {f"scale_{name}": scale.get(name, "") for name in ("min", "max", "step")}
        shown |= {**self._text_of("low", scale.get("low", "")), **self._text_of("high", scale.get("high", ""))}
        shown["visual"] = scale.get("visual", False)
        named = next((row for row in rows_of(self.document, "code_lists") if row["oid"] == part.get("code_list")), None)
        if named:
            shown["choices"] = written_choices(named["choices"], self.languages[0])
            if self._is_alone(named["oid"]):
                shown["code_list"] = OWN_CHOICES
        return shown

    def _plain(self, text: Any) -> str:
        return str(text.get(self.languages[0]) or next(iter(text.values())) if isinstance(text, dict) else text)

    def _is_alone(self, oid: str) -> bool:
        return [item.get("code_list") for item in rows_of(self.document, "items")].count(oid) == 1

    def clean_units(self) -> list[dict[str, Any]]:
        """Return the other units, each with what makes a number one in the standard unit."""
        found = []
        for line in filter(str.strip, self.cleaned_data["units"].splitlines()):
            name, _, rule = line.partition("=")
            factor, _, offset = rule.partition("+")
            said = {"unit": name.strip(), "factor": factor.strip(), "offset": offset.strip()}
            found.append({member: text for member, text in said.items() if text})
        return found

    def clean_choices(self) -> list[dict[str, Any]]:
        """Return the choices that are written, for an item that chooses among its own."""
        return read_choices(self.cleaned_data["choices"])

    def clean(self) -> dict[str, Any]:
        """Ask for choices where there are none."""
        given = super().clean() or {}
        choosing = given.get("type") in CHOOSING and "choices" not in self.errors
        if choosing and not given.get("code_list") and not given.get("choices"):
            self.add_error("choices", "Write the choices, or pick a code list.")
        return given

    @property
    def members(self) -> dict[str, Any]:
        """Return the members of the item, once the form is valid."""
        found = super().members
        kind = found["type"]
        own = {name: found.pop(name) for name in list(found) if name.partition("_")[0] in {"soft", "hard", "scale"}}
        low, high, visual = (found.pop(name) for name in ("low", "high", "visual"))
        if kind not in CHOOSING or found["code_list"]:
            found.pop("choices")
        if kind not in CHOOSING:
            found["code_list"] = None
        elif not found["code_list"]:
            # Which list it is follows from the choices.
            del found["code_list"]
        scale = {name: own[f"scale_{name}"] for name in ("min", "max", "step")} | {"low": low, "high": high}
        found["scale"] = {name: value for name, value in scale.items() if value} | ({"visual": True} if visual else {})
        found["ranges"] = self._ranges(own)
        if kind == ItemType.SCALE and not found["scale"]:
            found["scale"] = {"min": "0", "max": "10"}
        return found

    def edit(self, form: str, section: int) -> Callable[[Document], str]:
        """Return the edit that gives the item on this form what is written here; a new one goes to this section."""
        members, oid = self.members, self.part.get("oid", "")

        def edit(document: Document) -> str:
            if not oid:
                return items.add(document, form, section, members)
            items.change(document, form, oid, members)
            return str(oid)

        return edit

    def _ranges(self, own: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the ranges: one of each severity as it is written here, what the item has beyond that as it is."""
        made = []
        for prefix, severity in RANGES:
            known = _range_of(self.part, severity) or {}
            limits = {name: own[f"{prefix}_{name}"] for name in ("min", "max") if own[f"{prefix}_{name}"]}
            message = own[f"{prefix}_message"]
            if message and message == self._plain(known.get("message", "")):
                message = known["message"]
            if limits or message:
                made.append({**limits, "severity": severity, **({"message": message} if message else {})})
        shown = [_range_of(self.part, severity) for _, severity in RANGES]
        return made + [one for one in self.part.get("ranges", []) if one not in shown]

    @property
    def groups(self) -> list[tuple[str, str, list[BoundField]]]:
        """Return the fields by heading, with the types that each group is for; none for all."""
        found = []
        for title, names, kinds in self.GROUPS:
            wanted = [name for own in names for name in (own, *(f"{own}__{code}" for code in self.languages[1:]))]
            fields = [self[name] for name in wanted if name in self.fields]
            found.append((title, " ".join(kind.value for kind in ItemType if kind in kinds), fields))
        return found


def _unit_line(unit: Mapping[str, str]) -> str:
    rule = " + ".join(unit[name] for name in ("factor", "offset") if name in unit)
    return f"{unit['unit']} = {rule}" if rule else unit["unit"]


def _range_of(part: Mapping[str, Any], severity: str) -> dict[str, Any] | None:
    return next((one for one in part.get("ranges", []) if one.get("severity", "SOFT") == severity), None)


def members_of_line(question: str, kind: ItemType, detail: str) -> dict[str, Any]:
    """Return the members of an item written in one line; `detail` are its choices, or its unit."""
    found: dict[str, Any] = {"name": question[:200], "type": kind.value}
    if len(question) > 200:
        found["question"] = question
    if kind in CHOOSING:
        found["choices"] = read_choices(detail)
        if not found["choices"]:
            raise forms.ValidationError("Write the choices as “1, Yes | 2, No”.")
    elif kind in NUMERIC and detail:
        found["unit"] = detail
    if kind == ItemType.SCALE:
        found["scale"] = {"min": "0", "max": "10"}
    return found


class QuickItem(BuildForm):
    """A new item in one line, at the end of a section."""

    kind = "items"
    question = text_field("Question", longest=LONGEST_TEXT, required=True)
    type = forms.ChoiceField(label="Kind of answer", choices=TYPE_CHOICES, initial=ItemType.TEXT.value)
    detail = text_field("Choices or unit", longest=LONGEST_TEXT)
    section = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    field_order = ("question", "type", "detail", "section", "version")

    def clean(self) -> dict[str, Any]:
        """Read the line as an item."""
        given = super().clean() or {}
        if given.get("question") and given.get("type"):
            try:
                self.item = members_of_line(given["question"], ItemType(given["type"]), given.get("detail", ""))
            except forms.ValidationError as error:
                self.add_error("detail", error)
        return given

    @property
    def members(self) -> dict[str, Any]:
        return self.item


class PasteItems(BuildForm):
    """Items from a spreadsheet: a row each, the cells parted by tabs."""

    kind = "items"
    rows = forms.CharField(
        label="Rows",
        max_length=500_000,
        widget=forms.Textarea({"rows": 12, "class": "is-code", "spellcheck": "false", "wrap": "off"}),
        help_text="Cells from left to right: question, kind of answer, choices or unit, required (yes), OID.",
    )
    section = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def clean_rows(self) -> list[dict[str, Any]]:
        """Return the items of all rows; what cannot be read is named by its row."""
        taken = taken_oids(self.document, "items")
        found, faults = [], []
        for number, line in enumerate(self.cleaned_data["rows"].splitlines(), 1):
            cells = [cell.strip() for cell in line.split("\t")] + [""] * 5
            if not cells[0] or (number == 1 and cells[0].lower() in {"question", "name", "label"}):
                continue
            kind = WORDS.get(cells[1].lower())
            try:
                if kind is None:
                    raise forms.ValidationError(f"“{cells[1]}” is no kind of answer.")
                item = members_of_line(cells[0], kind, cells[2])
            except forms.ValidationError as error:
                faults.append(f"Row {number}: {' '.join(error.messages)}")
                continue
            item["oid"] = cells[4] or oid_from(cells[0], taken)
            taken.add(item["oid"])
            found.append({**item, "required": True} if cells[3].lower() in {"y", "yes", "true", "1", "x"} else item)
        if not found and not faults:
            faults.append("There is no item in these rows.")
        if len(found) > MOST_PASTED:
            faults.append(f"Paste at most {MOST_PASTED} rows at once.")
        if faults:
            raise forms.ValidationError(faults[:20])
        return found
