"""`make setup` installs what is locked and nothing else, and says what is wrong when it cannot."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

from deploy.setup.pythons import ABSENT, Trial, row, try_each
from deploy.setup.wheels import pip_trying, sentences, without_wheel
from tests.deploy.little_index import LittleIndex

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
OPTIONS = re.findall(r"^FROM_LOCK := (.+) requirements\.lock$", MAKEFILE, re.MULTILINE)[0].split()
"""What `make setup` says to pip, the lock itself left out."""
RESOLVING = [option for option in OPTIONS if option != "--no-deps"]
"""What it said when the first release was published."""
STRANGE = "cp27-cp27m-linux_s390x"
"""A tag that no Python which runs these tests can install."""
BACKEND = """
import shutil

def build_editable(folder, *_):
    shutil.copy("jiesu-1-py3-none-any.whl", folder)
    return "jiesu-1-py3-none-any.whl"
"""
PROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]

[project]
name = "jiesu"
version = "1"
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LittleIndex:
    """An empty index, the only one pip knows in this test."""
    made = LittleIndex(tmp_path / "index")
    whole = made.environment(os.environ)
    for name in os.environ.keys() - whole.keys():
        monkeypatch.delenv(name)
    for name, value in whole.items():
        monkeypatch.setenv(name, value)
    return made


def install(lock: str, folder: Path, options: list[str]) -> subprocess.CompletedProcess[str]:
    """Install `lock` into `folder` with `options`."""
    folder.mkdir()
    file = folder / "requirements.lock"
    file.write_text(lock, encoding="utf-8")
    command = [sys.executable, "-m", "pip", "install", "--target", str(folder), *options, str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def installed(folder: Path) -> set[str]:
    """Return the distributions in `folder`, as name-version."""
    return {path.name.removesuffix(".dist-info") for path in folder.rglob("*.dist-info")}


def locked_coverage(index: LittleIndex) -> str:
    """Publish a likeness of pytest-cov and coverage; return the lock, without the extra one asks for."""
    wanted = index.publish("plugin", "1.0", requires=["measure[toml]>=1.0"])
    return wanted + index.publish("measure", "1.0", extras=["toml"])


def test_a_newer_release_of_a_locked_package_is_not_looked_at(index: LittleIndex, tmp_path: Path) -> None:
    """Not even opened: the newer file here is no wheel at all."""
    lock = locked_coverage(index)
    (index.folder / "measure-2.0-py3-none-any.whl").write_bytes(b"no wheel")
    run = install(lock, tmp_path / "new", OPTIONS)
    assert run.returncode == 0, run.stderr
    assert installed(tmp_path / "new") == {"plugin-1.0", "measure-1.0"}
    assert "2.0" not in run.stdout + run.stderr


def test_resolving_again_would_not_hold_the_lock(index: LittleIndex, tmp_path: Path) -> None:
    """The lock of the first release held until the next release of coverage, with any pip before 23.3."""
    lock = locked_coverage(index)
    assert install(lock, tmp_path / "before", RESOLVING).returncode == 0
    index.publish("measure", "2.0", extras=["toml"])
    after = install(lock, tmp_path / "after", RESOLVING)
    assert (after.returncode != 0) == (Version(version("pip")) < Version("23.3")), after.stderr


def test_resolving_looks_at_what_is_not_locked(index: LittleIndex, tmp_path: Path) -> None:
    """Every pip does, unless it is forbidden to."""
    lock = index.publish("plugin", "1.0", requires=["measure>=1.0"])
    index.publish("measure", "2.0")
    assert "measure" in install(lock, tmp_path / "resolving", RESOLVING).stderr
    run = install(lock, tmp_path / "locked", OPTIONS)
    assert installed(tmp_path / "locked") == {"plugin-1.0"}
    assert "measure" not in run.stdout + run.stderr


def test_a_file_that_is_not_the_locked_one_is_refused(index: LittleIndex, tmp_path: Path) -> None:
    """The same name and version with other content, and a line without a hash."""
    lock = index.publish("measure", "1.0")
    index.publish("measure", "1.0", files={"more.py": "print()"})
    assert "HASH" in install(lock, tmp_path / "other", OPTIONS).stderr
    assert "hash" in install("measure==1.0\n", tmp_path / "bare", OPTIONS).stderr
    assert installed(tmp_path / "other") == installed(tmp_path / "bare") == set()


def test_every_page_and_image_installs_the_lock_as_make_does() -> None:
    """Wherever else the lock is installed, the options are those of the Makefile."""
    places = [ROOT / "deploy/compose/Dockerfile", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    lines = [
        line
        for place in places
        for line in place.read_text(encoding="utf-8").splitlines()
        if re.search(r"pip install .*requirements\.lock", line)
    ]
    assert len(lines) >= 3
    assert [line for line in lines if " ".join([*OPTIONS, "requirements.lock"]) not in line] == []


def test_every_package_without_a_wheel_is_named(index: LittleIndex) -> None:
    """Not the first alone, at which pip stops; and the person reads for which Python."""
    lock = index.publish("first", "1.0", tag=STRANGE)
    lock += index.publish("good", "1.0")
    lock += index.publish("second_one", "2.0", tag=STRANGE).replace("==", "[fast, safe]==")
    lock = lock.replace("second_one", "second-one")
    missing = without_wheel(lock, pip_trying(OPTIONS))
    assert missing == ["first==1.0", "second-one==2.0"]
    said = sentences(missing)
    assert f"Python {sys.version_info.major}.{sys.version_info.minor}" in said
    assert "软件包源中没有适用于" in said
    assert "no wheel for" in said
    assert "  first==1.0\n  second-one==2.0\n" in said


def test_an_index_out_of_reach_is_not_mistaken_for_missing_wheels(
    index: LittleIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing answers there, so nothing is known of any wheel."""
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/")
    lock = f"anything==1.0 \\\n    --hash=sha256:{0:064d}\n"
    assert without_wheel(lock, pip_trying(OPTIONS)) == []
    assert "原因见上文" in sentences([])
    assert "pip says why" in sentences([])


def test_the_table_shows_how_it_went_with_each_python() -> None:
    """What went well, what failed, what is not there."""
    passed = row(Trial("python3.11", "3.11.0", 61.0))
    assert passed.split() == ["python3.11", "3.11.0", "61", "s", "成功", "/", "passed"]
    assert row(Trial("python3.14", "3.14.0", 2.0, "no wheel")).endswith("失败 / failed")
    assert row(Trial("gone")).endswith(ABSENT)


@pytest.fixture
def project(index: LittleIndex, tmp_path: Path) -> Path:
    """A project that the real Makefile sets up from the little index in seconds."""
    root = tmp_path / "project"
    root.mkdir()
    shutil.copy(ROOT / "Makefile", root)
    shutil.copytree(ROOT / "deploy/setup", root / "deploy/setup")
    entry_point = "[console_scripts]\njiesu = jiesu:main\n"
    files = {"jiesu.py": "def main(): ...\n", "{info}/entry_points.txt": entry_point}
    index.publish("jiesu", "1", requires=["measure"], files=files)
    shutil.move(index.folder / "jiesu-1-py3-none-any.whl", root)
    (root / "backend.py").write_text(BACKEND, encoding="utf-8")
    (root / "pyproject.toml").write_text(PROJECT, encoding="utf-8")
    return root


def make_setup(root: Path, lock: str) -> subprocess.CompletedProcess[str]:
    """Write the lock and run `make setup` in `root` with the Python that runs the tests."""
    (root / "requirements.lock").write_text(lock, encoding="utf-8")
    command = ["make", "setup", f"PYTHON={sys.executable}"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_make_setup_holds_to_the_lock_as_it_changes(index: LittleIndex, project: Path) -> None:
    """A newer release stays outside; what is no longer locked goes; what is then missing stops the set-up."""
    environment = project / ".venv"
    plugin, measure = index.publish("plugin", "1.0"), index.publish("measure", "1.0")
    index.publish("measure", "2.0")
    complete = make_setup(project, plugin + measure)
    assert complete.returncode == 0, complete.stderr
    assert {"plugin-1.0", "measure-1.0", "jiesu-1"} <= installed(environment)

    for _again in range(2):
        incomplete = make_setup(project, plugin)
        assert incomplete.returncode != 0
        assert "jiesu 1 requires measure, which is not installed" in incomplete.stdout
        assert "锁定的软件包不完整" in incomplete.stdout
        assert not {"measure-1.0", "measure-2.0"} & installed(environment)
        assert not (environment / ".jiesu-ready").exists()


@pytest.mark.long
def test_the_set_up_is_tried_with_each_python(index: LittleIndex, project: Path, tmp_path: Path) -> None:
    """The one that runs the tests passes, a name that is not there is said to be so."""
    lock = index.publish("measure", "1.0")
    (project / "requirements.lock").write_text(lock, encoding="utf-8")
    good, absent = try_each([sys.executable, "python-of-nobody"], tmp_path / "trials", project)
    assert (good.complaint, absent.verdict) == ("", ABSENT)
    (project / "requirements.lock").write_text(index.publish("exotic", "1.0", tag=STRANGE), encoding="utf-8")
    bad, *_ = try_each([sys.executable], tmp_path / "trials", project)
    assert bad.verdict == "失败 / failed"
    assert "软件包源中没有适用于" in bad.complaint
    assert "exotic==1.0" in bad.complaint
    assert not (tmp_path / "trials" / "0").exists()
