"""`jiesu rebuild` as it prints: bounded whatever a city has, and a sentence where the engine goes away."""

from pathlib import Path
from typing import Any, NoReturn

import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor
from temporalio.service import RPCError, RPCStatusCode

from cli import rebuild as rebuild_cli
from domain.errors import Unavailable
from operations.rebuilding import PageResult
from readmodel.rebuilding import Difference
from settings import Settings


class _Gone(Interceptor):
    """Between a client and its engine: from now on the engine does not list anything."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand in between."""

        class NoAnswer(OutboundInterceptor):
            def list_workflows(self, input: Any) -> NoReturn:  # noqa: A002, ANN401 - the SDK's
                raise RPCError("away", RPCStatusCode.UNAVAILABLE, b"")

        return NoAnswer(next)


async def test_an_engine_that_goes_away_on_the_way_is_a_sentence_and_what_was_done_is_reported(
    dsn: str,
    client: Client,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """No traceback: it can be repeated, and says so."""
    config = client.config()
    config["interceptors"] = [_Gone()]
    gone = Client(**config)

    async def connected(_settings: Settings) -> Client:
        return gone

    async def none_ahead(*_: object) -> list[object]:
        return []

    monkeypatch.setattr(rebuild_cli, "connect_engine", connected)
    monkeypatch.setattr(rebuild_cli, "behind", none_ahead)
    settings = Settings(database_url=dsn, data_dir=tmp_path)
    with pytest.raises(Unavailable, match=r"重新运行本命令.*UNAVAILABLE.*run this again"):
        await rebuild_cli._rebuild(settings, mends=True)
    assert "工单 tickets: 0" in capsys.readouterr().out


def test_a_citys_worth_of_differences_is_counted_and_not_kept(capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand pages differ: the first are named, the rest is a number."""
    totals = rebuild_cli.Totals()
    for page in range(1000):
        number = f"20261122-{page:06d}-1"
        found = [Difference(number, "ticket", ("stage",)), Difference(number, "notice", ("missing",))]
        totals.add(PageResult(tickets=1, differences=found, forgotten=[number], wordless=[number]))
    assert rebuild_cli._report(totals, [], mends=True) == 1
    said = capsys.readouterr().out
    assert "已重建 rebuilt: 1000\n" in said
    assert "the engine is older than the log, which was kept: 1000\n" in said
    assert "  … 1950" in said
    assert len(said.splitlines()) < 200
    assert len(totals.differences.first) == len(totals.wordless.first)
