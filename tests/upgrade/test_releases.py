"""What a release has left behind stays readable: its histories and its schema never change again."""

import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RELEASES = tomllib.loads((Path(__file__).parent / "releases.toml").read_text(encoding="utf-8"))["release"]
FROZEN = [(one["version"], path, digest) for one in RELEASES for path, digest in one["frozen"].items()]


@pytest.mark.parametrize(("version", "path", "digest"), FROZEN)
def test_what_a_release_left_behind_is_as_it_was(version: str, path: str, digest: str) -> None:
    """A history recorded again would replay with any code, a revision that changed would never run again."""
    found = sha256((ROOT / path).read_bytes()).hexdigest()
    assert found == digest, f"{path} belongs to release {version}: add a new one instead of changing it"


def test_every_release_has_left_histories_and_a_schema() -> None:
    """A release without them would be tested against nothing."""
    for release in RELEASES:
        kinds = {Path(path).suffix for path in release["frozen"]}
        assert kinds == {".json", ".py"}
