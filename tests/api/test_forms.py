"""The forms of commands: they ask for what the messages hold, and no code is a person's number."""

import json

import pytest

from api.forms import FORMS
from api.http.errors import BadBody
from api.http.reading import parse
from domain.command.fields import fields_of
from domain.commands import COMMANDS
from domain.messages import Holds
from engine.starting import workflow_id
from tests.api.desk import (
    Desk,
    dispatcher,
    handler,
    problem,
    text_of,
)


def test_every_command_has_a_form() -> None:
    """In the order of the table."""
    assert list(FORMS) == list(COMMANDS)


@pytest.mark.parametrize("name", FORMS)
def test_a_form_asks_for_what_its_message_holds(name: str) -> None:
    """Every field of the message comes from the form; the form adds the tracking code alone."""
    assert set(FORMS[name].model_fields) - set(COMMANDS[name].message.model_fields) == {"tracking_code"}
    assert set(COMMANDS[name].message.model_fields) <= set(FORMS[name].model_fields)


def _kept_codes() -> list[tuple[str, str]]:
    """Return command and field of every code that goes to the engine as somebody wrote it.

    Units and categories are looked up: a number that is none of theirs goes nowhere.
    """
    return [
        (name, field)
        for name, spec in COMMANDS.items()
        for field, held in fields_of(spec.message).items()
        if isinstance(held.kind, Holds) and held.kind not in (Holds.UNIT, Holds.CATEGORY)
    ]


def test_what_is_no_code_is_distinguished() -> None:
    """The list below is neither empty nor all there is."""
    kept = _kept_codes()
    assert {("acknowledge", "reference"), ("end_whistle", "whistle"), ("join_incident", "incident")} <= set(
        kept
    )
    assert {"assist", "consult", "note", "reassign"}.isdisjoint(name for name, _ in kept)


@pytest.mark.parametrize("number", ["13800138000", "11010519491231002X"])
@pytest.mark.parametrize(("name", "field"), _kept_codes())
def test_no_code_takes_a_person_s_number(name: str, field: str, number: str) -> None:
    """It would stand in the workflow's history as it is: neither a mobile nor an identity number fits."""
    body = json.dumps({"actor": handler(), field: number}).encode()
    with pytest.raises(BadBody) as refused:
        parse(body, FORMS[name])
    fields = {problem.field: problem.en for problem in refused.value.errors}
    assert "personal" in fields[field]


@pytest.mark.parametrize(
    ("name", "field", "code"),
    [
        ("acknowledge", "reference", "F2026N0457"),
        ("answer_task", "task", "assist.12"),
        ("dispose", "master", "20261122-000017-8"),
        ("end_whistle", "whistle", "whistle.1"),
        ("join_incident", "incident", "I20261122-000001"),
        ("object", "basis_code", "HEATING-4"),
    ],
)
def test_a_code_that_is_nobody_s_number_fits(name: str, field: str, code: str) -> None:
    """Our own numbers and keys, and those of the services with a letter between the digits."""
    body = json.dumps({"actor": handler(), field: code}).encode()
    answer: set[str] = set()
    try:
        parse(body, FORMS[name])
    except BadBody as refused:
        answer = {problem.field for problem in refused.errors}  # of other fields, which are missing
    assert field not in answer


async def test_a_phone_number_as_a_service_s_reference_is_refused_before_anything_is_noted(
    desk: Desk,
) -> None:
    """It never comes to the ticket: the history does not know it."""
    number = await desk.has_filed()
    refusal = problem(
        await desk.says(number, "acknowledge", dispatcher(), task="ack.1", reference="13800138000"),
        422,
        "Malformed",
    )
    assert refusal["errors"][0]["field"] == "reference"
    history = await desk.hotline.client.get_workflow_handle(workflow_id(number)).fetch_history()
    assert "13800138000" not in text_of(history)
