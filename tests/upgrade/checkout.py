"""A released version as it was: the files of its commit, taken from the repository's own past."""

import io
import subprocess
import tarfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RELEASES: list[dict[str, Any]] = tomllib.loads(
    (Path(__file__).parent / "releases.toml").read_text(encoding="utf-8")
)["release"]
"""Every release, oldest first."""


class NoSuchCommit(AssertionError):  # noqa: N818 - reads as what it says
    """The repository lacks the commit of a release: the upgrade cannot be tried, which is a failure."""


def checked_out(release: dict[str, Any], folder: Path) -> Path:
    """Write the files of `release` into `folder` and return it.

    Raises `NoSuchCommit` where the repository has no such commit.
    """
    archived = subprocess.run(
        ["git", "-C", str(ROOT), "archive", "--format=tar", release["commit"]],
        capture_output=True,
        check=False,
    )
    if archived.returncode:
        raise NoSuchCommit(
            f"仓库中没有版本 {release['version']} 的提交 {release['commit']}:多半是浅克隆,"
            "请先 git fetch --unshallow。 / "
            f"This repository lacks commit {release['commit']} of release {release['version']}: "
            "it is a shallow clone, most likely; run `git fetch --unshallow` first. git said: "
            + archived.stderr.decode(errors="replace").strip()
        )
    with tarfile.open(fileobj=io.BytesIO(archived.stdout)) as files:
        files.extractall(folder, filter="data")
    return folder
