"""The command `jiesu rules calendar`, run in this process against a data folder of its own."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.calendar import build_app, configured_data_dir
from tests.rules.holiday_plans import PLAN_2019, PLAN_2027


class Office:
    """The command with its data folder, and the years that running tickets were recalculated for."""

    def __init__(self, folder: Path) -> None:
        """Keep everything below `folder`."""
        self.data = folder / "data"
        self.file = folder / "2027.yaml"
        self.file.write_text(PLAN_2027, encoding="utf-8")
        self.recalculated: list[tuple[int, ...]] = []
        self.app = build_app(lambda: self.data, lambda _data, years: self.recalculated.append(years))

    def run(self, *words: str) -> tuple[int, str]:
        """Return exit code and everything said by `jiesu rules calendar WORDS`."""
        result = CliRunner().invoke(self.app, list(words))
        return result.exit_code, result.output


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """An office with an empty data folder and the plan of 2027."""
    return Office(tmp_path)


def test_importing_shows_the_source_and_every_change_and_recalculates_running_tickets(office: Office) -> None:
    """The clerk sees what was taken over and how far the calendar is known now."""
    code, said = office.run("import", str(office.file))
    assert code == 0
    assert "2027 来源 source: 关于2027年部分节假日安排的通知" in said
    assert "+ 2027-10-01 周五 放假 holiday" in said
    assert "+ 2027-10-09 周六 上班 workday" in said
    assert "2027-12-31" in said
    assert office.recalculated == [(2027,)]


def test_looking_first_changes_nothing(office: Office) -> None:
    """A dry run shows the difference and keeps nothing."""
    code, said = office.run("import", str(office.file), "--dry-run")
    assert code == 0
    assert "+ 2027-10-01" in said
    assert not office.data.exists()
    assert office.recalculated == []


def test_importing_again_says_that_nothing_changed(office: Office) -> None:
    """And recalculates nothing."""
    office.run("import", str(office.file))
    code, said = office.run("import", str(office.file))
    assert code == 0
    assert "nothing changed" in said
    assert len(office.recalculated) == 1


def test_a_changed_year_is_refused_until_replacing_is_asked_for(office: Office) -> None:
    """The difference and the old source are shown either way."""
    office.run("import", str(office.file))
    office.file.write_text(PLAN_2027.replace("2027-10-07", "2027-10-08"), encoding="utf-8")
    code, said = office.run("import", str(office.file))
    assert code == 1
    assert "replaces: 关于2027年" in said
    assert "--replace" in said
    assert office.run("import", str(office.file), "--replace")[0] == 0
    assert len(office.recalculated) == 2


@pytest.mark.parametrize(
    ("plan", "complaint"),
    [
        (PLAN_2027.replace("2027-06-09", "June"), "2027.yaml:8 holidays: 日期无效"),
        (PLAN_2019, "begins with 2024"),
    ],
)
def test_a_plan_that_cannot_be_used_is_refused_with_a_sentence(
    office: Office, plan: str, complaint: str
) -> None:
    """Exit code 1, and nothing is kept."""
    office.file.write_text(plan, encoding="utf-8")
    code, said = office.run("import", str(office.file))
    assert code == 1
    assert complaint in said
    assert not office.data.exists()


def test_a_folder_that_cannot_be_written_is_named(office: Office) -> None:
    """A file stands where the data folder should be."""
    office.data.write_text("not a folder", encoding="utf-8")
    code, said = office.run("import", str(office.file))
    assert code == 1
    assert str(office.data) in said


def test_an_unknown_edition_is_named(office: Office) -> None:
    """Nothing is imported for an edition that does not exist."""
    code, said = office.run("import", str(office.file), "--edition", "atlantis")
    assert code == 1
    assert "atlantis" in said


def test_a_year_is_shown_with_its_source(office: Office) -> None:
    """The package's year, and make-up workdays among the holidays."""
    code, said = office.run("show", "2026")
    assert code == 0
    assert "source: chinesecalendar" in said
    assert "2026-10-10 周六 上班 workday" in said


def test_a_year_that_is_not_published_is_reported_as_such(office: Office) -> None:
    """Limits in working time that reach it are provisional."""
    code, said = office.run("show", "2027")
    assert code == 1
    assert "provisional" in said


def test_a_spoilt_file_is_reported_when_a_year_is_shown(office: Office) -> None:
    """Not a stack trace, but file, line and field."""
    office.run("import", str(office.file))
    (office.data / "calendars" / "2027.yaml").write_text("year: 2027", encoding="utf-8")
    code, said = office.run("show", "2027")
    assert code == 1
    assert "source: 缺少来源" in said


def test_the_command_uses_the_configured_folder_and_says_what_it_did_not_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By itself it cannot reach running tickets, and does not pretend to."""
    office = Office(tmp_path)
    monkeypatch.setenv("JIESU_DATA", str(office.data))
    result = CliRunner().invoke(build_app(configured_data_dir), ["import", str(office.file)])
    assert result.exit_code == 0
    assert "not yet recalculated for 2027" in result.output
    assert (office.data / "calendars" / "2027.yaml").is_file()
