"""Another edition over running tickets, on a real engine: told by a signal, batch by batch by `Adopt`."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from temporalio import activity
from temporalio.client import WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from domain import messages as m
from domain.errors import Unavailable, UnknownCode, WrongStage
from domain.facts import main_line as f
from domain.facts.adopt import EditionAdopted
from domain.terms import Resolution, Terms
from domain.vocabulary import AdoptionMode, ClockName, Level, Role, Status, Tier
from engine.starting import start_adoption
from phrases import Said
from tests import sample
from tests.workflows.city import City, Request, city_of
from tests.workflows.fakes import Edition
from workflows.adopt import Adopt
from workflows.errors import as_application_error
from workflows.sweep import PAUSES

B = "test@bbbbbbbbbbbb"
OPERATIONS = m.Actor(role=Role.SYSTEM, person="OPS-1")
PINNED, NEXT_STEP, NOW = AdoptionMode


def order(mode: AdoptionMode, edition: str = B) -> m.AdoptEdition:
    """Return the order to adopt an edition."""
    return m.AdoptEdition(actor=OPERATIONS, edition=edition, mode=mode)


def one_day() -> Terms:
    """Return what the new edition says: a day where the old one had seven."""
    return sample.terms(Tier.TIER_2).model_copy(update={"edition": B})


async def handled_so_far(city: City) -> Request:
    """Return a ticket whose unit has signed and reached the requester; the rules change meanwhile."""
    ticket = await city.files()
    await ticket.signs()
    await ticket.reaches_requester()
    city.edition.terms = one_day()
    return ticket


async def test_a_ticket_adopts_now_and_its_promise_moves(city: City) -> None:
    """Once, however often it is signalled; the database gets it."""
    ticket = await handled_so_far(city)
    filed = (await ticket.status()).filed_at
    await ticket.handle.signal("adopt", order(NOW))
    view = await ticket.shows(lambda view: view.edition == B)
    assert view.promised_at == filed + timedelta(days=1)
    await ticket.handle.signal("adopt", order(NOW))
    assert (await ticket.status()).version == view.version
    assert len(await ticket.facts_of(EditionAdopted)) == 1
    await ticket.agrees_with_database()


async def test_a_limit_that_is_over_under_the_new_edition_rings_at_once(city: City) -> None:
    """After two days a limit of one day was yesterday: the district is notified, once."""
    ticket = await handled_so_far(city)
    await city.passes(timedelta(days=2))
    await ticket.handle.signal("adopt", order(NOW))
    await ticket.shows(lambda view: view.level is Level.DISTRICT)
    assert [fact.level for fact in await ticket.facts_of(f.Escalated)] == [Level.DISTRICT]


async def test_pinned_and_from_the_next_step_the_running_clock_stays(city: City) -> None:
    """Pinned asks the edition nothing; from the next step the terms are there for the next clock."""
    ticket = await handled_so_far(city)
    promised = (await ticket.status()).promised_at
    asked = len(city.edition.asked)
    await ticket.handle.signal("adopt", order(PINNED))
    await ticket.waits_for(EditionAdopted)
    assert len(city.edition.asked) == asked
    await ticket.handle.signal("adopt", order(NEXT_STEP))
    view = await ticket.shows(lambda view: view.edition == B)
    assert view.promised_at == promised
    assert (await ticket.clock(ClockName.FEEDBACK_BY)).due_at == promised


async def test_an_edition_without_the_matter_leaves_a_remark_and_the_ticket_as_it_is(city: City) -> None:
    """The remark comes once; the ticket keeps its edition and can be handled."""
    category = one_day().category.model_copy(update={"code": "no.such"})
    terms = sample.terms().model_copy(update={"category": category})
    ticket = await city.files(with_terms=terms)
    for _ in range(2):
        await ticket.handle.signal("adopt", order(NOW))
    (remark,) = await ticket.waits_for(f.Noted)
    assert remark.about == f"adopt:{B}:UnknownCode"
    await ticket.is_handled()
    assert (await ticket.status()).edition == terms.edition
    assert len(await ticket.facts_of(f.Noted)) == 1


async def test_an_order_that_cannot_be_read_is_a_remark(city: City) -> None:
    """Operations may type it by hand."""
    ticket = await city.files()
    await ticket.handle.signal("adopt", {"edition": B})
    (remark,) = await ticket.waits_for(f.Noted)
    assert remark.about == "adopt:Malformed"


async def test_a_tier_set_by_hand_is_asked_for_again(city: City) -> None:
    """The edition gives its own limit for it."""
    terms = sample.terms(Tier.TIER_1).model_copy(update={"tier_by_hand": True})
    ticket = await city.files(with_terms=terms)
    await ticket.comes_to(Status.AWAITING_SIGN)
    await ticket.handle.signal("adopt", order(NOW))
    await ticket.waits(lambda: _asked(city), bool, "the edition was not asked")
    asked = city.edition.asked[-1]
    assert isinstance(asked, m.ResolutionQuery)
    assert (asked.tier, asked.edition, asked.category) == (Tier.TIER_1, B, terms.category.code)


async def _asked(city: City) -> bool:
    return bool(city.edition.asked)


async def test_a_ticket_that_is_signalled_as_it_starts_adopts(idle_city: City) -> None:
    """Filed while the engine was away: the order is there before the workflow's first task."""
    idle_city.edition.terms = one_day()
    intake = await idle_city.intake()
    ticket = await idle_city.starts(intake, start_signal="adopt", start_signal_args=[order(NOW)])
    async with idle_city.worker():
        await ticket.waits_for(EditionAdopted)
        await ticket.comes_to(Status.AWAITING_SIGN)
        view = await ticket.status()
        assert (view.edition, view.promised_at) == (B, intake.filed_at + timedelta(days=1))
        await ticket.agrees_with_database()


class TwoEditions(Edition):
    """Two editions side by side; the answer of the old one lets itself be waited for."""

    def __init__(self) -> None:
        """Nobody has asked the old one."""
        super().__init__()
        self.is_asked, self.may_answer = asyncio.Event(), asyncio.Event()

    @activity.defn(name="resolve")
    async def resolve(self, query: m.ResolutionQuery) -> Resolution:
        """Return the terms of the edition asked; of the old one late, and not inside a workflow task.

        A task would hold the order back until it is over. Raises `Unavailable` there.
        """
        if query.edition != B:
            if activity.info().is_local:
                raise as_application_error(Unavailable(Said("规则暂时不可用。", "The rules are away.")))
            self.is_asked.set()
            await self.may_answer.wait()
        found = await super().resolve(query)
        return found.model_copy(update={"terms": found.terms.model_copy(update={"edition": query.edition})})


async def test_a_classification_under_way_does_not_undo_an_adoption(skipping: WorkflowEnvironment) -> None:
    """The old edition is still thinking when the new one is adopted: the new one is asked, and holds."""
    edition = TwoEditions()
    async with city_of(skipping, edition) as city, city.worker():
        ticket = await city.files(with_terms=sample.terms())
        await ticket.comes_to(Status.AWAITING_SIGN)
        command = m.Classify(actor=sample.DISPATCHER, tier=Tier.TIER_1, reason=sample.TEXT)
        classifying = asyncio.create_task(ticket.receives("classify", command))
        await edition.is_asked.wait()
        await ticket.handle.signal("adopt", order(NOW))
        await ticket.waits_for(EditionAdopted)
        edition.may_answer.set()
        await classifying
        assert (await ticket.status()).edition == B
        (classified,) = await ticket.facts_of(f.Classified)
        assert classified.resolution.terms.edition == B
        assert classified.resolution.terms.tier is Tier.TIER_1
        await ticket.agrees_with_database()


class KnowsNoMatter(Edition):
    """An edition that is away at first, and then does not know the matter."""

    @activity.defn(name="resolve")
    async def resolve(self, query: m.ResolutionQuery) -> Resolution:
        """Raises `Unavailable` inside a workflow task, `UnknownCode` outside."""
        self.asked.append(query)
        if activity.info().is_local:
            raise as_application_error(Unavailable(Said("规则暂时不可用。", "The rules are away.")))
        raise as_application_error(UnknownCode(Said("没有此分类。", "There is no such category.")))


async def test_an_edition_that_answers_late_that_it_knows_no_such_matter_ends_no_ticket(
    skipping: WorkflowEnvironment,
) -> None:
    """The order changes nothing, a command hears the refusal, the ticket goes on."""
    async with city_of(skipping, KnowsNoMatter()) as city, city.worker():
        ticket = await city.files(with_terms=sample.terms())
        await ticket.comes_to(Status.AWAITING_SIGN)
        await ticket.handle.signal("adopt", order(NOW))
        command = m.Classify(actor=sample.DISPATCHER, tier=Tier.TIER_1, reason=sample.TEXT)
        assert await ticket.refuses("classify", command) == "UnknownCode"
        assert (await ticket.signs()).status is Status.HANDLING
        assert not await ticket.facts_of(EditionAdopted)


# ---------------------------------------------------------------- the workflow that tells them


class Pages:
    """Stands for the activity: `count` pages of ten tickets, one of which may be hard to tell."""

    def __init__(self, count: int, *, deaf_for: int = 0) -> None:
        """Answer with so many pages; the last ticket of each is reached only after so many retries."""
        self.count = count
        self.deaf_for = deaf_for
        self.asked: list[m.AdoptionPage] = []

    @activity.defn(name="adopt_page")
    async def adopt_page(self, page: m.AdoptionPage) -> m.RecalculatedPage:
        """Return the next page."""
        self.asked.append(page)
        done = len(self.asked)
        if page.only:
            is_deaf = done - self.count < self.deaf_for
            untold = page.only if is_deaf else ()
            return m.RecalculatedPage(tickets=0 if is_deaf else len(page.only), last=None, untold=untold)
        last, untold = f"n-{done}" if done < self.count else None, (f"deaf-{done}",)
        if self.deaf_for:
            return m.RecalculatedPage(tickets=9, last=last, untold=untold)
        return m.RecalculatedPage(tickets=10, last=last)


def _worker(city: City, pages: Pages) -> Worker:
    return Worker(city.client, task_queue=city.queue, workflows=[Adopt], activities=[pages.adopt_page])


async def _progress(handle: WorkflowHandle[object, m.AdoptionProgress]) -> m.AdoptionProgress:
    return await handle.query("progress", result_type=m.AdoptionProgress)


async def test_an_adoption_goes_on_from_batch_to_batch_and_reports_how_many(idle_city: City) -> None:
    """Each batch begins after the last number of the one before."""
    pages, adoption = Pages(3), order(NOW, f"test@{uuid4().hex[:12]}")
    async with _worker(idle_city, pages):
        handle = await start_adoption(idle_city.client, adoption, idle_city.queue)
        result = await handle.result()
        assert (result.tickets, result.stopped) == (30, False)
        assert await _progress(handle) == result
    assert [page.after for page in pages.asked] == [None, "n-1", "n-2"]
    assert all(page.order == adoption for page in pages.asked)


@pytest.mark.parametrize(("deaf_for", "reached", "left"), [(2, 20, ()), (9, 18, ("deaf-1", "deaf-2"))])
async def test_who_could_not_be_reached_is_retried_and_named_in_the_end(
    idle_city: City, deaf_for: int, reached: int, left: tuple[str, ...]
) -> None:
    """After all the others; the tickets reached are counted."""
    pages, about = Pages(2, deaf_for=deaf_for), order(NOW, f"test@{uuid4().hex[:12]}")
    async with _worker(idle_city, pages):
        handle = await start_adoption(idle_city.client, about, idle_city.queue)
        await idle_city.passes(sum(PAUSES, timedelta(minutes=1)))
        result = await handle.result()
    assert (result.tickets, result.untold) == (reached, left)
    tries = min(deaf_for, len(PAUSES))
    assert [page.only for page in pages.asked] == [(), (), *[("deaf-1", "deaf-2")] * tries]


async def test_an_adoption_that_is_stopped_tries_nobody_again(idle_city: City) -> None:
    """It ends at once, and says who had not been told."""
    pages, about = Pages(1, deaf_for=9), order(NOW, f"test@{uuid4().hex[:12]}")
    async with _worker(idle_city, pages):
        handle = await start_adoption(idle_city.client, about, idle_city.queue)
        while not (await _progress(handle)).untold:  # noqa: ASYNC110 - the engine has no event to wait for
            await asyncio.sleep(0.01)
        await handle.signal("stop")
        result = await handle.result()
    assert (result.tickets, result.stopped, result.untold) == (9, True, ("deaf-1",))
    assert len(pages.asked) == 1


async def test_an_adoption_that_is_stopped_does_no_further_batch(idle_city: City) -> None:
    """What was done stays done; afterwards it may be started again."""
    pages, adoption = Pages(3), order(NOW, f"test@{uuid4().hex[:12]}")
    handle = await start_adoption(idle_city.client, adoption, idle_city.queue)
    await handle.signal("stop")
    with pytest.raises(WrongStage):
        await start_adoption(idle_city.client, order(PINNED, adoption.edition), idle_city.queue)
    async with _worker(idle_city, pages):
        result = await handle.result()
        assert result.stopped
        assert len(pages.asked) <= 1
        again = await start_adoption(idle_city.client, adoption, idle_city.queue)
        assert (await again.result()).tickets >= 20
