"""The README says which role may do what, as the one table in `trials.roles` has it."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from guardian.shortcuts import get_perms, remove_perm

from audit.models import AuditLog
from edc.base.actor import SYSTEM, name_actor
from tests import factories
from trials.management.commands.role_table import role_table, with_table
from trials.roles import RIGHTS, Right, Role

README = Path(__file__).parents[2] / "README.md"


def test_readme_has_the_table_as_it_is():
    text = README.read_text()

    assert with_table(text) == text, "Run: bin/edc role_table --write README.md"


def test_table_marks_each_right_of_each_role(capsys):
    call_command("role_table")

    table = capsys.readouterr().out
    assert table.count("✓") == sum(len(rights) for rights in RIGHTS.values())
    assert all(right.label in table for right in Right)
    assert all(role.label in table for role in Role)


def test_file_without_markers_is_refused(tmp_path):
    file = tmp_path / "empty.md"
    file.write_text("Nothing here")

    with pytest.raises(CommandError):
        call_command("role_table", "--write", str(file))
    assert file.read_text() == "Nothing here"
    assert role_table()


@pytest.mark.django_db
def test_sync_rights_gives_and_takes_what_the_table_says(capsys):
    site = factories.active_site()
    group = factories.coordinator_at(site).memberships.get().group
    name_actor(SYSTEM, action="trials.rights_changed")
    remove_perm(Right.ENTER_DATA, group, site)
    (taken,) = AuditLog.objects.filter(action="trials.rights_changed")
    assert (taken.entity_type, taken.site_id, taken.trial_id) == ("SiteGroupObjectPermission", site.pk, site.trial_id)

    call_command("sync_rights")
    call_command("sync_rights")

    assert set(get_perms(group, site)) == {right.value for right in RIGHTS[Role.COORDINATOR]}
    assert capsys.readouterr().out.split("\n")[:2] == ["1 group changed.", "0 groups changed."]
    given = AuditLog.objects.filter(action="trials.rights_changed").latest("sequence", "created_at")
    assert (given.actor, given.actor_role, given.entity_type) == (None, "system", "SiteGroupObjectPermission")


@pytest.mark.django_db
def test_a_change_of_a_roles_rights_without_an_actor_is_refused_by_the_database():
    site = factories.active_site()
    group = factories.coordinator_at(site).memberships.get().group
    name_actor("", action="")

    with pytest.raises(DatabaseError, match="actor"):
        remove_perm(Right.ENTER_DATA, group, site)


@pytest.mark.django_db
def test_sync_rights_wakes_the_sockets_of_those_concerned_and_of_nobody_else(monkeypatch):
    site = factories.active_site()
    nurse, _doctor = factories.coordinator_at(site), factories.investigator_at(site)
    name_actor(SYSTEM, action="trials.rights_changed")
    remove_perm(Right.ENTER_DATA, nurse.memberships.get().group, site)
    woken = []
    monkeypatch.setattr("edc.base.live.access_changed", woken.append)

    call_command("sync_rights")

    assert woken == [nurse.pk]
