"""The form of a check, and its test cases as rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from trials.definition import Case, Severity
from trials.definition.editing import name_of, rows_of
from trials.definition.editing.parts import oid_at
from trials.forms.build.parts import OID_HELP, BuildForm, text_field

SEVERITIES = [
    (Severity.SOFT.value, "Soft: the value is kept, and the site is asked"),
    (Severity.HARD.value, "Hard: the form cannot be submitted"),
]
EXPECTED = [("", "Choose…"), ("yes", "It fires"), ("no", "It does not fire")]
MOST_CASES = 200
BLANK_CASES = 2


class CheckForm(BuildForm):
    """A check: where it shows, when it fails, what it says then, and the cases that test it.

    `references` are what its expression reads: each case has a value for each.
    """

    kind = "checks"
    texts = {"name": 200, "message": 1_000}
    named = {"item": "at", "form": "at"}
    name = text_field("Name", help_text="For lists; left empty, the OID stands there.")
    oid = text_field("OID", longest=40, help_text=OID_HELP)
    at = forms.ChoiceField(label="Shows at", help_text="The item whose value is looked at again.")
    fails_when = forms.CharField(
        label="Fails when",
        max_length=4_000,
        widget=forms.Textarea(
            {"rows": 3, "class": "is-code", "spellcheck": "false", "autocomplete": "off", "data-expression": True}
        ),
        help_text="True for data that need a look. Values that are missing do not fail.",
    )
    message = text_field("Message", longest=1_000, rows=2, required=True)
    severity = forms.ChoiceField(
        label="Severity", choices=SEVERITIES, widget=forms.RadioSelect, initial=Severity.SOFT.value
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, references: Sequence[str] = (), **more: Any) -> None:
        super().__init__(data, **more)
        self.references = list(references)
        self.multiple = {item["oid"] for item in rows_of(self.document, "items") if item.get("type") == "MULTIPLE"}
        typed = [name.split()[0][5:] for name in data or () if name.startswith("case_")]
        rows = [int(number) + 1 for number in typed if number.isdecimal()]
        known = self.part.get("cases", [])
        self.count = min(max([len(known) + BLANK_CASES, *rows]), MOST_CASES)
        for number in range(self.count):
            self._add_case(number, known[number] if number < len(known) else None)
        names = {item["oid"]: name_of(item, self.languages[0]) for item in rows_of(self.document, "items")}
        places = [("", "Choose…")]
        for form in rows_of(self.document, "forms"):
            own = [oid_at(placed) for section in form.get("sections", []) for placed in section.get("items", [])]
            title = name_of(form, self.languages[0])
            places.append((title, [(f"{form['oid']} {oid}", f"{names.get(oid, oid)} ({oid})") for oid in own]))  # type: ignore[arg-type]
        self.fields["at"].choices = places  # type: ignore[attr-defined]

    def initial_of(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields show of the check."""
        return super().initial_of(part) | ({"at": f"{part['form']} {part['item']}"} if part.get("form") else {})

    def _add_case(self, number: int, known: Mapping[str, Any] | None) -> None:
        values = known.get("values", {}) if known else {}
        for reference in self.references:
            value = values.get(reference, "")
            self.fields[f"case_{number} {reference}"] = forms.CharField(
                label=f"{reference} in case {number + 1}",
                required=False,
                max_length=10_000,
                initial=", ".join(value) if isinstance(value, list) else value,
                widget=forms.TextInput({"autocomplete": "off", "aria-label": f"{reference}, case {number + 1}"}),
            )
        self.fields[f"case_{number}"] = forms.ChoiceField(
            label=f"Expected in case {number + 1}",
            choices=EXPECTED,
            required=False,
            initial="" if known is None else "yes" if known.get("fires") else "no",
            widget=forms.Select({"aria-label": f"Expected, case {number + 1}"}),
        )

    @property
    def rows(self) -> list[tuple[int, list[BoundField], BoundField]]:
        """Return number, values and what is expected of each case."""
        return [
            (number, [self[f"case_{number} {one}"] for one in self.references], self[f"case_{number}"])
            for number in range(self.count)
        ]

    @property
    def about(self) -> list[BoundField]:
        """Return the fields of the check itself."""
        return [field for field in self.visible_fields() if not field.name.startswith("case_")]

    def clean(self) -> dict[str, Any]:
        """Read the cases; one with values needs to say what is expected."""
        given = super().clean() or {}
        self.cases: list[dict[str, Any]] = []
        for number in range(self.count):
            case = self.case_in(number)
            if case is not None:
                values = {one: list(value) if isinstance(value, tuple) else value for one, value in case.values}
                self.cases.append({"values": values, "fires": case.fires})
            elif any(given.get(f"case_{number} {one}") for one in self.references):
                self.add_error(f"case_{number}", "Say what is expected.")
        return given

    def case_in(self, number: int) -> Case | None:
        """Return the case in a row as it is written now, or None for an empty row."""
        expected = self[f"case_{number}"].value()
        if not expected:
            return None
        values: list[tuple[str, str | tuple[str, ...]]] = []
        for one in self.references:
            text = str(self[f"case_{number} {one}"].value() or "").strip()
            if text:
                codes = tuple(code.strip() for code in text.split(","))
                values.append((one, codes if one.rpartition("[")[2][:-1] in self.multiple else text))
        return Case(tuple(values), expected == "yes")

    @property
    def members(self) -> dict[str, Any]:
        """Return the members of the check, once the form is valid."""
        found = {name: value for name, value in super().members.items() if not name.startswith("case_")}
        form, _, item = found.pop("at").partition(" ")
        return {**found, "form": form, "item": item, "cases": self.cases}
