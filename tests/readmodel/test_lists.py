"""The lists: what is in them, in what order, and that paging through them loses and doubles nothing."""

from datetime import timedelta

import pytest

from domain.errors import Malformed
from domain.handle.assisting import Assist
from domain.terms import Place
from domain.ticket.ticket import Ticket
from domain.vocabulary import Channel, Level, RequestType, Stage, Status, Tier
from readmodel import Database, notices, recording, tickets
from readmodel.cursors import Page
from readmodel.tickets import Filters, Recorded
from readmodel.vault import Vault
from tests import sample
from tests.domain.journey import Journey
from tests.readmodel.records import PHONE, batches, filed, written


async def _all(database: Database, filters: Filters, limit: int = 3) -> list[str]:
    found: list[str] = []
    mark: str | None = None
    while True:
        page = await tickets.search(database, filters, mark, limit)
        found += _numbers(page)
        mark = page.next
        if mark is None:
            return found


def _numbers(page: Page[Recorded]) -> list[str]:
    return [row.number for row in page.rows]


async def _city(database: Database, vault: Vault) -> dict[str, Ticket]:
    """Fill the database with a ticket of each kind the filters tell apart; return them by name."""
    made: dict[str, Journey] = {}
    for name, given in {
        "new": {},
        "inquiry": {"type_": RequestType.INQUIRY},
        "handled": {},
        "overdue": {},
        "closed": {"place": Place(district="110105", town="110105001")},
        "placeless": {"place": Place(), "channel": Channel.PHONE},
    }.items():
        done = await filed(database, vault, **given)  # pyright: ignore[reportArgumentType]
        made[name] = Journey(done.intake)
    made["overdue"].wait(hours=3)
    made["closed"].left_alone()
    for name, journey in made.items():
        if name != "new":  # what the filing itself wrote is all there is of it
            await written(database, journey)
    return {name: journey.ticket for name, journey in made.items()}


async def test_each_filter_lets_through_what_it_says(database: Database, vault: Vault) -> None:
    """One ticket of each kind; every filter is compared with the tickets' own state."""
    city = await _city(database, vault)

    async def expect(filters: Filters, *names: str) -> None:
        wanted = sorted((city[name].filed_at, city[name].number) for name in names)
        assert await _all(database, filters) == [number for _, number in reversed(wanted)]

    await expect(Filters(), *city)
    for stage in Stage:
        named = [name for name, ticket in city.items() if ticket.stage is stage]
        await expect(Filters(stage=stage), *named)
    for status in Status:
        named = [name for name, ticket in city.items() if ticket.status is status]
        await expect(Filters(status=status), *named)
    for level in Level:
        named = [name for name, ticket in city.items() if ticket.level is level]
        await expect(Filters(level=level), *named)
    await expect(
        Filters(overdue=True),
        *(name for name, ticket in city.items() if ticket.is_open and ticket.is_overdue),
    )
    await expect(Filters(type=RequestType.INQUIRY), "inquiry")
    await expect(Filters(channel=Channel.PHONE), "placeless")
    await expect(Filters(district="110105"), "closed")
    await expect(Filters(town="110105001", stage=Stage.CLOSED), "closed")
    await expect(
        Filters(unit=sample.TOWN.code), *(name for name, ticket in city.items() if ticket.assignment)
    )
    await expect(Filters(tier=Tier.TIER_3), *city)
    await expect(Filters(tier=Tier.TIER_1))
    await expect(Filters(stage=Stage.CLOSED, status=Status.HANDLING))


async def test_a_category_means_itself_and_all_below_it(database: Database, vault: Vault) -> None:
    """`environment` finds `environment.noise`, and nothing that merely begins with the same letters."""
    number = (await filed(database, vault)).number
    for prefix in ("environment", "environment.noise"):
        assert await _all(database, Filters(category=prefix)) == [number]
    for prefix in ("environ", "environment.", "environment.n", "environment.noise.night", "noise", ""):
        assert await _all(database, Filters(category=prefix)) == []


async def test_a_span_of_time_includes_its_beginning_and_not_its_end(
    database: Database, vault: Vault
) -> None:
    """Days can be put side by side without counting a ticket twice."""
    done = await filed(database, vault)
    instant, later = done.filed_at, done.filed_at + timedelta(microseconds=1)
    assert await _all(database, Filters(filed_from=instant, filed_to=later)) == [done.number]
    assert await _all(database, Filters(filed_to=instant)) == []
    assert await _all(database, Filters(filed_from=later)) == []


async def test_pages_hold_every_ticket_once_even_while_new_ones_come(
    database: Database, vault: Vault
) -> None:
    """A page is a place in the order, not a count from the top."""
    first = [(await filed(database, vault)).number for _ in range(7)]
    page = await tickets.search(database, Filters(), None, 3)
    assert _numbers(page) == first[:3:-1]
    await filed(database, vault)
    assert page.next is not None
    rest = await tickets.search(database, Filters(), page.next, 4)
    assert _numbers(rest) == first[3::-1]
    assert rest.next is None


async def test_words_find_the_requests_that_contain_them(database: Database, vault: Vault) -> None:
    """One, two and more characters, several words, wide and narrow forms, any case."""
    lamp = (await filed(database, vault, "回龙观东大街路灯不亮，影响出行。BRT２号线附近 100%黑")).number
    noise = (await filed(database, vault, "夜间施工噪音扰民,路边停车")).number
    for words in (
        "灯",
        "路灯",
        "路灯不亮",
        "东大街 不亮",
        "brt2",
        "ＢＲＴ",
        "不亮，影响",
        "不亮,影响",
        "100%黑",
        "%",
        "  路灯  ",
    ):
        assert await _all(database, Filters(q=words)) == [lamp], words
    assert await _all(database, Filters(q="路")) == [noise, lamp]
    assert await _all(database, Filters(q="路 扰民")) == [noise]
    for words in ("灯路", "路亮", "路灯亮", "路灯 扰民", "街路灯亮", "龘", "_灯", "brt3"):
        assert await _all(database, Filters(q=words)) == [], words
    assert await _all(database, Filters(q="  ")) == [noise, lamp]


async def test_words_are_looked_for_in_the_masked_copy_only(database: Database, vault: Vault) -> None:
    """Nobody finds a citizen by searching for a name or a number."""
    await filed(database, vault, f"我叫欧阳小虎,电话{PHONE}", name="欧阳小虎", phone=PHONE)
    for words in ("欧阳", "小虎", PHONE, PHONE[:4]):
        assert await _all(database, Filters(q=words)) == []


async def test_pairs_of_the_right_kind_in_the_wrong_place_are_not_a_hit(
    database: Database, vault: Vault
) -> None:
    """The index offers a text that has every pair of the word; reading shows that the word is not there."""
    number = (await filed(database, vault, "小区门口 区门 口小")).number
    await filed(database, vault, "口小区 区门口")
    assert await _all(database, Filters(q="小区门口")) == [number]


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
async def test_words_that_are_not_text_are_refused(database: Database, bad: str) -> None:
    """A sentence for the person, not a failure of the database."""
    with pytest.raises(Malformed):
        await tickets.search(database, Filters(q=bad), None, 10)


async def test_all_requests_of_one_person_are_found_by_the_hash(database: Database, vault: Vault) -> None:
    """However the number was written; others are not among them."""
    one = (await filed(database, vault, phone=PHONE)).number
    two = (await filed(database, vault, phone=f"+86 {PHONE}")).number
    await filed(database, vault, phone="13700001111")
    await filed(database, vault)
    assert await _all(database, Filters(phone_hash=vault.phone_hash(PHONE))) == [two, one]


async def test_a_worklist_shows_what_waits_for_the_unit_by_time_left(
    database: Database, vault: Vault
) -> None:
    """The one due first comes first; what is closed or waits for an answer is not the unit's to do."""
    city = await _city(database, vault)
    mine = [city[name].number for name in ("new", "handled", "overdue", "placeless")]
    page = await tickets.worklist(database, sample.TOWN.code, None, 2)
    rest = await tickets.worklist(database, sample.TOWN.code, page.next, 2)
    assert sorted(_numbers(page) + _numbers(rest)) == sorted(mine)
    due = [row.view["next_due_at"] for row in (*page.rows, *rest.rows)]
    assert due == sorted(due, key=str)
    assert rest.next is None
    assert (await tickets.worklist(database, sample.HEATING.code, None, 10)).rows == ()


async def test_the_citys_desk_sees_what_nobody_else_has_to_act_on(database: Database, vault: Vault) -> None:
    """Waiting for a dispatcher, and waiting for a callback."""
    waiting = Journey(sample.intake(certain=False))
    surveyed = Journey(sample.intake(number="20261102-000018-1"))
    surveyed.left_alone()
    await written(database, waiting)
    await written(database, surveyed)
    assert _numbers(await tickets.worklist(database, sample.CITY_DESK.code, None, 10)) == [
        waiting.ticket.number
    ]


async def test_an_overdue_assist_is_on_the_lists_of_the_leads_district_and_of_the_city(
    database: Database, vault: Vault
) -> None:
    """Both have to answer; the one that has is rid of it."""
    journey = Journey()
    journey.sign()
    journey.contact()
    lead, unit = sample.HANDLER, sample.WATER.code
    journey.take("assist", Assist(actor=lead, unit=unit, text=sample.TEXT))
    journey.wait(hours=49)
    await written(database, journey)
    desks = (sample.DISTRICT_DESK.code, sample.CITY_DESK.code)
    for desk in (*desks, unit):
        assert _numbers(await tickets.worklist(database, desk, None, 10)) == [journey.ticket.number]
    known = len(journey.log)
    journey.urge(sample.DISTRICT_SUPERVISOR)
    for batch in batches(journey, (known - 1, 1000))[1:]:
        await recording.record(database, batch)
    shown = [len((await tickets.worklist(database, desk, None, 10)).rows) for desk in desks]
    assert shown == [0, 1]


async def test_notices_to_one_recipient_are_paged_newest_first(database: Database) -> None:
    """Each notice once, and only that recipient's."""
    journey = Journey()
    journey.left_alone()
    await written(database, journey)
    wanted = [notice for notice in journey.notices if notice.to == sample.TOWN.code]
    first = await notices.of(database, sample.TOWN.code, None, 3)
    rest = await notices.of(database, sample.TOWN.code, first.next, 100)
    found = [*first.rows, *rest.rows]
    assert len(wanted) > 3
    assert sorted(found, key=lambda notice: notice.key) == sorted(wanted, key=lambda notice: notice.key)
    assert [notice.at for notice in found] == sorted((notice.at for notice in wanted), reverse=True)
    assert rest.next is None


async def test_notices_about_one_ticket_are_complete(database: Database) -> None:
    """Who was notified of what about it, oldest first; a ticket with a similar number is not among them."""
    here, there = Journey(), Journey(sample.intake(number=sample.NUMBER + "0"))
    await written(database, here)
    await written(database, there)
    assert {notice.key for notice in await notices.about(database, here.ticket.number)} == {
        notice.key for notice in here.notices
    }


@pytest.mark.parametrize(
    "mark", ["", "x", "AAAA", "路", "W10", "WzEsMl0", "bnVsbA", "eyJhIjoxfQ", "=" * 9, "Wzsd\0"]
)
async def test_a_mark_we_did_not_make_is_refused(database: Database, mark: str) -> None:
    """A sentence for the person, in every list."""
    with pytest.raises(Malformed, match="翻页"):
        await tickets.search(database, Filters(), mark, 10)
    with pytest.raises(Malformed):
        await tickets.worklist(database, "u", mark, 10)
    with pytest.raises(Malformed):
        await notices.of(database, "u", mark, 10)


async def test_an_unknown_number_shows_nothing(database: Database) -> None:
    """Null and empty, not an error."""
    assert await tickets.view(database, "20261102-000017-3") is None
    assert await tickets.events(database, "20261102-000017-3") == ()


async def test_an_escalation_waits_on_the_list_of_the_desk_that_has_to_answer_it(
    database: Database, vault: Vault
) -> None:
    """The unit has not signed; its district's desk is asked, and both see the ticket, once each."""
    del vault
    journey = Journey(sample.intake())
    journey.until(sample.MONDAY + timedelta(hours=3))
    await written(database, journey)
    for unit in (sample.TOWN.code, sample.DISTRICT_DESK.code):
        page = await tickets.worklist(database, unit, None, 10)
        assert _numbers(page) == [journey.ticket.number]
        rest = await tickets.worklist(database, unit, page.next, 10) if page.next else None
        assert rest is None
    assert (await tickets.worklist(database, sample.CITY_DESK.code, None, 10)).rows == ()
