"""Files that belong to a field of a form."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from captures.models.captures import DataCapture
from edc.base.ids import uuid7


class UploadedFile(models.Model):
    """A file handed in at a place of a form; the capture's value names it. Its content is stored under a random key.

    Rows are never edited: another file is another row, and earlier versions of the capture still name theirs.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    capture = models.ForeignKey(DataCapture, models.PROTECT, related_name="files")
    place = models.CharField(max_length=200)
    name = models.CharField(max_length=150)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    key = models.CharField(max_length=100, unique=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name
