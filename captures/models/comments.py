"""Remarks of the site beside a field of a form."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from captures.models.captures import DataCapture
from edc.base.ids import uuid7


class FieldComment(models.Model):
    """What somebody remarked at a place of a form (`ITEM` or `GROUP[row].ITEM`), for all who read it; never edited."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    capture = models.ForeignKey(DataCapture, models.PROTECT, related_name="comments")
    place = models.CharField(max_length=200)
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["capture", "place", "created_at", "id"], name="comment_by_capture")]

    def __str__(self) -> str:
        return self.text[:80]
