"""Every test runs on a real PostgreSQL, as the application's restricted role, in a database of its worker."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import django
import pytest
from hypothesis import HealthCheck, settings

from tests import cluster

pytest_plugins = ["tests.network", "tests.browser"]

IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
# Several workers share the machine: how long an example takes says nothing.
settings.register_profile("shared", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared")

if not IS_WORKER:
    for name in set(os.environ) - cluster.KEPT:
        if name.startswith(cluster.FOREIGN):
            del os.environ[name]
    os.environ |= {"EDC_ENVIRONMENT": "test", "EDC_HOME": str(cluster.make_folder())}
# Set here and not in pyproject.toml: pytest-django would load the settings before the lines above.
os.environ["DJANGO_SETTINGS_MODULE"] = "edc.settings"


def pytest_configure(config: pytest.Config) -> None:
    """Start the cluster, once for all workers, before the settings ask for its passwords."""
    if not (IS_WORKER or config.option.collectonly or config.option.help):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        cluster.sweep()
        this_run().start()
    django.setup()


def pytest_unconfigure() -> None:
    """Remove the cluster, also after Ctrl-C."""
    if not IS_WORKER:
        this_run().remove()


def this_run() -> cluster.Cluster:
    return cluster.Cluster(Path(os.environ["EDC_HOME"]))


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """Give this worker a database, and give it a new one after every test that commits.

    Append-only tables cannot be emptied, so Django's way, TRUNCATE, is closed.
    """
    from django.db import connection, connections
    from django.test import TransactionTestCase

    name = f"edc_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"
    cluster.clone(name)
    connection.settings_dict["NAME"] = name

    def clone_again(_test: TransactionTestCase) -> None:
        cluster.close_connections()
        cluster.clone(name)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", clone_again)
        yield
    with django_db_blocker.unblock():
        connections.close_all()
