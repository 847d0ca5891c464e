"""What people typed into forms and did not save."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from edc.base.ids import uuid7
from patients.models import Subject


class EntryDraft(models.Model):
    """What one person typed into a form and has not saved, as they typed it: nothing of record, read by them alone.

    `typed` maps names of the page's fields to lists of texts. `read_version` is the version of the capture that they
    had before them, 0 where there was none.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    subject = models.ForeignKey(Subject, models.CASCADE, related_name="+")
    visit = models.CharField(max_length=40)
    visit_repeat = models.PositiveIntegerField(default=1)
    form = models.CharField(max_length=40)
    form_repeat = models.PositiveIntegerField(default=1)
    typed = models.JSONField(default=dict)
    read_version = models.PositiveIntegerField(default=0)
    saved_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "subject", "visit", "visit_repeat", "form", "form_repeat"],
                name="one_draft_of_a_person_per_form",
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.form_repeat}, {self.visit} {self.visit_repeat}"
