"""`GET /tickets/{number}/explain`: from the workflow, and from the event log where there is none."""

from domain.vocabulary import ClockName
from tests.api.desk import HEATING, NEVER_ISSUED, Desk, handler, is_bilingual, problem


async def test_a_ticket_says_why_it_is_where_it_is_and_by_when(desk: Desk) -> None:
    """Unit, directory row, edition, norm and what comes next, live from the workflow."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    explanation = await desk.sees(f"tickets/{number}/explain")
    assert explanation["live"]
    assert explanation["unit"]["unit"]["code"] == HEATING
    assert explanation["unit"]["row"].startswith("rules/beijing/directory.csv:")
    edition = explanation["unit"]["edition"]
    assert edition == explanation["editions"][0]["edition"] == desk.hotline.rules.identity
    limit = explanation["deadlines"][0]
    assert limit["name"] == ClockName.FEEDBACK_BY
    assert limit["source"]
    assert [change["because"] for change in limit["changes"]] == ["started"]
    assert explanation["next"][0]["kind"] == "clock_warned"
    for sentence in (explanation["summary"], *explanation["unit"]["sentences"], *limit["sentences"]):
        assert is_bilingual(sentence["zh"] + sentence["en"])


async def test_a_command_shows_in_the_explanation_at_once(desk: Desk) -> None:
    """Signed: the clock for signing needs no explanation any more."""
    number = await desk.has_filed()
    await desk.waits_to_see(f"tickets/{number}", lambda shown: shown["unit"] is not None)
    await desk.says(number, "sign", handler())
    explanation = await desk.sees(f"tickets/{number}/explain")
    assert ClockName.SIGN_BY not in [limit["name"] for limit in explanation["deadlines"]]
    assert explanation["version"] >= 5


async def test_without_an_engine_the_event_log_explains(idle_desk: Desk) -> None:
    """Nobody is at work: what was filed explains itself, and says that it is not live."""
    number = await idle_desk.has_filed()
    explanation = await idle_desk.sees(f"tickets/{number}/explain")
    assert not explanation["live"]
    assert explanation["unit"]["legal_basis"]


async def test_a_number_nobody_has_is_not_explained(desk: Desk) -> None:
    """404, like every other view of it."""
    problem(await desk.http.get(f"/api/v1/tickets/{NEVER_ISSUED}/explain"), 404, "UnknownTicket")
