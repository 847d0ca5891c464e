"""What the trail is asked for."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.http import QueryDict

from audit import selectors
from audit.selectors import Asked, Part, Place
from edc.accounts.models import User
from edc.base.forms import ServiceForm

MOMENT = {"type": "datetime-local"}
MOMENTS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d"]


def choice(label: str, anything: str = "All") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", anything)])


def words(label: str) -> forms.CharField:
    widget = forms.TextInput({"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, required=False, max_length=100, widget=widget)


def moment(label: str) -> forms.DateTimeField:
    widget = forms.DateTimeInput(MOMENT, format=MOMENTS[0])
    return forms.DateTimeField(label=label, required=False, input_formats=MOMENTS, widget=widget)


class TrailFilter(forms.Form):
    """The filters of the audit page, bound to its address."""

    subject = words("Subject number")
    person = words("Person")
    action = choice("Act")
    since = moment("From")
    until = moment("Until")
    trial = choice("Trial")
    site = choice("Site")
    role = choice("Role")
    entity = choice("What")
    field = words("Field or item code")
    reason = words("Reason contains")
    source = choice("Through")
    entity_id = forms.UUIDField(required=False, widget=forms.HiddenInput)

    # The place of a page, and the kind of file.
    BESIDE = frozenset({"before", "format"})
    FIRST = ("subject", "person", "action", "since", "until")

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        choices = selectors.choices_for(user)
        offered = {
            "trial": choices.trials,
            "site": choices.sites,
            "entity": choices.entities,
            "action": choices.actions,
            "role": choices.roles,
            "source": choices.sources,
        }
        for name, pairs in offered.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [*field.choices, *pairs]  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        """Refuse what the trail knows no filter for: a list that ignores it would be taken for what was asked."""
        for name in sorted(set(self.data) - set(self.fields) - self.BESIDE):
            self.add_error(None, f"There is no filter “{name[:40]}”.")
        if self.data.get("before") and Place.read(self.data["before"]) is None:
            self.add_error(None, "This address leads to no page of the trail. Start again from the newest.")
        return super().clean() or self.cleaned_data

    @property
    def first_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.FIRST]

    @property
    def further_fields(self) -> list[forms.BoundField]:
        return [field for field in self.visible_fields() if field.name not in self.FIRST]

    @property
    def is_further(self) -> bool:
        """Whether one of the filters that are folded away is in use or wrong."""
        return any(field.data or field.errors for field in self.further_fields)

    def asked(self) -> Asked:
        """Return what was asked for; call it when the form is valid."""
        given = self.cleaned_data
        return Asked(
            trial=UUID(given["trial"]) if given["trial"] else None,
            site=UUID(given["site"]) if given["site"] else None,
            patients=selectors.patients_numbered(given["subject"], by=self.user) if given["subject"] else None,
            people=selectors.people_called(given["person"]) if given["person"] else None,
            entity_id=given["entity_id"],
            entity_type=given["entity"],
            action=given["action"],
            field=given["field"],
            role=given["role"],
            source=given["source"],
            reason=given["reason"],
            since=given["since"],
            until=given["until"],
        )

    def chips(self, path: str) -> list[dict[str, str]]:
        """Return each filter in use, with the address of the same list without it."""
        used = {name: value for name, value in self.data.items() if name in self.fields and value}
        return [
            {"label": f"{self._label(name)}: {self._shown(name, value)}", "url": _address(path, used, without=name)}
            for name, value in used.items()
        ]

    def query(self) -> str:
        """Return the filters in use, for an address."""
        return urlencode({name: value for name, value in self.data.items() if name in self.fields and value})

    def _label(self, name: str) -> str:
        return "One thing" if name == "entity_id" else str(self.fields[name].label)

    def _shown(self, name: str, value: str) -> str:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            return str(dict(field.choices).get(value, value))  # type: ignore[arg-type]
        return value.replace("T", " ") if name in {"since", "until"} else value


class CheckTrail(ServiceForm):
    """Which part of the trail to verify; the narrowest of what is given counts."""

    trial = choice("Trial", "Choose a trial")
    site = choice("Site", "or one of its sites")
    subject = forms.CharField(label="Subject number", required=False, max_length=40)

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        choices = selectors.choices_for(user)
        read = {"trial": set(selectors.reach_of(user).trials), "site": selectors.sites_read(user)}
        for name, pairs in (("trial", choices.trials), ("site", choices.sites)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                offered = [(key, label) for key, label in pairs if UUID(key) in read[name]]
                field.choices = [*field.choices, *offered]  # type: ignore[misc]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if self.errors:
            return given
        if number := given["subject"]:
            found = selectors.patients_numbered(number, by=self.user)
            if len(found) != 1:
                unclear = "You see no subject with this number." if not found else "Several trials have this number."
                self.add_error("subject", unclear)
                return given
            given["part"] = Part("patient_id", found[0])
        elif given["site"]:
            given["part"] = Part("site_id", UUID(given["site"]))
        elif given["trial"]:
            given["part"] = Part("trial_id", UUID(given["trial"]))
        else:
            self.add_error(None, "Choose a trial, a site or a subject.")
        return given


def _address(path: str, used: dict[str, str], *, without: str) -> str:
    rest = {name: value for name, value in used.items() if name != without}
    return f"{path}?{urlencode(rest)}" if rest else path
