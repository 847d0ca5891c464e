"""`bin/environment` makes .venv and keeps it in step, or says in one line what is missing."""

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile

import pytest

from edc.postgres.home import PROJECT


@pytest.fixture
def project(tmp_path):
    """Return a project whose locks ask for nothing."""
    return lay_out(tmp_path)


def lay_out(folder):
    (folder / "bin").mkdir()
    shutil.copy(PROJECT / "bin" / "environment", folder / "bin" / "environment")
    for lock in ("requirements.txt", "requirements-dev.txt"):
        (folder / lock).write_text("")
    return folder


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    project = lay_out(tmp_path_factory.mktemp("project"))
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "bin" / "python").symlink_to("/nowhere/python")
    return project, make(project, "requirements-dev.txt")


@pytest.fixture
def made(project, made_once):
    """Return a project with an environment for its tests."""
    shutil.copytree(made_once[0] / ".venv", project / ".venv", symlinks=True)
    return project


def make(project, requirements="requirements.txt", **env) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, project / "bin" / "environment", requirements]
    return subprocess.run(command, env=os.environ | env, capture_output=True, text=True, cwd="/")


def pretend_python(project, script: str) -> str:
    """Put a `python3` on the path that does what the script says, and no other Python."""
    folder = project / "pretended"
    folder.mkdir()
    (folder / "python3").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "python3").chmod(0o755)
    return str(folder)


@pytest.mark.slow
def test_an_environment_that_does_not_run_is_made_anew(made_once):
    project, done = made_once

    assert done.returncode == 0
    assert done.stderr == "edc: making .venv\nedc: installing the packages of requirements-dev.txt\n"
    assert done.stdout.strip() == str(project / ".venv" / "bin" / "python")


@pytest.mark.slow
def test_what_the_tests_need_is_enough_for_the_portal(made):
    assert make(made).stderr == ""


@pytest.mark.slow
def test_it_is_brought_up_to_date_when_the_locks_change(made):
    for lock in ("requirements.txt", "requirements-dev.txt"):
        (made / lock).write_text("# changed\n")

    assert make(made).stderr == "edc: installing the packages of requirements.txt\n"
    assert make(made).stderr == ""


@pytest.mark.slow
def test_only_the_package_with_the_locked_hash_is_installed(made, tmp_path):
    wheel = make_wheel(tmp_path)
    right, wrong = hashlib.sha256(wheel.read_bytes()).hexdigest(), "0" * 64

    def install(lock: str) -> subprocess.CompletedProcess[str]:
        for name in ("requirements.txt", "requirements-dev.txt"):
            (made / name).write_text(lock)
        return make(
            made, PIP_NO_INDEX="1", PIP_FIND_LINKS=str(wheel.parent), UV_NO_INDEX="1", UV_FIND_LINKS=str(wheel.parent)
        )

    for lock in ("thing==1.0\n", f"thing==1.0 --hash=sha256:{wrong}\n"):
        refused = install(lock)
        assert refused.returncode == 2
        assert refused.stderr.endswith("could not be installed; the reason is above.\n")
        assert not list(made.glob(".venv/lib/*/site-packages/thing.py"))
    assert install(f"thing==1.0 --hash=sha256:{right}\n").returncode == 0
    assert list(made.glob(".venv/lib/*/site-packages/thing.py"))


def make_wheel(folder):
    """Return a package of one empty module."""
    path = folder / "thing-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("thing.py", "")
        wheel.writestr("thing-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n")
        wheel.writestr("thing-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("thing-1.0.dist-info/RECORD", "thing.py,,\n")
    return path


def test_an_old_python_is_refused_in_one_line(project):
    made = make(project, PATH=pretend_python(project, "exit 1"))

    assert made.returncode == 2
    assert made.stderr.startswith("edc: Python 3.11 or newer is needed; ")
    assert made.stderr.count("\n") == 1


def test_a_python_without_venv_is_told_how_to_get_it(project):
    lacking = pretend_python(project, 'case "$2" in *ensurepip*) exit 1 ;; esac')

    made = make(project, PATH=lacking)

    assert made.returncode == 2
    assert "python3-venv" in made.stderr
    assert made.stderr.count("\n") == 1
