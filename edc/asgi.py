"""One port for everything: HTTP goes to Django on fixed threads, websockets go to Channels."""

import logging
import multiprocessing
import os
import signal
import threading
import time
from typing import Any

from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.db import DatabaseError, connections

from edc.base import jobs
from edc.base.threads import Threads
from edc.base.wsgi import Message, Receive, Send, without_underscores
from edc.wsgi import application as wsgi_application

log = logging.getLogger(__name__)

http = Threads(wsgi_application, threads=settings.THREADS, largest_body=settings.LARGEST_BODY)


class Websockets:
    """The websocket routes of `edc.urls`, loaded when Django stands."""

    def __init__(self) -> None:
        from edc.urls import websocket_urlpatterns  # noqa: PLC0415 -- needs the apps, which edc.wsgi has loaded

        self.routes = URLRouter(websocket_urlpatterns)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> Any:
        """Answer one socket."""
        cleaned = list(without_underscores(scope["headers"]))
        return await self.routes({**scope, "headers": cleaned}, receive, send)


def end_with_supervisor() -> None:
    """Where several processes serve, end this one if the one that watches over them is gone: it holds their port."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None:
        return

    def wait() -> None:
        supervisor.join()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="supervisor", daemon=True).start()


def tidy_daily() -> None:
    """Take away what has served its time, now and then once a day; of several processes one at a time does it."""
    from captures.services import tidy  # noqa: PLC0415 -- needs the apps, which edc.wsgi has loaded

    def run() -> None:
        while True:
            try:
                tidy()
            except DatabaseError as error:
                log.warning("Tidying up failed, and is tried again tomorrow: %s", error)
            finally:
                connections.close_all()
            time.sleep(settings.TIDY_EVERY.total_seconds())

    if settings.TIDY_EVERY:
        threading.Thread(target=run, name="tidy", daemon=True).start()


def work_in_background() -> None:
    """Let processes of their own write the exports that people ask for, and bring in long study files."""
    from captures.services import exports_wait  # noqa: PLC0415 -- needs the apps, which edc.wsgi has loaded
    from captures.services.importing import study_files_wait  # noqa: PLC0415 -- the same

    jobs.work("write_exports", waits=exports_wait)
    jobs.work("work_on_study_files", waits=study_files_wait)


async def lifespan(_scope: Message, receive: Receive, send: Send) -> None:
    """Follow the server's start and end."""
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            end_with_supervisor()
            tidy_daily()
            work_in_background()
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            http.close()
            await send({"type": "lifespan.shutdown.complete"})
            return


application = ProtocolTypeRouter({"http": http, "websocket": Websockets(), "lifespan": lifespan})
