"""Files that people hand in: what they are by their content, under which name they are kept, and their scan."""

import re
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from django.conf import settings
from django.core.files.base import File

from edc.base.errors import Refused
from edc.base.texts import plain_name

LONGEST_NAME, HEAD, SCANNER_PATIENCE = 150, 8_192, 30
CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class FileKind:
    """A kind of file that is taken: how its content begins, and how its name ends."""

    media_type: str
    suffixes: tuple[str, ...]
    is_one: Callable[[bytes], bool]


def _is_text(head: bytes) -> bool:
    try:
        # The last character may be cut off.
        head.decode() if len(head) < HEAD else head[:-4].decode(errors="strict" if head.isascii() else "ignore")
    except UnicodeDecodeError:
        return False
    return not CONTROL.search(head)


KINDS = (
    FileKind("application/pdf", (".pdf",), lambda head: head.startswith(b"%PDF-")),
    FileKind("image/png", (".png",), lambda head: head.startswith(b"\x89PNG\r\n\x1a\n")),
    FileKind("image/jpeg", (".jpg", ".jpeg"), lambda head: head.startswith(b"\xff\xd8\xff")),
    FileKind("text/plain", (".txt", ".csv"), _is_text),
)


class Infected(Refused):
    """The scanner found something in a file."""


class ScannerSilent(Refused):
    """The scanner that is configured does not answer: nothing is taken without it."""

    status = 503


def kind_of(content: File) -> FileKind | None:  # type: ignore[type-arg]
    """Return what the content is, whatever its name says; None for what is not taken."""
    content.seek(0)
    head = content.read(HEAD)
    content.seek(0)
    return next((kind for kind in KINDS if head and kind.is_one(head)), None)


def safe_name(name: str, kind: FileKind) -> str:
    """Return the file's own name without its folder and what cannot be seen, ending as its kind does."""
    own = PurePath(plain_name(name).replace("\\", "/")).name or "file"
    stem, suffix = PurePath(own).stem, PurePath(own).suffix
    if suffix.lower() in kind.suffixes:
        return stem[: LONGEST_NAME - len(suffix)] + suffix
    return own[: LONGEST_NAME - len(kind.suffixes[0])] + kind.suffixes[0]


def scan(content: File) -> None:  # type: ignore[type-arg]
    """Let the scanner look at a file, where one is configured (EDC_CLAMAV); raise Infected or ScannerSilent."""
    if not settings.CLAMAV:
        return
    try:
        answer = _ask_clamav(settings.CLAMAV, content)
    except OSError:
        raise ScannerSilent("Files cannot be scanned at the moment. Try again later.") from None
    finally:
        content.seek(0)
    if b"FOUND" in answer:
        raise Infected("The virus scanner refuses this file.")
    if not answer.rstrip(b"\0\n").endswith(b"OK"):
        raise ScannerSilent("The virus scanner could not read this file.")


def _ask_clamav(address: str, content: File) -> bytes:  # type: ignore[type-arg]
    """Send the content as clamd's INSTREAM wants it, in pieces behind their lengths; return what it says."""
    host, _, port = address.rpartition(":")
    family, where = (socket.AF_INET, (host, int(port))) if host else (socket.AF_UNIX, address)
    with socket.socket(family, socket.SOCK_STREAM) as wire:
        wire.settimeout(SCANNER_PATIENCE)
        wire.connect(where)
        wire.sendall(b"zINSTREAM\0")
        content.seek(0)
        for piece in content.chunks(HEAD):
            wire.sendall(struct.pack("!I", len(piece)) + piece)
        wire.sendall(struct.pack("!I", 0))
        return wire.recv(HEAD)
