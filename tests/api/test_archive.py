"""`GET /tickets/{number}/archive`: a closed ticket, whole; an open one is refused."""

import json

from sqlalchemy import text

from domain.rebuild.archive import digest, findings
from readmodel import editions, texts
from tests.api.desk import NEVER_ISSUED, Desk, dispatcher, problem


async def answered(desk: Desk) -> str:
    """Return the number of an inquiry that was answered at once, and is closed by that."""
    await editions.store(desk.hotline.database, desk.hotline.rules.identity, {})
    number = await desk.has_filed(
        type="inquiry", description="我是王小虎,供暖哪天开始?", requester={"name": "王小虎"}
    )
    done = await desk.says(
        number,
        "answer",
        dispatcher(),
        key="answer-1",
        reply="十一月十五日开始供暖。",
        knowledge="K-1",
        knowledge_version="3",
    )
    assert done.status_code == 200, done.text
    return number


async def test_a_closed_ticket_comes_whole_and_checks_itself(desk: Desk) -> None:
    """Facts, notices, the command with its answer, the texts by name, the edition; nothing is missing."""
    number = await answered(desk)
    answer = await desk.http.get(f"/api/v1/tickets/{number}/archive")
    document = json.loads(answer.text)
    assert findings(document) == []
    assert answer.headers["etag"] == f'"{digest(document)}"'
    assert [command["name"] for command in document["commands"]] == ["answer"]
    assert document["commands"][0]["answer"]["version"] == document["view"]["version"]
    assert {text["kind"] for text in document["texts"]} == {"description", "name", "reply"}
    assert document["editions"] == [desk.hotline.rules.identity]
    assert [notice["kind"] for notice in document["notices"]] == ["closed"]


async def test_nobody_who_asks_for_an_archive_reads_what_was_said(desk: Desk) -> None:
    """Texts stand by id, kind and keyed hash; of the description the masked copy."""
    number = await answered(desk)
    answer = (await desk.http.get(f"/api/v1/tickets/{number}/archive")).text
    assert "供暖哪天开始" in answer
    assert "王小虎" not in answer
    assert "十一月十五日" not in answer


async def test_the_same_ticket_gives_the_same_document(desk: Desk) -> None:
    """Two archives of it can be compared by their hash."""
    number = await answered(desk)
    address = f"/api/v1/tickets/{number}/archive"
    assert (await desk.http.get(address)).content == (await desk.http.get(address)).content


async def test_an_open_ticket_is_refused_with_a_sentence(desk: Desk) -> None:
    """And a number nobody has."""
    number = await desk.has_filed()
    refusal = problem(await desk.http.get(f"/api/v1/tickets/{number}/archive"), 409, "WrongStage")
    assert "办结" in refusal["zh"]
    problem(await desk.http.get(f"/api/v1/tickets/{NEVER_ISSUED}/archive"), 404, "UnknownTicket")


async def test_an_archive_after_an_erasure_is_whole_without_the_texts(desk: Desk) -> None:
    """It says that they were erased; everything else is there."""
    number = await answered(desk)
    await texts.erase(desk.hotline.database, number)
    document = await desk.sees(f"tickets/{number}/archive")
    assert document["erased"]
    assert document["texts"] == []
    assert findings(document) == []


async def test_what_the_database_lost_shows_in_the_archive(idle_desk: Desk) -> None:
    """A fact that somebody deleted is named by its number."""
    number = await idle_desk.has_filed(type="praise")
    async with idle_desk.hotline.database.connect() as connection:
        await connection.execute(
            text("DELETE FROM ticket_event WHERE number = :number AND seq = 2"), {"number": number}
        )
    document = await idle_desk.sees(f"tickets/{number}/archive")
    assert any("Facts are missing: 2" in one.en for one in findings(document))
