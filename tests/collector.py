"""A place on loopback that takes traces as a collector does, and keeps them."""

import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Collected:
    """The spans that arrived, and everything that was sent, as text."""

    def __init__(self) -> None:
        """Nothing has arrived."""
        self.address = ""
        self.spans: list[Span] = []
        self.text = ""

    def take(self, body: bytes) -> None:
        """Keep what one request brought."""
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                self.spans.extend(scope.spans)
        self.text += str(request) + body.decode("utf-8", "ignore")

    def chain(self, span: Span) -> list[str]:
        """Return the names of `span` and of those above it, the topmost first."""
        parents = {known.span_id: known for known in self.spans}
        names = [span.name]
        while span.parent_span_id in parents:
            span = parents[span.parent_span_id]
            names.insert(0, span.name)
        return names

    def named(self, beginning: str) -> list[Span]:
        """Return the spans whose name begins like that."""
        return [span for span in self.spans if span.name.startswith(beginning)]


@contextmanager
def collecting() -> Generator[Collected]:
    """Take traces at `address` for the length of a block."""
    collected = Collected()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            collected.take(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Taking)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    collected.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield collected
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
