"""`GET /tickets/{number}/explain`: from the workflow, and from the event log where there is none."""

from domain.vocabulary import ClockName
from tests.api.desk import HEATING, NEVER_ISSUED, Desk, handler, is_bilingual, problem


async def test_a_ticket_says_why_it_is_where_it_is_and_by_when(desk: Desk) -> None:
    """Unit, directory row, edition, norm and what comes next, live from the workflow."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    told = await desk.sees(f"tickets/{number}/explain")
    assert told["live"]
    assert told["unit"]["unit"]["code"] == HEATING
    assert told["unit"]["row"].startswith("rules/beijing/directory.csv:")
    assert told["unit"]["edition"] == told["editions"][0]["edition"] == desk.hotline.rules.identity
    limit = told["deadlines"][0]
    assert limit["name"] == ClockName.FEEDBACK_BY
    assert limit["source"]
    assert [change["because"] for change in limit["changes"]] == ["started"]
    assert told["next"][0]["kind"] == "clock_warned"
    for sentence in (told["summary"], *told["unit"]["sentences"], *limit["sentences"]):
        assert is_bilingual(sentence["zh"] + sentence["en"])


async def test_a_command_shows_in_the_explanation_at_once(desk: Desk) -> None:
    """Signed: the clock for signing needs no explanation any more."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    await desk.says(number, "sign", handler())
    told = await desk.sees(f"tickets/{number}/explain")
    assert ClockName.SIGN_BY not in [limit["name"] for limit in told["deadlines"]]
    assert told["version"] >= 5


async def test_without_an_engine_the_event_log_explains(idle_desk: Desk) -> None:
    """Nobody is at work: what was filed explains itself, and says that it is not live."""
    number = await idle_desk.has_filed()
    told = await idle_desk.sees(f"tickets/{number}/explain")
    assert not told["live"]
    assert told["unit"]["legal_basis"]


async def test_a_number_nobody_has_is_not_explained(desk: Desk) -> None:
    """404, like every other view of it."""
    problem(await desk.http.get(f"/api/v1/tickets/{NEVER_ISSUED}/explain"), 404, "UnknownTicket")
