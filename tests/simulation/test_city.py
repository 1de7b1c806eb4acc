"""The requests of a made-up day."""

from pathlib import Path
from random import Random

import pytest

from api.forms import RequestForm
from domain.vocabulary import RequestType, Tier, UnitKind
from rules.pack import RulePack
from rules.reading import load
from simulation.city import LETTERS_FILE, MOST_LETTERS, Request, letters_in, requests_of_a_day

HEADER = "id,kind,title,date,content,reply_org,reply_date,reply\n"


@pytest.fixture(scope="module")
def pack() -> RulePack:
    """The edition of the demonstration."""
    return load("beijing-minutes")


def day(pack: RulePack, seed: int, count: int = 240) -> list[Request]:
    """Return the requests of a day without letters."""
    return requests_of_a_day(pack, Random(seed), count, [])


def sample(folder: Path, rows: int) -> Path:
    """Write a file of letters as the sample data has it, from two answerers, and return its root."""
    path = folder / LETTERS_FILE
    path.parent.mkdir(parents=True)
    lines = [
        f'{n},{"建议" if n % 3 else "咨询"},题{n},2021-09-01,"内容{n}",答{n % 2},2021-09-02,复\n'
        for n in range(rows)
    ]
    path.write_text(HEADER + "".join(lines), encoding="utf-8")
    return folder


@pytest.mark.parametrize("seed", range(4))
def test_a_day_has_all_types_tiers_and_districts_and_many_towns(pack: RulePack, seed: int) -> None:
    """Whatever the seed, nothing of the city is left out."""
    requests = day(pack, seed)
    assert len(requests) == 240
    assert {request.type for request in requests} == set(RequestType)
    assert {request.tier for request in requests} == set(Tier)
    districts = {unit.code for unit in pack.of_kind(UnitKind.DISTRICT)}
    assert {request.district for request in requests if request.district} == districts
    assert len({request.town for request in requests if request.town}) > 80


@pytest.mark.parametrize("seed", range(4))
def test_even_a_small_day_has_all_types_and_tiers(pack: RulePack, seed: int) -> None:
    """Twenty requests are enough to see every kind of case."""
    requests = day(pack, seed, count=20)
    assert {request.type for request in requests} == set(RequestType)
    assert {request.tier for request in requests} == set(Tier)


def test_every_request_is_one_the_api_takes(pack: RulePack) -> None:
    """Bodies fit the form, and the names in them are those of the edition."""
    for request in day(pack, seed=1):
        form = RequestForm.model_validate(request.body(), strict=False)
        if form.location is not None:
            pack.place(form.location.district, form.location.town)
        if form.category is not None:
            assert pack.category(form.category).tier is request.tier


def test_what_takes_longest_is_filed_first(pack: RulePack) -> None:
    """Fifteen days are six minutes: whoever has them must be early to end within the demonstration."""
    requests = day(pack, seed=2)
    assert [request.at for request in requests] == sorted(request.at for request in requests)
    assert all(request.at <= 0.1 for request in requests if request.tier is Tier.TIER_4)


def test_most_but_not_all_name_their_category(pack: RulePack) -> None:
    """Some leave it to the dispatcher, so that both ways of dispatch are seen."""
    named = sum(request.category is not None for request in day(pack, seed=3))
    assert 130 < named < 200


def test_the_same_seed_gives_the_same_day(pack: RulePack) -> None:
    """A demonstration can be repeated; another seed is another day."""
    assert day(pack, seed=4) == day(pack, seed=4)
    assert day(pack, seed=4) != day(pack, seed=5)


def test_without_sample_data_there_are_no_letters(tmp_path: Path) -> None:
    """The real letters are not part of the project."""
    assert letters_in(tmp_path, Random(1)) == []


def test_letters_come_without_category_and_from_all_who_answered(pack: RulePack, tmp_path: Path) -> None:
    """No more than forty, spread over the answerers, types by their kind; a day of 240 takes them all."""
    letters = letters_in(sample(tmp_path, rows=90), Random(1))
    assert len(letters) == MOST_LETTERS
    assert {letter.type for letter in letters} == {RequestType.SUGGESTION, RequestType.INQUIRY}
    assert all(letter.category is None and letter.district is None for letter in letters)
    requests = requests_of_a_day(pack, Random(1), 240, letters)
    assert len(requests) == 240
    assert sum(request.is_letter for request in requests) == MOST_LETTERS


def test_a_small_day_takes_few_letters(pack: RulePack, tmp_path: Path) -> None:
    """One request in six, so that the made-up ones still show every type and tier."""
    requests = requests_of_a_day(pack, Random(1), 60, letters_in(sample(tmp_path, rows=90), Random(1)))
    assert sum(request.is_letter for request in requests) == 10
