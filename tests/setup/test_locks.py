"""What is installed is locked by hash, names no host, and is no older than the last hole we know of."""

import re
from importlib.metadata import version

import pytest

from edc.postgres.home import PROJECT

LOCKS = ["requirements.txt", "requirements-dev.txt"]
FLOORS = {
    "channels": "3.0.3",
    "daphne": "4.2.2",
    "django": "5.2.19",
    "django-allauth": "65.21.1",
    "djangorestframework": "3.17.2",
    "lxml": "6.1.0",
}


def text(lock: str) -> str:
    return (PROJECT / lock).read_text()


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^ ;\\]+)", text(lock), re.MULTILINE))


def number(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", release))


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_host_and_no_index(lock):
    assert not re.search(r"https?:|--[a-gi-z]| @ ", text(lock))


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_has_a_version_and_hashes(lock):
    entries = re.split(r"\n(?=\S)", text(lock).strip())

    assert {entry.partition("==")[0].partition("[")[0] for entry in entries} == set(pins(lock))
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_what_the_tests_need_includes_what_the_portal_needs():
    portal, tests = (pins(lock) for lock in LOCKS)

    assert portal.items() <= tests.items()


@pytest.mark.parametrize("package", FLOORS)
def test_no_package_has_a_hole_that_was_closed(package):
    for lock in LOCKS:
        if pinned := pins(lock).get(package):
            assert number(pinned) >= number(FLOORS[package])
            assert version(package) == pinned
