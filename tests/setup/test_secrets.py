"""The secrets of an install: made once, read by its owner alone."""

import base64
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from edc import postgres
from edc.postgres import home


@pytest.fixture(autouse=True)
def _install(tmp_path, monkeypatch):
    monkeypatch.setenv("EDC_HOME", str(tmp_path / "install"))


def test_they_are_made_once_in_a_file_nobody_else_reads():
    made = postgres.secrets()

    assert postgres.secrets() == made
    assert set(made) == {"secret_key", "field_key", "blind_index_key"}
    assert len(base64.b64decode(made["field_key"])) == len(base64.b64decode(made["blind_index_key"])) == 32
    assert stat.S_IMODE((home.folder() / "secrets.json").stat().st_mode) == 0o600
    assert [path.name for path in home.folder().iterdir()] == ["secrets.json"]


def test_everybody_who_comes_first_at_once_gets_the_same():
    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(lambda _n: home.all_secrets(), range(16)))

    assert all(one == found[0] for one in found)


def test_a_file_that_cannot_be_read_is_an_error_and_not_replaced(tmp_path):
    (tmp_path / "install" / "secrets.json").mkdir(parents=True)

    with pytest.raises(postgres.Unavailable, match="cannot be read"):
        postgres.secrets()


def test_a_place_that_cannot_hold_them_is_named(tmp_path):
    (tmp_path / "install").write_text("a file")

    with pytest.raises(postgres.Unavailable, match="EDC_HOME"):
        postgres.secrets()
