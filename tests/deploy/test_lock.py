"""The lock is complete by itself: what any locked distribution requires, extras included, is in it.

The set-up installs without resolving, so that nothing but this would notice a gap in an extra: `pip check`
looks at no extras.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[2] / "requirements.lock"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
Environment = Mapping[str, str]


def read_lock(text: str) -> list[Requirement]:
    """Return the locked requirements, hashes left out."""
    return [Requirement(line.rstrip(" \\")) for line in text.splitlines() if line and not line[0].isspace()]


def applies(requirement: Requirement, extras: Iterable[str], environment: Environment) -> bool:
    """Return whether `requirement` counts in `environment` for a distribution asked for with `extras`."""
    marker = requirement.marker
    return marker is None or any(
        marker.evaluate({**environment, "extra": extra}) for extra in ("", *sorted(extras))
    )


def unmet(
    locked: Iterable[Requirement],
    environment: Environment,
    requirements_of: Callable[[str], list[str] | None] = requires,
) -> Iterator[str]:
    """Yield what the locked distributions and the project require and the lock does not give."""
    given = {canonicalize_name(one.name): one for one in locked if applies(one, (), environment)}
    for holder in (*given.values(), Requirement("jiesu[dev,traces]")):
        for text in requirements_of(holder.name) or ():
            wanted = Requirement(text)
            name = canonicalize_name(wanted.name)
            if name == "jiesu" or not applies(wanted, holder.extras, environment):
                continue
            found = given.get(name)
            pinned = "" if found is None else str(found.specifier).removeprefix("==")
            is_met = pinned and wanted.specifier.contains(pinned, prereleases=True)
            if found is None or not is_met or not wanted.extras <= found.extras:
                yield f"{holder.name}: {text}"


@pytest.mark.parametrize("python", PYTHONS)
def test_every_requirement_of_a_locked_distribution_is_met_by_the_lock(python: str) -> None:
    """By name, version and extras; for each Python we support, from the metadata installed here."""
    environment = {"python_version": python, "python_full_version": f"{python}.0"}
    locked = read_lock(LOCK.read_text(encoding="utf-8"))
    assert len(locked) > 90
    assert list(unmet(locked, environment)) == []


def test_what_is_installed_is_what_is_locked() -> None:
    """The metadata above are of the locked versions."""
    locked = read_lock(LOCK.read_text(encoding="utf-8"))
    here = [one for one in locked if applies(one, (), {})]
    assert {one.name: version(one.name) for one in here} == {
        one.name: str(one.specifier).removeprefix("==") for one in here
    }


@pytest.mark.parametrize(
    ("lock", "gap"),
    [
        ("plugin==1.0\nmeasure[toml]==7.0\ntoml==1.0b1\n", None),
        ("plugin==1.0\nmeasure==7.0\ntoml==1.0b1\n", "plugin: measure[toml]>=7.0"),
        ("plugin==1.0\nmeasure[toml]==6.9\ntoml==1.0b1\n", "plugin: measure[toml]>=7.0"),
        ("plugin==1.0\nmeasure[toml]==7.0\n", 'measure: toml; extra == "toml"'),
        (
            "plugin==1.0\nmeasure[toml]==7.0\ntoml==1.0b1 ; python_version < '3.12'\n",
            'measure: toml; extra == "toml"',
        ),
    ],
    ids=["complete", "the extra", "the version", "what the extra brings", "on this Python"],
)
def test_a_gap_in_a_lock_is_found(lock: str, gap: str | None) -> None:
    """What the first release's lock lacked, and its like; nothing where nothing is missing."""
    metadata = {
        "plugin": ["measure[toml]>=7.0", "colour; sys_platform == 'none'"],
        "measure": ['toml; extra == "toml"', 'other; extra == "unused"'],
    }
    found = unmet(read_lock(lock), {"python_version": "3.13"}, metadata.get)
    assert list(found) == ([] if gap is None else [gap])


def test_the_lock_is_written_with_its_extras() -> None:
    """`make lock` keeps them, and somebody asked for these."""
    locked = {one.name: one.extras for one in read_lock(LOCK.read_text(encoding="utf-8"))}
    assert locked["coverage"] == {"toml"}
    assert "--no-strip-extras" in (LOCK.parent / "Makefile").read_text(encoding="utf-8")
