"""What the browser loads is what we reviewed, comes from us alone, and keeps to the content security policy."""

import gzip
import hashlib
import json
import re

import pytest
from django.conf import settings
from django.core.management import call_command
from django.template.loader import get_template

from edc.base import statuses

STATIC = settings.BASE_DIR / "static"
VENDOR = STATIC / "vendor"
TEMPLATES = settings.BASE_DIR / "templates"
PACKAGES = json.loads((VENDOR / "VENDOR.json").read_text())
OURS = sorted((STATIC / "edc").iterdir())
PAGES = sorted(TEMPLATES.rglob("*.html"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package["name"])
def test_vendored_files_are_the_ones_we_reviewed(package):
    folder = VENDOR / f"{package['name']}-{package['version']}"

    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}

    assert found == package["sha256"]
    assert "LICENSE" in found


def test_nothing_is_vendored_that_is_not_listed():
    listed = {f"{package['name']}-{package['version']}" for package in PACKAGES}

    assert {path.name for path in VENDOR.iterdir()} == listed | {"VENDOR.json"}


@pytest.mark.parametrize("path", OURS, ids=lambda path: path.name)
def test_our_own_files_load_nothing_from_outside(path):
    addresses = set(re.findall(r"https?://[^\s'\"%)]+", path.read_text()))

    assert addresses <= {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_pages_have_nothing_inline(path):
    text = re.sub(r"{#.*?#}|{% comment %}.*?{% endcomment %}", "", path.read_text(), flags=re.DOTALL)

    assert not re.findall(r"<style|<script(?![^>]*\bsrc=)[^>]*>|\sstyle=|\son[a-z]+=|hx-on|javascript:|https?://", text)


def test_every_icon_is_in_the_sprite():
    package = next(package for package in PACKAGES if "icons" in package)
    sprite = (VENDOR / f"{package['name']}-{package['version']}" / "icons.svg").read_text()
    used = {look.icon for look in statuses.LOOKS.values()}
    for path in PAGES:
        used |= set(re.findall(r"""(?:icon |icon_name=)["']([a-z0-9-]+)["']""", path.read_text()))

    assert used - set(re.findall(r'id="([^"]+)"', sprite)) == set()


@pytest.mark.slow
def test_static_files_can_be_collected_for_production(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    }

    call_command("collectstatic", interactive=False, verbosity=0)

    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert manifest["edc/parts.css"] != "edc/parts.css"
    assert (tmp_path / (manifest["vendor/bootstrap-5.3.9/bootstrap.min.css"] + ".gz")).exists()


def test_first_page_is_small_enough_for_a_slow_network():
    head = get_template("base_plain.html").render({})
    paths = re.findall(r'(?:src|href)="/static/([^"]+\.(?:css|js))"', head)

    compressed = sum(len(gzip.compress((STATIC / path).read_bytes())) for path in paths)

    assert len(paths) > 8
    assert compressed < 120_000
