"""Scales: a row of numbers to choose from, or a line with a slider and a box for the number beside it."""

from decimal import Decimal
from typing import Any

from django import forms

from captures.forms.typed import Typed
from trials.definition import Scale
from trials.definition.values import plain

# So many numbers stand in one row; more are a line.
MOST_STEPS = 11


class Steps(forms.RadioSelect):
    """The numbers of a short scale in a row, with what its ends mean."""

    template_name = "captures/entry/steps.html"

    def __init__(self, scale: Scale, **more: Any) -> None:
        super().__init__({"class": "scale-steps"}, **more)
        self.scale = scale

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template shows."""
        return super().get_context(name, value, attrs) | {"scale": self.scale}


class Line(forms.TextInput):
    """A box for the number, and a slider that fills it in; a visual scale hides the number from who answers it."""

    template_name = "captures/entry/line.html"

    def __init__(self, scale: Scale, *, touch: bool) -> None:
        super().__init__({"autocomplete": "off", "inputmode": "decimal", "class": "is-number"})
        self.scale, self.hides = scale, touch and scale.visual

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return what the template shows."""
        return super().get_context(name, value, attrs) | {"scale": self.scale, "hides": self.hides}


def scale_field(scale: Scale, *, touch: bool, stored: Any) -> forms.Field:
    """Return the field of a scale; it can show what is `stored`, also where that is no number of the scale."""
    steps = (Decimal(scale.maximum) - Decimal(scale.minimum)) / Decimal(scale.step) + 1
    if scale.visual or steps > MOST_STEPS:
        return Typed(stored=stored, required=False, widget=Line(scale, touch=touch))
    numbers = [plain(Decimal(scale.minimum) + number * Decimal(scale.step)) for number in range(int(steps))]
    choices = [(number, number) for number in numbers]
    if stored and stored not in numbers:
        choices.append((stored, stored))
    return forms.ChoiceField(choices=[*choices, ("", "No answer")], required=False, widget=Steps(scale))
