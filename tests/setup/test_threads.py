"""The bridge between the ASGI server and WSGI: what it hands on, what it refuses, and that nobody holds up others."""

import asyncio
import contextlib
import contextvars
import http.client
import io
import json
import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn

from edc.base.threads import Threads

LARGEST = 3_000_000
language = contextvars.ContextVar("language", default="unset")


class Parts:
    """A streaming answer, as Django's is."""

    streaming = True

    def __init__(self, application: "Application", parts: Iterator[bytes]) -> None:
        self.application, self.parts = application, parts

    def __iter__(self) -> Iterator[bytes]:
        for part in self.parts:
            self.application.made += 1
            yield part

    def close(self) -> None:
        self.application.closed.set()


class Application:
    """A WSGI application with an address for everything that may go wrong."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = threading.Event()

    def __call__(self, environ, start_response):
        status, headers, body = getattr(self, environ["PATH_INFO"].split("/")[1])(environ)
        start_response(status, headers)
        return body

    def environ(self, environ):
        text = {name: value for name, value in environ.items() if isinstance(value, str)}
        return "200 OK", [("Content-Type", "application/json")], [json.dumps(text).encode()]

    def body(self, environ):
        received = environ["wsgi.input"].read()
        spooled = not isinstance(getattr(environ["wsgi.input"], "_file", None), (type(None), io.BytesIO))
        answer = {"length": len(received), "said": environ["CONTENT_LENGTH"], "spooled": spooled}
        return "200 OK", [], [json.dumps(answer).encode()]

    def stream(self, environ):
        return "200 OK", [("Content-Type", "text/csv")], Parts(self, (b"x" * 65_536 for _ in range(2_000)))

    def broken(self, environ):
        raise LookupError("the application is broken")

    def torn(self, environ):
        def parts():
            yield b"x" * 200_000
            raise LookupError("the export is broken")

        return "200 OK", [], Parts(self, parts())

    def set(self, environ):
        before = language.get()
        language.set("French")
        return "200 OK", [], [before.encode()]

    def echo(self, environ):
        return "200 OK", [], Parts(self, iter([language.get().encode()]))

    def cookies(self, environ):
        return "200 OK", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], [b""]


@pytest.fixture
def application():
    return Application()


@pytest.fixture
def port(application):
    """Serve the application with uvicorn in a thread; give the port."""
    bridge = Threads(application, threads=2, largest_body=LARGEST)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(bridge, lifespan="off", http="httptools", ws="none", log_config=None)
        served = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(served.serve(sockets=[listener])))
        thread.start()
        while not served.started:
            time.sleep(0.005)
        yield listener.getsockname()[1]
        served.should_exit = served.force_exit = True
        thread.join()
    bridge.close()


def ask(port: int, path: str, *, method: str = "GET", body=None, headers=()) -> tuple[http.client.HTTPResponse, bytes]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
        connection.request(method, path, body=body, headers=dict(headers), encode_chunked=True)
        answer = connection.getresponse()
        return answer, answer.read()


def begin(port: int, request: bytes) -> socket.socket:
    """Send a request by hand and leave the answer in the socket."""
    client = socket.create_connection(("127.0.0.1", port), timeout=20)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    client.sendall(request)
    return client


def test_a_request_arrives_as_it_was_sent(port):
    _, text = ask(
        port, "/environ/M%C3%BCnchen%2Fx?q=%C3%BC&r=1", headers={"X-Request-ID": "7", "Content-Type": "text/x"}
    )

    environ = json.loads(text)
    assert environ["PATH_INFO"].encode("latin1").decode() == "/environ/München/x"
    assert environ["QUERY_STRING"] == "q=%C3%BC&r=1"
    assert environ["HTTP_X_REQUEST_ID"] == "7"
    assert environ["CONTENT_TYPE"] == "text/x"
    assert environ["REMOTE_ADDR"] == "127.0.0.1"
    assert environ["REQUEST_METHOD"] == "GET"


def test_headers_that_look_like_others_are_dropped(port):
    raw = b"GET /environ HTTP/1.1\r\nHost: x\r\nX_Forwarded_For: 6.6.6.6\r\nProxy: evil\r\nConnection: close\r\n\r\n"

    with begin(port, raw) as client, client.makefile("rb") as answer:
        environ = json.loads(answer.read().split(b"\r\n\r\n", 1)[1].split(b"\r\n")[1])

    assert "HTTP_X_FORWARDED_FOR" not in environ
    assert "HTTP_PROXY" not in environ


def test_repeated_headers_are_joined(port):
    repeated = b"Cookie: a=1\r\nCookie: b=2\r\nX-A: 1\r\nX-A: 2\r\n"
    raw = b"GET /environ HTTP/1.1\r\nHost: x\r\n" + repeated + b"Connection: close\r\n\r\n"

    with begin(port, raw) as client, client.makefile("rb") as answer:
        environ = json.loads(answer.read().split(b"\r\n\r\n", 1)[1].split(b"\r\n")[1])

    assert environ["HTTP_COOKIE"] == "a=1; b=2"
    assert environ["HTTP_X_A"] == "1,2"


@pytest.mark.parametrize(("size", "spooled"), [(10, False), (2_000_000, True), (LARGEST, True)])
def test_a_body_arrives_whole_and_a_large_one_waits_in_a_file(port, size, spooled):
    _, text = ask(port, "/body", method="POST", body=b"z" * size)

    assert json.loads(text) == {"length": size, "said": str(size), "spooled": spooled}


def test_a_chunked_body_arrives_with_its_length(port):
    _, text = ask(port, "/body", method="POST", body=iter([b"z" * 1000] * 3), headers={"Transfer-Encoding": "chunked"})

    assert json.loads(text) == {"length": 3000, "said": "3000", "spooled": False}


@pytest.mark.parametrize("how", ["declared", "chunked"])
def test_a_body_over_the_limit_is_refused_and_its_sender_can_read_why(port, how, application):
    headers = {"Transfer-Encoding": "chunked"} if how == "chunked" else {}
    body = b"z" * (LARGEST + 1) if how == "declared" else iter([b"z" * 100_000] * 40)

    answer, text = ask(port, "/body", method="POST", body=body, headers=headers)

    assert (answer.status, text) == (413, b"The request is too large.")


def test_a_client_may_ask_before_it_sends(port):
    raw = b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"

    with begin(port, raw) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"data")
        assert b'"length": 4' in client.makefile("rb").read()


def test_a_client_that_leaves_before_its_body_came_is_forgotten(port):
    begin(port, b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\nhalf").close()

    assert ask(port, "/set")[0].status == 200


def test_a_stream_arrives_whole_and_is_closed(port, application):
    answer, text = ask(port, "/stream")

    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert len(text) == 2_000 * 65_536
    assert application.closed.wait(5)


@pytest.mark.slow
def test_a_stream_waits_for_a_slow_client_and_nobody_waits_for_the_stream(port, application):
    raw = b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"
    slow = [begin(port, raw) for _ in range(4)]
    time.sleep(0.5)
    made = application.made

    assert ask(port, "/set")[0].status == 200

    time.sleep(0.2)
    assert application.made == made < 4 * 2_000
    for client in slow:
        client.close()


def test_a_stream_ends_when_its_client_leaves(port, application):
    client = begin(port, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
    client.recv(1000)

    client.close()

    assert application.closed.wait(10)
    assert application.made < 2_000


def test_a_broken_stream_is_not_taken_for_a_whole_one(port, application):
    with pytest.raises(http.client.IncompleteRead):
        ask(port, "/torn")

    assert application.closed.wait(5)


def test_head_makes_no_stream(port, application):
    answer, text = ask(port, "/stream", method="HEAD")

    assert (answer.status, text) == (200, b"")
    assert application.closed.wait(5)
    assert application.made == 0


def test_a_broken_application_is_a_plain_500_and_the_thread_lives_on(port):
    for _ in range(3):
        assert ask(port, "/broken")[0].status == 500

    assert ask(port, "/set")[0].status == 200


def test_every_cookie_is_set(port):
    answer, _ = ask(port, "/cookies")

    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


def test_nothing_a_request_sets_for_itself_reaches_the_next(port):
    assert {ask(port, "/set")[1] for _ in range(6)} == {b"unset"}
    assert ask(port, "/echo")[1] == b"unset"


def test_when_a_thousand_wait_the_next_is_asked_to_come_back(application):
    bridge = Threads(application, threads=0, largest_body=LARGEST)
    for _ in range(1_001):
        bridge.waiting.put(lambda: None)
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/set", "query_string": b"", "headers": [], "http_version": "1.1"}
    asyncio.run(bridge(scope, receive, send))

    assert sent[0]["status"] == 503
    assert (b"retry-after", b"5") in sent[0]["headers"]
