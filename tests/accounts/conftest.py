"""People of these tests. What imports the models is imported late: pytest loads this before Django."""

import pytest


@pytest.fixture(autouse=True)
def _quick_hashes(request, settings):
    if "real_hashes" not in request.fixturenames:
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def real_hashes() -> None:
    """Hash as in production: slowly."""


@pytest.fixture(autouse=True)
def _after_commit_at_once(request, monkeypatch):
    """Do at once what waits for the commit: the transaction around a test never commits."""
    if "transactional_db" not in request.fixturenames:
        monkeypatch.setattr("django.db.transaction.on_commit", lambda run, using=None, robust=False: run())


@pytest.fixture
def person(db):
    from tests.accounts.doors import make_person

    return make_person("ines@clinic.example")


@pytest.fixture
def administrator(db):
    from edc.accounts.models import User
    from tests.accounts.doors import PASSWORD

    return User.objects.create_superuser("root@clinic.example", PASSWORD, display_name="Root")
