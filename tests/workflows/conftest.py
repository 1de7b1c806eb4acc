"""Cities for the tests of the process: on the small server that skips time, and on the real one."""

from collections.abc import AsyncGenerator
from datetime import time
from typing import Any, cast

import pytest
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.temporal import search_attribute_keys
from tests.workflows.city import MONDAY, City, city_of


@pytest.fixture
async def skipping(time_skipping_server: WorkflowEnvironment) -> WorkflowEnvironment:
    """The server that skips time, with our search attributes."""
    await register_search_attributes(time_skipping_server)
    return time_skipping_server


@pytest.fixture
async def city(skipping: WorkflowEnvironment) -> AsyncGenerator[City]:
    """A city with a worker, on a Monday at nine in the morning."""
    async with city_of(skipping) as city:
        await city.comes_to_next(MONDAY, time(9))
        async with city.worker():
            yield city


@pytest.fixture
async def idle_city(skipping: WorkflowEnvironment) -> AsyncGenerator[City]:
    """A city whose workers the test starts itself, on a Monday at nine in the morning."""
    async with city_of(skipping) as city:
        await city.comes_to_next(MONDAY, time(9))
        yield city


@pytest.fixture
async def real_city(dev_server: WorkflowEnvironment) -> AsyncGenerator[City]:
    """A city with a worker on the real server; time passes for one ticket at a time, and only on request."""
    async with city_of(dev_server) as city, city.worker():
        yield city


@pytest.fixture
async def idle_real_city(dev_server: WorkflowEnvironment) -> AsyncGenerator[City]:
    """A city on the real server whose workers the test starts itself."""
    async with city_of(dev_server) as city:
        yield city


async def register_search_attributes(environment: WorkflowEnvironment) -> None:
    """Make our search attributes known to the server of `environment`, which must not have them yet."""
    keys = search_attribute_keys(SEARCH_ATTRIBUTES)
    await environment.client.operator_service.add_search_attributes(
        AddSearchAttributesRequest(
            namespace=environment.client.namespace,
            search_attributes=cast("Any", {key.name: key.indexed_value_type.value for key in keys}),
        )
    )
