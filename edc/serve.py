"""`python -m edc.serve`: the portal on one port, as production serves it.

From the environment: HOST, PORT, WORKERS (processes) and EDC_TRUSTED_PROXIES; EDC_PROXY_ADDRESSES are the addresses
of those proxies. uvicorn speaks HTTP and websockets; `edc.asgi` says what happens to both.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from typing import Any

import uvicorn

# Sockets count as connections, and thousands of them may be open and idle.
MOST_CONNECTIONS = 10_000
LARGEST_FRAME = 65_536
# Seconds that requests under way and open sockets get when the server stops.
GRACE = 10

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"path_only": {"()": "edc.serve.PathOnly"}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {
        "uvicorn": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "uvicorn.access": {"filters": ["path_only"]},
    },
}


class PathOnly(logging.Filter):
    """Keep queries out of the access log: people search for names and numbers."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Cut the query off the path."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, str(path).partition("?")[0], version, status)
        return True


def command(*, port: int, workers: int = 1, host: str = "127.0.0.1", quiet: bool = False) -> list[str]:
    """Return the command that serves, ending when the process that holds its standard input ends."""
    asked = [sys.executable, "-m", "edc.serve", "--host", host, "--port", str(port), "--workers", str(workers)]
    return [*asked, "--with-parent", *(["--quiet"] if quiet else [])]


def serve(*, host: str, port: int, workers: int, quiet: bool) -> None:
    """Serve until told to stop."""
    proxies = os.environ.get("EDC_TRUSTED_PROXIES", "0").strip() not in {"", "0"}
    uvicorn.run(
        "edc.asgi:application",
        host=host,
        port=port,
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=LARGEST_FRAME,
        ws_per_message_deflate=False,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
        proxy_headers=proxies,
        forwarded_allow_ips=os.environ.get("EDC_PROXY_ADDRESSES", "127.0.0.1") if proxies else "",
        server_header=False,
        access_log=not quiet,
        log_level="warning" if quiet else "info",
        log_config=LOGGING,
    )


def end_with_parent() -> None:
    """End this process, as SIGTERM would, when the one that holds our standard input is gone, however it went."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def main(arguments: list[str]) -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="edc.serve", description="Serve the portal.")
    parser.add_argument("--host", default=os.environ.get("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8000")))
    parser.add_argument("--workers", type=int, default=int(os.environ.get("WORKERS", "1")))
    parser.add_argument("--quiet", action="store_true", help="log problems only")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input is closed")
    given = parser.parse_args(arguments)
    if given.with_parent:
        end_with_parent()
    serve(host=given.host, port=given.port, workers=given.workers, quiet=given.quiet)


if __name__ == "__main__":
    main(sys.argv[1:])
