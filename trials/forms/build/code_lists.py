"""The form of a code list: a row for each choice, and lines to paste."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from trials.forms.build.parts import LONGEST_TEXT, BuildForm, read_choices, text_field

BLANK_ROWS = 3
MOST_CHOICES = 2_000


class CodeListForm(BuildForm):
    """A code list. Rows are `code_0`, `label_0`, `label_0__de`, `order_0`; an empty code takes the row out."""

    kind = "code_lists"
    named = {"choices": "more"}
    name = text_field("Name")
    more = forms.CharField(
        label="More choices",
        required=False,
        max_length=LONGEST_TEXT * 10,
        widget=forms.Textarea({"rows": 4, "placeholder": "1, Yes | 2, No"}),
        help_text="One a line, or with | between them: code, a comma, label. They go to the end.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        known = self.part.get("choices", [])
        typed = [name for name in data or () if name.startswith("code_") and name[5:].isdecimal()]
        self.count = min(max([len(known) + BLANK_ROWS, *(int(name[5:]) + 1 for name in typed)]), MOST_CHOICES)
        for number in range(self.count):
            choice = known[number] if number < len(known) else {}
            self._add_row(number, choice)

    def _add_row(self, number: int, choice: Mapping[str, Any]) -> None:
        def text(label: str, initial: str, **attributes: str) -> forms.CharField:
            widget = forms.TextInput({"autocomplete": "off", "aria-label": f"{label}, row {number + 1}", **attributes})
            return forms.CharField(label=f"{label} {number + 1}", required=False, initial=initial, widget=widget)

        own, *others = self.languages
        labels = choice.get("label", "")
        labels = labels if isinstance(labels, dict) else {own: labels}
        self.fields[f"order_{number}"] = forms.DecimalField(
            label=f"Place {number + 1}",
            required=False,
            initial=number + 1,
            widget=forms.TextInput(
                {"inputmode": "decimal", "aria-label": f"Place, row {number + 1}", "class": "is-limit"}
            ),
        )
        self.fields[f"code_{number}"] = text("Code", choice.get("code", ""))
        self.fields[f"label_{number}"] = text("Label", labels.get(own, ""))
        for code in others:
            self.fields[f"label_{number}__{code}"] = text(f"Label ({code})", labels.get(code, ""), lang=code)

    @property
    def rows(self) -> list[tuple[BoundField, BoundField, list[BoundField]]]:
        """Return place, code and labels of each row."""
        return [
            (
                self[f"order_{number}"],
                self[f"code_{number}"],
                [self[f"label_{number}"], *(self[f"label_{number}__{code}"] for code in self.languages[1:])],
            )
            for number in range(self.count)
        ]

    def clean(self) -> dict[str, Any]:
        """Read the rows in their order, then what was pasted; a code stands once, and has a label."""
        given = super().clean() or {}
        known = {choice["code"]: choice for choice in self.part.get("choices", [])}
        found: list[dict[str, Any]] = []
        places = [(given.get(f"order_{number}") or number + 1, number) for number in range(self.count)]
        for _, number in sorted(places):
            code, label = given.get(f"code_{number}"), self._label(given, number)
            if code and not label:
                self.add_error(f"label_{number}", "Write what the code means.")
            elif label and not code:
                self.add_error(f"code_{number}", "Write the code that is stored.")
            elif code in {choice["code"] for choice in found}:
                self.add_error(f"code_{number}", f"The code {code} is there twice.")
            elif code:
                found.append({**known.get(code, {}), "code": code, "label": label})
        try:
            found += read_choices(given.get("more", ""))
        except forms.ValidationError as error:
            self.add_error("more", error)
        if not found and not self.errors:
            self.add_error("more", "A code list has at least one choice.")
        self.choices = found
        return given

    def _label(self, given: Mapping[str, Any], number: int) -> Any:
        own, *others = self.languages
        texts = {own: given.get(f"label_{number}", "")}
        texts |= {code: given.get(f"label_{number}__{code}", "") for code in others}
        texts = {code: text for code, text in texts.items() if text}
        return texts[own] if list(texts) == [own] else texts

    @property
    def members(self) -> dict[str, Any]:
        """Return name and choices."""
        return {"name": self.cleaned_data["name"] or self.part.get("name", ""), "choices": self.choices}
