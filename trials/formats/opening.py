"""Files opened within limits: plain, in gzip, or alone in a zip; what is bigger than it may be is refused."""

import gzip
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol

from trials.formats.study import FileRefused

LARGEST = 4 * 1024**3
# Real studies shrink to a fiftieth at most; what shrinks far more was made to fill the memory.
MOST_RATIO, UNMEASURED = 200, 32 * 1024**2
MOST_MEMBERS = 1_000
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
GZIP, ZIP, EMPTY_ZIP = b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06"


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many bytes."""


class Limited:
    """A stream that stops at a size, and where far more comes out than went in."""

    def __init__(self, stream: Readable, packed: int | None, largest: int = LARGEST) -> None:
        self.stream, self.packed, self.largest, self.size = stream, packed, largest, 0

    def read(self, size: int = -1) -> bytes:
        try:
            data = self.stream.read(size if 0 <= size <= 1 << 20 else 1 << 20)
        except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise FileRefused(f"byte {self.size:,}", "the compressed file", f"It is damaged: {error}.") from None
        self.size += len(data)
        if self.size > self.largest:
            raise FileRefused(f"byte {self.largest:,}", "the file", f"More than {self.largest:,} bytes are not read.")
        if self.packed and self.size > UNMEASURED and self.size > MOST_RATIO * self.packed:
            reason = f"It unpacks to more than {MOST_RATIO} times its size."
            raise FileRefused(f"byte {self.size:,}", "the compressed file", reason)
        return data

    def read_all(self, most: int) -> bytes:
        """Return the whole, refused past `most` bytes."""
        self.largest = min(self.largest, most)
        return b"".join(iter(self.read, b""))


def is_spreadsheet(path: Path) -> bool:
    """Tell whether a file is one of Excel's, the older or the newer kind."""
    with path.open("rb") as file:
        start = file.read(8)
        if start.startswith(OLD_OFFICE):
            return True
        if not start.startswith(ZIP):
            return False
        with _archive(file) as archive:
            return "xl/workbook.xml" in archive.namelist()


@contextmanager
def opened(path: Path) -> Iterator[Limited]:
    """Open a file for reading what is in it, unpacked; the packing is known by its first bytes."""
    try:
        with path.open("rb") as file:
            start = file.read(4)
            file.seek(0)
            packed = path.stat().st_size
            if start.startswith(GZIP):
                with gzip.open(file) as inner:
                    yield Limited(inner, packed)
            elif start in {ZIP, EMPTY_ZIP} and not is_spreadsheet(path):
                with _archive(file) as archive, archive.open(_member(archive)) as inner:
                    yield Limited(inner, packed)
            else:
                yield Limited(file, None)
    except IsADirectoryError:
        raise FileRefused(path.name, "the file", "This is a folder.") from None


def _archive(file: IO[bytes]) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise FileRefused("byte 0", "the zip file", f"It is damaged: {error}.") from None


def _member(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the one file of an archive; an archive with several does not say which is the study."""
    infos = archive.infolist()
    if len(infos) > MOST_MEMBERS:
        raise FileRefused("byte 0", "the zip file", f"More than {MOST_MEMBERS:,} files in it are not read.")
    names = [info.filename for info in infos]
    if "[Content_Types].xml" in names:
        raise FileRefused("byte 0", "an office document", "It is neither a study nor a spreadsheet.")
    files = [info for info in infos if not info.is_dir() and not info.filename.startswith("__MACOSX/")]
    if len(files) != 1:
        shown = ", ".join(info.filename for info in files[:5]) or "none"
        raise FileRefused("byte 0", "the zip file", f"It must hold one file, and holds {len(files)}: {shown}.")
    if files[0].flag_bits & 1:
        raise FileRefused("byte 0", f"{files[0].filename} in the zip file", "It is encrypted.")
    return files[0]
