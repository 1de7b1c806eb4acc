"""Whatever is thrown at the API over HTTP, it never answers 500."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.forms import FORMS
from tests.api.desk import Desk, handler, problem, request

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_ODD = st.sampled_from(
    ["", "\x00", "\ud800", "\U0010ffff", "'; DROP TABLE request; --", "%", "_", "\\", "a" * 300]
)
_THOROUGH = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _encoded(body: object) -> bytes:
    return json.dumps(body).encode()  # lone surrogates become \ud800, as careless clients send them


@_THOROUGH
@given(
    body=st.binary(max_size=300),
    path=st.sampled_from(["requests", *(f"tickets/20261122-000001-4/{name}" for name in FORMS)]),
)
async def test_any_bytes_are_answered_by_a_4xx(idle_desk: Desk, body: bytes, path: str) -> None:
    """Never 500, always problem+json."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": "fuzz"}
    answer = await idle_desk.http.post(f"/api/v1/{path}", content=body, headers=headers)
    _is_4xx(answer)


@_THOROUGH
@given(changes=st.dictionaries(st.sampled_from(sorted(request())), _JSON | _ODD, min_size=1))
async def test_a_request_with_any_values_is_filed_or_refused(
    idle_desk: Desk, changes: dict[str, Any]
) -> None:
    """201 or 4xx."""
    body = _encoded({**request(), **changes})
    answer = await idle_desk.http.post(
        "/api/v1/requests", content=body, headers={"Content-Type": "application/json"}
    )
    if answer.status_code != 201:
        _is_4xx(answer)


@_THOROUGH
@given(
    name=st.sampled_from(sorted(FORMS)),
    fields=st.dictionaries(
        st.sampled_from(["reply", "reason", "unit", "category", "outcome", "proof", "text"]), _JSON | _ODD
    ),
    unit=_ODD,
)
async def test_a_command_with_any_values_is_refused(
    idle_desk: Desk, name: str, fields: dict[str, Any], unit: str
) -> None:
    """There is no such ticket, so every one of them must come to 4xx."""
    body = _encoded({"actor": {**handler(), "unit": unit}, **fields})
    answer = await idle_desk.http.post(
        f"/api/v1/tickets/20200101-000001-0/{name}",
        content=body,
        headers={"Content-Type": "application/json", "Idempotency-Key": "fuzz"},
    )
    _is_4xx(answer)


@_THOROUGH
@given(
    path=st.sampled_from(
        ["tickets", "worklist", "notices", "units", "categories", "track/20261122-000001-4"]
    ),
    parameters=st.dictionaries(
        st.sampled_from(
            [
                "q",
                "unit",
                "to",
                "cursor",
                "limit",
                "district",
                "town",
                "category",
                "filed_from",
                "code",
                "overdue",
            ]
        ),
        st.text(max_size=20)
        | st.sampled_from(
            ["\x00", "%", "_", "\\", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "昌平"]
        ),
    ),
)
async def test_any_parameters_are_answered_or_refused(
    idle_desk: Desk, path: str, parameters: dict[str, str]
) -> None:
    """200 or 4xx, for lists and the citizen's page alike."""
    query = "&".join(f"{name}={quote(value, errors='surrogatepass')}" for name, value in parameters.items())
    answer = await idle_desk.http.get(f"/api/v1/{path}?{query}")
    if answer.status_code != 200:
        _is_4xx(answer)


@pytest.mark.parametrize(
    "path",
    ["/api/v1/tickets/%00", "/api/v1/tickets/%ff%fe", "/api/v1/../etc", "/nowhere", "/api/v1/track/%00"],
)
async def test_odd_addresses_are_answered_by_a_4xx(idle_desk: Desk, path: str) -> None:
    """Also those that are no text."""
    _is_4xx(await idle_desk.http.get(path))


async def test_a_huge_body_is_refused_before_it_is_read(idle_desk: Desk) -> None:
    """413, whether its length is announced or not."""
    huge = b'{"description":"' + b"x" * 1_100_000 + b'"}'

    async def piecemeal() -> AsyncIterator[bytes]:
        for start in range(0, len(huge), 65536):
            yield huge[start : start + 65536]

    contents: tuple[bytes | AsyncIterator[bytes], ...] = (huge, piecemeal())
    for content in contents:
        answer = await idle_desk.http.post(
            "/api/v1/requests", content=content, headers={"Content-Type": "application/json"}
        )
        problem(answer, 413, "Malformed")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/xml"])
async def test_a_body_that_is_not_called_json_is_refused(idle_desk: Desk, kind: str) -> None:
    """415: a form on a foreign page cannot send JSON unasked."""
    answer = await idle_desk.http.post(
        "/api/v1/requests", content=_encoded(request()), headers={"Content-Type": kind}
    )
    problem(answer, 415, "Malformed")


def _is_4xx(answer: httpx.Response) -> None:
    assert 400 <= answer.status_code < 500, answer.text
    problem(answer, answer.status_code, answer.json()["code"])
