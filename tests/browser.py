"""Fixtures for tests that drive Chromium against the portal as production serves it."""

import asyncio
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edc import serve
from edc.postgres import address, home

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PLACES = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
]
AXE = Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js"
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Pages are looked at on a desk in the light and on a phone in the dark; components in every pair (tests/pages).
LOOKS = [(1366, "light"), (390, "dark")]
LEFT_OUT = "there is no Chromium"


def chromium() -> str | None:
    """Return the path of the installed Chromium."""
    named = os.environ.get("EDC_CHROMIUM")
    return next(filter(None, map(shutil.which, [named] if named else PLACES)), None)


def are_mandatory() -> bool:
    return os.environ.get("CI") == "true" or os.environ.get("EDC_BROWSER_TESTS") == "required"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark browser tests, and leave them out where there is no Chromium and they may be left out."""
    asked = [item for item in items if "browser" in getattr(item, "fixturenames", ())]
    leave_out = asked and chromium() is None
    if leave_out and are_mandatory():
        raise pytest.UsageError(f"{len(asked)} browser tests must run, and {LEFT_OUT}: install it or set EDC_CHROMIUM.")
    for item in asked:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.slow)
        if leave_out:
            item.add_marker(pytest.mark.skip(reason=LEFT_OUT))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say in one line what was left out."""
    skipped = terminalreporter.stats.get("skipped", [])
    if count := sum(LEFT_OUT in str(report.longrepr) for report in skipped):
        terminalreporter.write_line(
            f"{count} browser tests were left out: {LEFT_OUT} (install it or set EDC_CHROMIUM)."
        )


@dataclass
class Portal:
    """The running portal: `portal.url + "/accounts/login/"`."""

    process: subprocess.Popen[bytes]
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def start_portal(database: str, *, workers: int = 1, port: int = 0, quiet: bool = True, **more: str) -> Portal:
    """Start the portal on a database of this run's cluster, and return it once it answers."""
    port = port or free_port()
    passwords = home.all_secrets()
    env = os.environ | {
        "DATABASE_URL": address.embedded(address.APP, passwords["app_password"], database).url(),
        "DATABASE_OWNER_URL": address.embedded(address.OWNER, passwords["owner_password"], database).url(),
        **more,
    }
    command = serve.command(port=port, workers=workers, quiet=quiet)
    portal = Portal(subprocess.Popen(command, env=env, stdin=subprocess.PIPE, cwd=home.PROJECT), port)
    try:
        wait_for(portal)
    except BaseException:
        stop(portal)
        raise
    return portal


def wait_for(portal: Portal) -> None:
    """Wait until the portal answers anything at all."""
    end = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(portal.url + "/", timeout=10).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            if portal.process.poll() is not None:
                raise RuntimeError(f"The portal ended with status {portal.process.returncode}.") from None
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def stop(portal: Portal) -> None:
    """Stop the portal as a person would."""
    portal.process.terminate()
    try:
        portal.process.wait(timeout=serve.GRACE + 5)
    except subprocess.TimeoutExpired:
        portal.process.kill()
        portal.process.wait()
    if portal.process.stdin:
        portal.process.stdin.close()


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def _worker_portal(django_db_setup) -> Iterator[Portal]:
    from django.db import connection

    portal = start_portal(connection.settings_dict["NAME"])
    yield portal
    stop(portal)


@pytest.fixture
def server(transactional_db, _worker_portal) -> Portal:
    """Return the portal, serving this worker's database as production does; what it commits is gone afterwards."""
    wait_for(_worker_portal)
    return _worker_portal


@pytest.fixture(scope="session")
def _playwright() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    before = set_loop(None)
    with sync_playwright() as playwright:
        yield playwright
        set_loop(playwright._loop)
    set_loop(before)


@pytest.fixture(scope="session")
def _chromium(_playwright) -> Iterator[Any]:
    chrome = _playwright.chromium.launch(executable_path=chromium(), headless=True, args=FLAGS)
    set_loop(None)
    yield chrome
    set_loop(_playwright._loop)
    chrome.close()


@pytest.fixture
def browser(_chromium, _playwright, monkeypatch) -> Iterator[Any]:
    """Return Chromium. Playwright's event loop counts as running only while a test asks for it."""
    from django.db import connections

    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    set_loop(_playwright._loop)
    yield _chromium
    for context in _chromium.contexts:
        context.close()
    # What was opened while the loop counted as running is out of reach once it does not.
    connections.close_all()
    set_loop(None)


@pytest.fixture
def page(browser, server) -> Iterator[Any]:
    """Return a page of a fresh session; relative addresses are the portal's. An error in its console fails the test."""
    complaints: list[str] = []
    context = browser.new_context(base_url=server.url, viewport={"width": 1366, "height": 768}, locale="en-GB")
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("console", lambda message: complaints.append(message.text) if is_fault(message) else None)
    yield context.new_page()
    assert complaints == []


def is_fault(message: Any) -> bool:
    """Return whether a line in the console is a fault of ours: a 4xx answer, which tests ask for, is none."""
    return message.type == "error" and "Failed to load resource" not in message.text


def set_loop(loop: asyncio.AbstractEventLoop | None) -> asyncio.AbstractEventLoop | None:
    """Make this the running event loop of the thread; return what it was."""
    before = asyncio._get_running_loop()
    asyncio._set_running_loop(loop)
    return before


def axe(page: Any) -> list[str]:
    """Return what on the page keeps people with disabilities out, one line each; only an empty list is good."""
    page.evaluate(AXE.read_text())
    # What passes is not listed node by node: that is most of axe's time.
    run = "tags => axe.run(document, {runOnly: tags, resultTypes: ['violations']})"
    found = page.evaluate(run, AXE_TAGS)["violations"]
    return [f"{rule['id']}: {node['target']} {node['failureSummary']}" for rule in found for node in rule["nodes"]]
