"""`jiesu rules` answers in Chinese and English and ends with 1 where something is wrong."""

from typer.testing import CliRunner, Result

from cli.rules import app
from tests.rules.little_city import LittleEdition


def run(*arguments: str) -> Result:
    """Run the command with `arguments`."""
    return CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})


def test_check_prints_the_counts_of_every_edition() -> None:
    """Both editions of the product are sound."""
    result = run("check")
    assert result.exit_code == 0
    assert "beijing@" in result.stdout
    assert "beijing-minutes@" in result.stdout
    assert "街道乡镇343" in result.stdout
    assert "343 street or town" in result.stdout


def test_check_lists_every_problem_and_ends_with_one(little: LittleEdition) -> None:
    """Two mistakes, two sentences, and how many there are."""
    little.change("units.csv", "enterprise", "company")
    little.change("norms.csv", "15min", "soon")
    result = run("check", "little", "--root", str(little.root))
    assert result.exit_code == 1
    assert "rules/little/units.csv:12 field kind:" in result.stderr
    assert "rules/little/norms.csv:2 field limit:" in result.stderr
    assert "problems" in result.stderr


def test_check_of_an_unknown_edition_ends_with_one() -> None:
    """And names the known ones."""
    result = run("check", "atlantis")
    assert result.exit_code == 1
    assert "beijing-minutes" in result.stderr


def test_show_lists_the_limits_with_their_sources(little: LittleEdition) -> None:
    """Each number stands beside where it comes from."""
    result = run("show", "little", "--root", str(little.root))
    assert result.exit_code == 0
    assert "norm of the city" in result.stdout
    assert "default: for tests" in result.stdout


def test_route_says_whom_why_and_how_long() -> None:
    """The unit, the row, the runners-up and the limits."""
    result = run("route", "--category", "室温不达标", "--district", "昌平区", "--town", "回龙观街道")
    assert result.exit_code == 0
    parts = (
        "北京市热力集团",
        "Beijing District Heating Group",
        "directory.csv:",
        "15分钟 15 minutes",
        "昌平区",
    )
    for part in (*parts, "昌平区"):
        assert part in result.stdout


def test_route_without_anything_goes_to_the_city_s_desk_and_asks_for_a_dispatcher() -> None:
    """The last row of all."""
    result = run("route")
    assert result.exit_code == 0
    assert "北京市市民热线服务中心" in result.stdout
    assert "A dispatcher decides" in result.stdout


def test_route_refuses_an_unknown_name_with_one_sentence() -> None:
    """Not with a traceback."""
    result = run("route", "--district", "仙境区")
    assert result.exit_code == 1
    assert "仙境区" in result.stderr


def test_propose_names_a_category_or_says_that_it_is_not_sure() -> None:
    """Both answers are good answers."""
    assert "heating.indoor.cold" in run("propose", "家里暖气不热,室温太低").stdout
    assert "Not sure" in run("propose", "你好").stdout


def test_show_of_an_unsound_edition_ends_with_one(little: LittleEdition) -> None:
    """An edition that cannot be used cannot be shown."""
    little.change("norms.csv", "15min", "soon")
    assert run("show", "little", "--root", str(little.root)).exit_code == 1
