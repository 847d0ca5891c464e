"""Files of forms: hand one in, take it from its form, fetch it."""

import hashlib
import secrets
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction

from audit import services as audit
from captures import permissions
from captures.models import DataCapture, UploadedFile
from captures.services.entering import save_capture
from captures.validators import HeldFile
from edc.accounts.models import User
from edc.base.actor import name_actor
from edc.base.errors import Invalid, require
from edc.base.uploads import kind_of, safe_name, scan
from trials.definition import ItemType, find_place


class NoFile(Invalid):
    """Nothing was chosen."""


LARGEST_FILE = 10_000_000
KINDS_TAKEN = "PDF, PNG, JPEG or plain text (also CSV)"


def files() -> Storage:
    """Return where files are stored."""
    return storages["files"]


def attach_file(
    *,
    capture: DataCapture,
    place: str,
    content: File,  # type: ignore[type-arg]
    name: str,
    reason: str = "",
    version: int,
    by: User,
) -> DataCapture:
    """Store a file as the value of a field that takes one; what it is shows its content, not its name.

    Raises Invalid for too large files and kinds that are not taken, Infected or ScannerSilent by the virus scanner, and
    what `save_capture` raises. Nothing of a refused file stays.
    """
    require(permissions.can_change(by, capture))
    _check_place(capture, place)
    if not content.size or content.size > LARGEST_FILE:
        raise Invalid({"content": [f"Choose a file of at most {LARGEST_FILE // 1_000_000} MB that is not empty."]})
    kind = kind_of(content)
    if kind is None:
        raise Invalid({"content": [f"Files of this kind are not taken. Choose a {KINDS_TAKEN}."]})
    scan(content)
    key = files().save(secrets.token_hex(32), content)
    try:
        with transaction.atomic():
            row = _row(capture, place, content, safe_name(name, kind), by)
            row.media_type, row.key = kind.media_type, key
            name_actor(by.pk, action="captures.file_attached", reason=reason)
            row.save(force_insert=True)
            value: Any = HeldFile(file=str(row.pk), name=row.name)
            return save_capture(
                capture=capture, values={place: value}, merge=True, reason=reason, version=version, by=by
            )
    except BaseException:
        files().delete(key)
        raise


def detach_file(*, capture: DataCapture, place: str, reason: str = "", version: int, by: User) -> DataCapture:
    """Take the file from its field; earlier versions of the form still have it."""
    _check_place(capture, place)
    return save_capture(capture=capture, values={place: None}, merge=True, reason=reason, version=version, by=by)


@transaction.atomic
def fetch_file(*, file: UploadedFile, by: User) -> File:  # type: ignore[type-arg]
    """Return the content of a file, on record."""
    capture = file.capture
    audit.record(
        by=by,
        action="captures.file_fetched",
        entity_type="UploadedFile",
        entity_id=file.pk,
        trial_id=capture.trial_id,
        site_id=capture.site_id,
        patient_id=capture.patient_id,
        subject_id=capture.subject_id,
        metadata={"form": str(capture.pk), "sha256": file.sha256},
    )
    return files().open(file.key)


def _check_place(capture: DataCapture, place: str) -> None:
    form = capture.form_definition
    found = find_place(form, place) if form else None
    if found is None or found.item.type != ItemType.FILE:
        raise Invalid({"place": ["This form takes no file there."]})


def _row(capture: DataCapture, place: str, content: File, name: str, by: User) -> UploadedFile:  # type: ignore[type-arg]
    sha256 = _digest(content)
    return UploadedFile(
        capture=capture, place=place, name=name, size=content.size, sha256=sha256, uploaded_by=by
    )  # fmt: skip


def _digest(content: File) -> str:  # type: ignore[type-arg]
    content.seek(0)
    found = hashlib.sha256()
    for piece in content.chunks():
        found.update(piece)
    return found.hexdigest()
