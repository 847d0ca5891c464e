"""Tables: a file for each form and each table in it, with a code book; every cell is safe to open."""

import csv
import io
from zipfile import ZipFile

import pytest
from django.core.management import call_command

from tests import factories

pytestmark = pytest.mark.django_db

TABLE = {"oid": "DRUGS", "name": "Drugs", "repeating": True, "most": 5, "items": ["DRUG"]}


def tables_of(trial, tmp_path):
    """Return the rows of each file of the export, by the file's name."""
    path = tmp_path / "study.zip"
    call_command("export_study", trial.protocol_number, "--format", "csv", "-o", str(path), stderr=io.StringIO())
    with ZipFile(path) as archive:
        texts = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in texts.items()}


def with_a_table():
    form = factories.DOCUMENT["forms"][0]
    items = [*factories.DOCUMENT["items"], {"oid": "DRUG", "name": "Drug", "type": "TEXT"}]
    changed = {**form, "sections": [*form["sections"], TABLE]}
    return factories.DOCUMENT | {"items": items, "forms": [changed, *factories.DOCUMENT["forms"][1:]]}


def test_a_row_is_a_form_and_a_column_an_item(tmp_path):
    site = factories.active_site()
    subject = factories.subject_at(site)
    factories.capture_of(subject, values=factories.VALUES | {"ARMS": ["SUPINE", "STANDING"]}, submit=True)

    tables = tables_of(site.trial, tmp_path)

    (row,) = tables["VS.csv"]
    assert (row["subject"], row["visit"], row["status"]) == (subject.number, "SCR", "SUBMITTED")
    assert (row["SYSBP"], row["WEIGHT"], row["ARMS"], row["NOTE"]) == ("120", "71.50", "SUPINE;STANDING", "")
    assert [one["subject"] for one in tables["subjects.csv"]] == [subject.number]


def test_a_table_in_a_form_is_a_file_of_its_own(tmp_path):
    site = factories.site_in(factories.active_trial(with_a_table()))
    rows = {"DRUGS[1].DRUG": "Aspirin", "DRUGS[2].DRUG": "Ibuprofen"}
    factories.capture_of(factories.subject_at(site), values=factories.VALUES | rows)

    tables = tables_of(site.trial, tmp_path)

    assert [(one["row"], one["DRUG"]) for one in tables["VS.DRUGS.csv"]] == [("1", "Aspirin"), ("2", "Ibuprofen")]
    assert len(tables["VS.csv"]) == 1


def test_the_code_book_says_what_each_column_means(tmp_path):
    trial = factories.active_trial()

    book = {row["column"]: row for row in tables_of(trial, tmp_path)["codebook.csv"]}

    assert book["POS"]["choices"] == "SUPINE = Lying; STANDING = Standing"
    assert (book["SYSBP"]["unit"], book["SYSBP"]["minimum"], book["SYSBP"]["file"]) == ("mmHg", "80; 20", "VS.csv")


def test_no_cell_runs_as_a_formula(tmp_path):
    site = factories.active_site()
    factories.capture_of(factories.subject_at(site), values=factories.VALUES | {"NOTE": "=HYPERLINK(0)"})

    (row,) = tables_of(site.trial, tmp_path)["VS.csv"]

    assert row["NOTE"] == "'=HYPERLINK(0)"
