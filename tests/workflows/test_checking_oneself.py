"""What a unit does to check itself, on a real engine: its head reads, and it asks the requester first."""

from domain.facts.handle import PreSurveyHeld, ReadByHead
from domain.handle.head_reading import ReadTicket
from domain.handle.pre_surveying import PreSurvey
from domain.vocabulary import Ending, Satisfaction, Status, TryResult
from tests import sample
from tests.workflows.city import City, feedback


async def test_the_head_reads_an_urgent_matter_before_feedback_where_the_edition_asks_for_it(
    city: City,
) -> None:
    """Refused without, given with; the second reading of the same person is no fact."""
    terms = sample.terms().model_copy(update={"head_reads": True, "urgent_sensitive": True})
    ticket = await city.files(with_terms=terms)
    await ticket.signs()
    await ticket.reaches_requester()
    assert await ticket.refuses("feedback", feedback()) == "Incomplete"
    with_reading = ReadTicket(actor=sample.HANDLER)
    await ticket.receives("read_by_head", with_reading)
    assert await ticket.refuses("read_by_head", with_reading) == "WrongStage"
    await ticket.gets_feedback()
    assert [fact.person for fact in await ticket.facts_of(ReadByHead)] == ["P1"]
    assert [one.unit for one in (await ticket.status()).readings] == [sample.TOWN.code]
    await ticket.agrees_with_database()


async def test_the_unit_asks_first_and_the_centre_asks_all_the_same(city: City) -> None:
    """Discontent shows until it is mended; the survey is the centre's, and its answers alone count."""
    ticket = await city.files(with_terms=sample.terms(at_feedback=True, always_open=True))
    await ticket.signs()
    await ticket.reaches_requester()
    asked = PreSurvey(
        actor=sample.HANDLER,
        result=TryResult.ANSWERED,
        contacted=True,
        resolved=False,
        satisfied=Satisfaction.VERY_DISSATISFIED,
    )
    await ticket.receives("pre_survey", asked)
    said = (await ticket.status()).pre_survey
    assert said is not None
    assert said.discontent
    await ticket.gets_feedback()
    view = await ticket.comes_to(Status.SURVEYING)
    assert view.survey_resolved is None
    await ticket.gets_answers()
    assert (await ticket.ends()).ending is Ending.RESOLVED
    assert len(await ticket.facts_of(PreSurveyHeld)) == 1
