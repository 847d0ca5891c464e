"""Who may do anything to the tables of the tests."""

import psycopg
import pytest
from django.db import connection

from edc.postgres import address, home


@pytest.fixture
def owner(transactional_db):
    """Return a connection of the tables' owner, to the same database."""
    name = connection.settings_dict["NAME"]
    where = address.embedded(address.OWNER, home.all_secrets()["owner_password"], name)
    with psycopg.connect(where.url(), autocommit=True) as opened:
        yield opened
