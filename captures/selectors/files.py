"""Files of forms."""

from django.db.models import QuerySet

from captures.models import UploadedFile
from captures.selectors.captures import captures_visible_to
from edc.accounts.models import User


def files_visible_to(user: User) -> QuerySet[UploadedFile]:
    """Return the files of the captures that this person may see, also those of their earlier versions."""
    return UploadedFile.objects.filter(capture__in=captures_visible_to(user).order_by()).select_related("capture")
