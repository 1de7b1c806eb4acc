"""Traces from a request over its workflow and activities to SQL, where they are switched on.

The packages come with the extra `traces` and are imported here alone, when `otlp_endpoint` is set. What
leaves the process is picked by name (`ATTRIBUTES`): codes, route templates, workflow ids, statements without
their values; no address that was asked for, no body, no message of an error, for any of these may be what a
citizen said.
"""

import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from temporalio.client import Client

from engine.errors import BadSetting
from phrases import Phrase
from readmodel import Database
from readmodel.statements import watch

if TYPE_CHECKING:
    from fastapi import FastAPI
    from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.sdk.trace.sampling import Sampler
    from opentelemetry.util.types import Attributes

ATTRIBUTES = {
    "http.method", "http.request.method", "http.response.status_code", "http.route", "http.status_code",
    "db.query.text", "db.system.name",
    "error.type", "exception.type",
    "temporalActivityID", "temporalRunID", "temporalUpdateID", "temporalWorkflowID",
}  # fmt: skip
"""What a span may say of itself."""
_LONGEST = 300
"""Characters of a statement; it names its tables long before."""
_MACHINES = "/healthz$,/readyz$,/metrics$"


@dataclass(frozen=True)
class Tracing:
    """Where the spans of this process go; made by `traced`. `doors` is for what comes in over HTTP."""

    provider: "TracerProvider"
    doors: "TracerProvider"

    def on_client(self, client: Client) -> Client:
        """Return `client` with its calls traced, and those of workers made from it."""
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
        from temporalio.contrib.opentelemetry import TracingInterceptor

        config = client.config()
        interceptor = TracingInterceptor(self.provider.get_tracer("jiesu.engine"))
        # the ids alone: baggage is a caller's words, and would stand in histories
        interceptor.text_map_propagator = TraceContextTextMapPropagator()
        config["interceptors"] = [interceptor, *config["interceptors"]]
        return Client(**config)

    def on_app(self, app: "FastAPI") -> None:
        """Have every request to `app` begin a span; those of machines do not.

        How many are sampled is ours to say, not a caller's: his `traceparent` names the trace and no more.
        """
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

        FastAPIInstrumentor.instrument_app(
            app, tracer_provider=self.doors, excluded_urls=_MACHINES, exclude_spans=["receive", "send"]
        )

    def on_database(self, database: Database) -> None:
        """Have every statement to `database` that belongs to a traced act begin a span."""
        from opentelemetry.trace import SpanKind, StatusCode, get_current_span

        tracer = self.provider.get_tracer("jiesu.database")

        def begin(statement: str) -> Callable[[BaseException | None], None]:
            if not get_current_span().get_span_context().is_valid:  # what nobody asked for is no trace
                return _end_nothing
            operation = statement.split(maxsplit=1)[0].upper()
            about = {"db.system.name": "postgresql", "db.query.text": " ".join(statement.split())}
            span = tracer.start_span(f"SQL {operation}", kind=SpanKind.CLIENT, attributes=about)

            def end(error: BaseException | None) -> None:
                if error is not None:
                    span.set_attribute("error.type", type(error).__name__)
                    span.set_status(StatusCode.ERROR)
                span.end()

            return end

        watch(database, begin)

    def close(self) -> None:
        """Send what is still to be sent, for a few seconds at most."""
        self.provider.shutdown()


class Traces(Protocol):
    """Where traces are sent, and how many of them."""

    @property
    def otlp_endpoint(self) -> str | None:
        """Return the address of the collector, nothing where no traces are wanted."""
        ...

    @property
    def trace_ratio(self) -> float:
        """Return which share of the requests is traced."""
        ...


def traced(settings: Traces, service: str) -> Tracing | None:
    """Return the tracing that `settings` ask for in the process called `service`, nothing where they do not.

    Raises BadSetting, one sentence, where the packages are missing.
    """
    if settings.otlp_endpoint is None:
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    except ImportError:
        raise BadSetting(
            Phrase("JIESU_OTLP_ENDPOINT needs the extra traces: run pip install 'jiesu[traces]'.").both(" / ")
        ) from None
    endpoint = settings.otlp_endpoint.rstrip("/") + "/v1/traces"
    return _tracing(service, settings.trace_ratio, OTLPSpanExporter(endpoint=endpoint, timeout=5))


def _tracing(service: str, ratio: float, exporter: "SpanExporter") -> Tracing:
    """Return what sends what may leave of the spans of `service` to `exporter`, in batches.

    Between our own parts the decision of the first holds; for one from outside it is made here.
    """
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased

    logging.getLogger("opentelemetry.context").setLevel(logging.CRITICAL)  # evicted tickets: noise, no loss
    resource, processor = Resource.create({"service.name": service}), BatchSpanProcessor(_discreet(exporter))
    root, outside = TraceIdRatioBased(ratio), _by_chance(ratio)
    inside = ParentBased(root)
    at_the_door = ParentBased(root, remote_parent_sampled=outside, remote_parent_not_sampled=outside)
    provider, doors = (
        TracerProvider(sampler=sampler, resource=resource, shutdown_on_exit=False)
        for sampler in (inside, at_the_door)
    )
    for one in (provider, doors):
        one.add_span_processor(processor)
    return Tracing(provider, doors)


def _by_chance(ratio: float) -> "Sampler":
    """Return what samples so many in one, whatever a trace is called: its id was the caller's to choose."""
    from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult

    class ByChance(Sampler):
        def should_sample(self, *_given: object, **_more: object) -> SamplingResult:
            is_one = random.random() < ratio  # noqa: S311 - nothing is kept safe by it
            return SamplingResult(Decision.RECORD_AND_SAMPLE if is_one else Decision.DROP)

        def get_description(self) -> str:
            return f"ByChance{{{ratio}}}"

    return ByChance()


def _discreet(exporter: "SpanExporter") -> "SpanExporter":
    """Return an exporter that hands on to `exporter` what may leave the process."""
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

    class Discreet(SpanExporter):
        def export(self, spans: "Sequence[ReadableSpan]") -> SpanExportResult:
            return exporter.export([discreet(span) for span in spans])

        def shutdown(self) -> None:
            exporter.shutdown()

    return Discreet()


def discreet(span: "ReadableSpan") -> "ReadableSpan":
    """Return `span` with the attributes that may leave the process, and no message of any error."""
    from opentelemetry.sdk.trace import Event, ReadableSpan
    from opentelemetry.trace import Link, Status

    return ReadableSpan(
        name=span.name,
        context=span.context,
        parent=span.parent,
        resource=span.resource,
        attributes=_allowed(span.attributes),
        events=[Event(event.name, _allowed(event.attributes), event.timestamp) for event in span.events],
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _allowed(attributes: "Attributes") -> dict[str, Any]:
    return {
        name: value[:_LONGEST] if isinstance(value, str) else value
        for name, value in (attributes or {}).items()
        if name in ATTRIBUTES
    }


def _end_nothing(_error: BaseException | None) -> None:
    """End a statement that began no span."""
