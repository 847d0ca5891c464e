"""Remarks beside fields."""

from functools import partial

from django.db import transaction

from audit.services import locked, once
from captures import permissions
from captures.models import DataCapture, FieldComment
from captures.services.writing import tell_staff
from captures.validators import CONTROL
from edc.accounts.models import User
from edc.base.actor import name_actor
from edc.base.errors import Invalid, require
from edc.base.texts import is_blank, visible
from trials.definition import find_place

LONGEST_COMMENT = 2000


@transaction.atomic
def comment_on_field(*, capture: DataCapture, place: str, text: str, by: User, key: str = "") -> FieldComment:
    """Put a remark beside a field of a form, whatever state it is in; it stays as it is for all who read the form.

    Raises Invalid for a place that the form lacks and for a text with nothing to see or too much of it.
    """

    def make() -> FieldComment:
        form = capture.form_definition
        if form is None or find_place(form, place) is None:
            raise Invalid({"place": ["This form has no such item."]})
        if is_blank(text):
            raise Invalid({"text": ["Write a comment."]})
        if len(text) > LONGEST_COMMENT or CONTROL.search(text):
            raise Invalid({"text": [f"Write at most {LONGEST_COMMENT:,} characters of plain text."]})
        locked(capture)
        name_actor(by.pk, action="captures.commented")
        comment = FieldComment.objects.create(capture=capture, place=place, text=visible(text), author=by)
        tell_staff(capture, "captures.commented", by=by)
        return comment

    allow = partial(_allow, by, capture)
    asked = [capture.pk, place, text]
    return once(FieldComment, make, allow=allow, by=by, key=key, action="captures.commented", asked=asked)


def _allow(by: User, capture: DataCapture) -> None:
    require(permissions.can_comment(by, capture))
