"""What the doctor makes of an API that answers, of one that does not, and of one that does something else."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from doctor import services
from doctor.finding import Skipped
from doctor.installation import Installation
from settings import Settings
from tests.doctor.answering import answering, closed_port

SOUND = {"engine": True, "edition": "beijing@1"}


def installation_at(address: str, *, expected: bool = True) -> Installation:
    """Return an installation whose API is at `address`."""
    return Installation(Settings(), False, True, address, expected, None)


async def codes(at: Installation, *, engine_answers: bool = True) -> list[str]:
    """Return the names of what is found."""
    return [finding.code for finding in await services.api(at, "beijing@1", engine_answers=engine_answers)]


@asynccontextmanager
async def saying(body: object, status: int = 200) -> AsyncGenerator[Installation]:
    """Yield an installation whose API answers with `body`."""
    async with answering(status, json.dumps(body)) as address:
        yield installation_at(address)


async def test_an_api_that_is_ready_has_no_finding() -> None:
    """With the engine it reaches and the edition that the files here make."""
    async with saying(SOUND) as at:
        assert await codes(at) == []


async def test_an_api_that_does_not_reach_the_engine_is_reported_where_we_reach_it() -> None:
    """Where nobody reaches it, that is one finding of the engine, not another one of the API."""
    async with saying({**SOUND, "engine": False}) as at:
        assert await codes(at) == ["api.without_engine"]
        assert await codes(at, engine_answers=False) == []


async def test_an_api_of_another_edition_is_reported_with_both_editions() -> None:
    """Whoever has no edition of his own cannot say so."""
    async with saying({**SOUND, "edition": "beijing@2"}) as at:
        (found,) = await services.api(at, "beijing@1", engine_answers=True)
        assert found.code == "rules.other_edition"
        assert "beijing@2" in found.what.en
        assert "beijing@1" in found.what.zh
        assert await services.api(at, None, engine_answers=True) == []


async def test_an_api_that_is_not_ready_is_reported_with_what_it_says() -> None:
    """A problem document, or a page of some proxy in between."""
    async with saying({"detail": "数据库未就绪 the database is away"}, 503) as at:
        (found,) = await services.api(at, None, engine_answers=True)
        assert found.code == "api.not_ready"
        assert "503" in found.what.en
        assert "the database is away" in found.what.en
    async with answering(502, "<html>Bad Gateway</html>") as address:
        assert await codes(installation_at(address)) == ["api.not_ready"]


async def test_silence_is_a_finding_only_where_an_api_should_be() -> None:
    """On a host of workers alone nobody misses it."""
    address = f"http://127.0.0.1:{closed_port()}"
    assert await codes(installation_at(address)) == ["api.silent"]
    with pytest.raises(Skipped):
        await codes(installation_at(address, expected=False))


async def test_an_api_that_takes_the_line_and_says_nothing_is_silent_wherever_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Frozen or overloaded: something listens there, so it is somebody's business."""
    monkeypatch.setattr(services, "_SECONDS", 0.1)
    async with answering(200, None) as address:
        assert await codes(installation_at(address, expected=False)) == ["api.silent"]
