"""Files of forms."""

from uuid import UUID

from captures.models import UploadedFile
from captures.selectors.captures import captures_visible_to
from captures.selectors.sight import Sight
from edc.accounts.models import User


def file_seen_by(user: User, pk: UUID) -> UploadedFile | None:
    """Return the file if this person may see its form and what stands at its place there, also in earlier versions."""
    rows = UploadedFile.objects.filter(capture__in=captures_visible_to(user).order_by(), pk=pk)
    file = rows.select_related("capture__study_version").defer("capture__study_version__document").first()
    return None if file is None or Sight(user).hides(file.capture, file.place) else file
