"""What the forms of study building share: texts in several languages, and faults of the document at their field."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from edc.base.errors import Refused
from edc.base.forms import ServiceForm
from trials.definition.editing import Document, languages_in, rows_of
from trials.forms.fields import version_field
from trials.services.building import DocumentRefused

LONGEST_NAME, LONGEST_TEXT = 200, 10_000
OID_HELP = "Letters, digits, points, hyphens and underscores. Left empty, it is made from the name."
CHOICE = re.compile(r"\s*([^,=|\t]+?)\s*[,=\t]\s*(.+?)\s*")


class BuildForm(ServiceForm):
    """A form about one part of a draft; `part` is what the document says of it, empty for a new one.

    `kind` is the list of the document that has the part. What makes the document unsound is shown at the field whose
    member it is about, or above the form in words.
    """

    kind = ""
    # Members that hold a text for people, and how long each may be.
    texts: Mapping[str, int] = {}
    # Members by the names of the fields that are called otherwise.
    named: Mapping[str, str] = {}
    version = version_field()

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        document: Document,
        part: Mapping[str, Any] | None = None,
        version: int = 0,
        **more: Any,
    ) -> None:
        self.document, self.part = document, dict(part or {})
        self.languages = languages_in(document)
        super().__init__(data, initial={**self.initial_of(self.part), "version": version}, **more)
        self._add_languages()
        if self.part and "oid" in self.fields:
            del self.fields["oid"]

    def initial_of(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields show of the part."""
        shown = {name: value for name, value in part.items() if name not in self.texts}
        for name in self.texts:
            shown |= self._text_of(name, part.get(name, ""))
        return shown

    def _text_of(self, name: str, text: Any) -> dict[str, str]:
        own, *others = self.languages
        given = text if isinstance(text, dict) else {own: text}
        return {name: given.get(own, ""), **{f"{name}__{code}": given.get(code, "") for code in others}}

    def _add_languages(self) -> None:
        """Ask for each text in each further language of the study, right below its own."""
        order = []
        for name, field in list(self.fields.items()):
            order.append(name)
            for code in self.languages[1:] if name in self.texts else ():
                again = forms.CharField(
                    label=f"{field.label} ({code})",
                    max_length=self.texts[name],
                    required=False,
                    widget=type(field.widget)({**field.widget.attrs, "lang": code}),
                )
                self.fields[f"{name}__{code}"] = again
                order.append(f"{name}__{code}")
        self.order_fields(order)

    def text_in(self, name: str) -> Any:
        """Return a text as the document keeps it: plain in its own language alone, else by language."""
        own, *others = self.languages
        given = {own: self.cleaned_data.get(name, "")}
        given |= {code: self.cleaned_data.get(f"{name}__{code}", "") for code in others}
        given = {code: text for code, text in given.items() if text}
        return given[own] if list(given) == [own] else given

    @property
    def members(self) -> dict[str, Any]:
        """Return the members that the part is to have, once the form is valid."""
        skipped = {"version", *self.texts}
        plain = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in skipped and "__" not in name and value is not False
        }
        off = {name: None for name, value in self.cleaned_data.items() if value is False}
        return {**plain, **off, **{name: self.text_in(name) for name in self.texts if name in self.fields}}

    def refuse(self, refused: Refused) -> None:
        """Show a fault of the document at its field, or above the form in words."""
        if not isinstance(refused, DocumentRefused):
            super().refuse(refused)
            return
        self.refused = refused
        field = self.field_at(refused.where.member)
        mine = refused.where.kind == self.kind and self._is_mine(refused.where.oid)
        if mine and field in self.fields:
            self.add_error(field, refused.message)
        else:
            self.add_error(None, str(refused))

    def field_at(self, member: str) -> str:
        """Return the field that is about a member of the part."""
        return self.named.get(member, member)

    def _is_mine(self, oid: str) -> bool:
        if self.part:
            return bool(oid == self.part.get("oid", ""))
        return oid not in {row["oid"] for row in rows_of(self.document, self.kind)}

    def stored(self, row: Any) -> dict[str, Any]:
        """Return what the draft says of the part now, for who typed something else in the meantime."""
        found = next((one for one in row.document.get(self.kind, []) if one.get("oid") == self.part.get("oid")), None)
        if found is None:
            return {}
        self.document = row.document
        shown = self.initial_of(found)
        return {name: shown[name] for name in self.fields if name in shown and name != "version"}


def read_choices(text: str) -> list[dict[str, Any]]:
    """Return choices as people paste them: lines or `|` between them, `1, Yes` or `1 = Yes` or only the label.

    Raises ValidationError where a code stands twice or nothing is written.
    """
    choices: list[dict[str, Any]] = []
    for line in re.split(r"[\n|]", text):
        if not line.strip():
            continue
        match = CHOICE.fullmatch(line)
        code, label = (match[1], match[2]) if match else (str(len(choices) + 1), line.strip())
        if code in {choice["code"] for choice in choices}:
            raise forms.ValidationError(f"The code {code} is there twice.")
        choices.append({"code": code, "label": label})
    return choices


def written_choices(choices: Iterable[Mapping[str, Any]], language: str) -> str:
    """Return choices as `read_choices` reads them, one a line, in this language."""
    lines = []
    for choice in choices:
        label = choice["label"]
        if isinstance(label, dict):
            label = label.get(language) or next(iter(label.values()))
        lines.append(f"{choice['code']}, {label}")
    return "\n".join(lines)


def text_field(
    label: str, *, longest: int = LONGEST_NAME, rows: int = 0, required: bool = False, **more: Any
) -> forms.CharField:
    """Return a text for people; with `rows` of several lines."""
    widget = forms.Textarea({"rows": rows}) if rows else forms.TextInput({"autocomplete": "off"})
    return forms.CharField(label=label, max_length=longest, required=required, widget=widget, **more)


def expression_field(label: str, help_text: str = "") -> forms.CharField:
    """Return an expression, which the page checks while it is typed."""
    attributes = {"rows": 2, "class": "is-code", "spellcheck": "false", "autocomplete": "off", "data-expression": True}
    return forms.CharField(
        label=label, max_length=4_000, required=False, widget=forms.Textarea(attributes), help_text=help_text
    )
