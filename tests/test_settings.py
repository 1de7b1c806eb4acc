"""Settings are read from JIESU_* variables in one place, and a wrong value is refused in one sentence."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from settings import VARIABLES, BadSetting, Settings, child_environment, duration, from_process

EXAMPLE = Path(__file__).parents[1] / ".env.example"


def example() -> dict[str, str]:
    """Return the variables that `.env.example` sets."""
    lines = re.findall(r"^(JIESU_\w+)=(.*)$", EXAMPLE.read_text(encoding="utf-8"), re.MULTILINE)
    return {name: value.strip() for name, value in lines}


def test_an_empty_environment_gives_the_defaults() -> None:
    """Nothing has to be set."""
    assert Settings.from_environment({}) == Settings()


def test_the_example_file_lists_every_setting_and_no_other() -> None:
    """A setting that nobody can find, or a line that does nothing, is a bug."""
    assert sorted(example()) == sorted(VARIABLES.values())


def test_the_example_file_shows_the_defaults() -> None:
    """Whoever copies the file unchanged gets what they had."""
    assert Settings.from_environment(example()) == Settings()


def test_a_proxy_that_is_no_address_is_refused() -> None:
    """A name would never match, and `*` would believe anybody."""
    for wrong in ("*", "proxy.internal", "10.0.0.1;10.0.0.2"):
        with pytest.raises(BadSetting, match="JIESU_TRUSTED_PROXIES"):
            Settings.from_environment({"JIESU_TRUSTED_PROXIES": wrong})


def test_nobody_else_reads_the_environment() -> None:
    """What one file reads by itself, no page lists and no example shows."""
    root = EXAMPLE.parent
    folders = (
        "activities",
        "api",
        "doctor",
        "domain",
        "embedded",
        "readmodel",
        "rules",
        "simulation",
        "workflows",
    )
    files = [*root.glob("*.py"), *(file for folder in folders for file in (root / folder).rglob("*.py"))]
    reads = re.compile(r"\bos\.(environ|getenv)\b|from os import .*\b(environ|getenv)\b")
    found = [str(file.relative_to(root)) for file in files if reads.search(file.read_text(encoding="utf-8"))]
    assert found == ["settings.py"]


def test_every_setting_survives_the_way_to_a_child_process() -> None:
    """The supervisor hands its settings to the worker and the API as variables."""
    chosen = Settings(
        data_dir=Path("/srv/接诉 data"),
        database_url="postgresql://u:p@127.0.0.1:5/d",
        temporal_address="127.0.0.1:7",
        start_timeout=timedelta(milliseconds=1500),
        allow_remote=True,
        master_key_file=Path("/srv/key"),
    )
    assert Settings.from_environment(chosen.to_environment()) == chosen


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500ms", timedelta(milliseconds=500)),
        ("2s", timedelta(seconds=2)),
        ("8", timedelta(seconds=8)),
        ("1.5 s", timedelta(seconds=1.5)),
        ("30min", timedelta(minutes=30)),
        ("24h", timedelta(hours=24)),
        ("30d", timedelta(days=30)),
    ],
)
def test_durations_are_written_with_their_unit(text: str, expected: timedelta) -> None:
    """Seconds are meant where no unit stands."""
    assert duration(text) == expected


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("JIESU_PORT", "http"),
        ("JIESU_PORT", "0"),
        ("JIESU_PORT", "65536"),
        ("JIESU_RETENTION_DAYS", "0"),
        ("JIESU_START_TIMEOUT", "soon"),
        ("JIESU_START_TIMEOUT", "0s"),
        ("JIESU_LOG_LEVEL", "loud"),
        ("JIESU_ALLOW_REMOTE", "perhaps"),
    ],
)
def test_a_wrong_value_is_refused_in_one_sentence_with_its_variable(variable: str, value: str) -> None:
    """The person who set it must find it again."""
    with pytest.raises(BadSetting, match=variable) as refused:
        Settings.from_environment({variable: value})
    assert "\n" not in str(refused.value)
    assert repr(value) in str(refused.value)


def test_options_of_the_command_line_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`jiesu up --port` is the last word."""
    monkeypatch.setenv("JIESU_PORT", "9001")
    monkeypatch.setenv("JIESU_EDITION", "beijing-minutes")
    settings = from_process({"port": 9002})
    assert (settings.port, settings.edition) == (9002, "beijing-minutes")


def test_a_wrong_option_is_refused_with_one_sentence_that_names_it() -> None:
    """An option is refused like a variable."""
    with pytest.raises(BadSetting, match="--temporal-port") as refused:
        from_process({"temporal_port": 0})
    assert "\n" not in str(refused.value)


def test_children_start_without_the_variables_of_their_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a child process gets comes from the settings alone: no variable can undo an option."""
    monkeypatch.setenv("JIESU_PORT", "9001")
    monkeypatch.setenv("PROBE", "kept")
    environment = child_environment()
    assert "JIESU_PORT" not in environment
    assert environment["PROBE"] == "kept"


def test_the_master_key_lies_in_the_data_folder_unless_named() -> None:
    """An installation may keep the key on another disk."""
    assert Settings(data_dir=Path("d")).key_file == Path("d/master.key")
    assert Settings(master_key_file=Path("/k")).key_file == Path("/k")


@pytest.mark.parametrize("url", ["mysql://u:p@h/d", "garbage"])
def test_an_address_that_is_no_postgresqls_is_refused_with_the_variable(url: str) -> None:
    """Before anything tries to connect to it."""
    with pytest.raises(BadSetting, match=r"JIESU_DATABASE_URL.*postgresql://"):
        Settings.from_environment({"JIESU_DATABASE_URL": url})


@pytest.mark.parametrize(
    "url",
    [
        "mysql://jiesu:s3cret@db.example/jiesu",
        "mysql://jiesu:a@b:s3cret/x@db.example/jiesu",
        "mysql://:s3cret@db.example",
        "jiesu:s3cret@db.example/jiesu",
        "mysql://db.example/jiesu?user=jiesu&password=s3cret",
        "host=db.example password='a s3cret' dbname=jiesu",
        "host=db.example PASSWORD=it's_s3cret",
    ],
)
def test_a_refused_address_is_shown_without_its_password(url: str) -> None:
    """The sentence goes to screens and logs; what else it shows is enough to find the mistake."""
    with pytest.raises(BadSetting, match=r"\*\*\*") as refused:
        Settings.from_environment({"JIESU_DATABASE_URL": url})
    assert "s3cret" not in str(refused.value)
    assert "db.example" in str(refused.value)
