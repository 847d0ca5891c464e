"""Rows and versions that the owner of the database took away or changed, and chains cut at their end, show."""

import pytest
from django.core.management import CommandError, call_command

from audit import selectors
from captures import services as captures
from tests import factories

pytestmark = pytest.mark.slow

TABLES = ("audit_auditlog", "captures_datacapture", "captures_historicaldatacapture")
VERSIONS, FIRST = "captures_historicaldatacapture", "id = 'CAPTURE' and version = 1"
COPY = f"create temporary table copied as select * from {VERSIONS} where {FIRST}"
CRIMES = {
    "row removed": ("delete from captures_datacapture where id = 'CAPTURE'", "the row is gone"),
    "old value changed": (
        f"""update {VERSIONS} set data = jsonb_set(data, '{{SYSBP}}', '"121"') where {FIRST}""",
        "version 1: it is not what the trail says of SYSBP",
    ),
    "version removed": (f"delete from {VERSIONS} where {FIRST}", "version 1: its row is gone"),
    "version slipped in": (
        f"{COPY}; update copied set version = 77, history_id = -1; insert into {VERSIONS} select * from copied",
        "version 77: the trail knows no such",
    ),
    "author changed": (f"update {VERSIONS} set history_user_id = gen_random_uuid() where {FIRST}", "1: its author"),
    "time changed": (
        f"update {VERSIONS} set history_date = history_date - interval '1 day' where {FIRST}",
        "1: its author, time",
    ),
    "reason changed": (f"update {VERSIONS} set history_change_reason = 'Other' where {FIRST}", "1: its author"),
}


@pytest.fixture
def capture(transactional_db):
    """A form that was corrected, so that its first version is not what it holds now."""
    capture = factories.capture_of(factories.subject_at(factories.active_site()), submit=True)
    nurse = factories.coordinator_at(capture.site)
    values = factories.VALUES | {"SYSBP": "131"}
    return captures.save_capture(capture=capture, values=values, reason="Misread", version=1, by=nurse)


def unseen(owner, statement: str, capture) -> None:
    for table in TABLES:
        owner.execute(f"alter table {table} disable trigger user")
    for each in statement.replace("CAPTURE", str(capture.pk)).split("; "):
        owner.execute(each)
    for table in TABLES:
        owner.execute(f"alter table {table} enable trigger user")


@pytest.mark.parametrize("crime", CRIMES)
def test_what_is_done_to_a_row_or_a_version_shows(owner, capture, crime, capsys):
    assert selectors.verify().faults == []
    statement, told = CRIMES[crime]

    unseen(owner, statement, capture)

    assert any(told in fault for fault in selectors.verify().faults)
    assert not selectors.verify(selectors.Part("patient_id", capture.patient_id)).is_whole
    with pytest.raises(CommandError):
        call_command("verify_audit")
    assert told in capsys.readouterr().err


# The last correction undone, its event and its version with it; or all of a form, as if it had never been.
WITHOUT_A_TRACE = {
    "cut and rolled back": (
        "delete from audit_auditlog where stream = 'CAPTURE' and entity_version = 2; "
        f"delete from {VERSIONS} where id = 'CAPTURE' and version = 2; "
        f"update captures_datacapture c set data = h.data, version = 1 from {VERSIONS} h"
        " where c.id = h.id and c.id = 'CAPTURE'"
    ),
    "erased": (
        "delete from audit_auditlog where stream = 'CAPTURE'; "
        f"delete from {VERSIONS} where id = 'CAPTURE'; "
        "delete from captures_datacapture where id = 'CAPTURE'"
    ),
}


@pytest.mark.parametrize("crime", WITHOUT_A_TRACE)
def test_a_list_of_heads_shows_what_agrees_with_itself(owner, capture, crime, tmp_path, capsys):
    kept = tmp_path / "heads.txt"
    call_command("audit_heads", "-o", str(kept))
    call_command("verify_audit", "--against", str(kept))

    unseen(owner, WITHOUT_A_TRACE[crime], capture)

    call_command("verify_audit")
    assert capsys.readouterr().out.count(": whole") == 2
    with pytest.raises(CommandError):
        call_command("verify_audit", "--against", str(kept))
    assert f"of {capture.pk}, with which the chain ended when the list was made, is gone" in capsys.readouterr().err


def test_a_trail_that_went_on_still_has_the_heads_of_before(capture, tmp_path, capsys):
    kept = tmp_path / "heads.txt"
    call_command("audit_heads", "-o", str(kept))
    digest = kept.read_text().split()[-1]
    assert digest in capsys.readouterr().out

    factories.finalised_capture_of(factories.subject_at(capture.site))

    call_command("verify_audit", "--against", str(kept))
    assert ": whole" in capsys.readouterr().out


def _other(text: str) -> str:
    lines = text.splitlines(keepends=True)
    stream, sequence, own = lines[1].split()
    return "".join([lines[0], f"{stream} {sequence} {own[::-1]}\n", *lines[2:]])


SPOILED = {
    "a line left out": (lambda text: "".join(text.splitlines(keepends=True)[:1] + text.splitlines(True)[2:]), "digest"),
    "another hash": (_other, "digest"),
    "cut off": (lambda text: "".join(text.splitlines(keepends=True)[:-1]), "cut off"),
    "something after its end": (lambda text: f"{text}more\n", "digest"),
    "a line that is none": (lambda text: text.replace("\nend", "\nnonsense\nend"), "cannot be read at line"),
    "another file": (lambda text: text[5:], "no list of heads"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("spoil", SPOILED)
def test_a_list_that_was_changed_is_refused(tmp_path, spoil):
    factories.active_site()
    kept = tmp_path / "heads.txt"
    call_command("audit_heads", "-o", str(kept))
    change, told = SPOILED[spoil]
    kept.write_text(change(kept.read_text()))

    with pytest.raises(CommandError, match=told):
        call_command("verify_audit", "--against", str(kept))


@pytest.mark.django_db
def test_a_list_is_never_written_over(tmp_path):
    kept = tmp_path / "heads.txt"
    call_command("audit_heads", "-o", str(kept))
    before = kept.read_text()

    with pytest.raises(CommandError):
        call_command("audit_heads", "-o", str(kept))
    assert kept.read_text() == before


@pytest.mark.django_db
def test_a_list_that_is_not_there_is_said(tmp_path):
    with pytest.raises(CommandError, match="nowhere"):
        call_command("verify_audit", "--against", str(tmp_path / "nowhere"))
