"""The keys: where they come from, what they open, and what they never open."""

import signal
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.numbers import read_number
from readmodel.vault import BadVault, Vault, drafts, draw_key, open_vault
from tests import sample

NUMBER = sample.NUMBER
ROOT = Path(__file__).parents[2]


def opened(key_file: Path) -> Vault:
    """Return the vault of `key_file`, drawn where there is none, as at the first start."""
    draw_key(key_file)
    return open_vault(key_file)


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    """32 random bytes, mode 0600, in a folder that is made if missing; nothing else is left beside it."""
    key_file = tmp_path / "data" / "master.key"
    opened(key_file)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert len(key_file.read_bytes()) == 32
    assert [path.name for path in key_file.parent.iterdir()] == ["master.key"]


def test_a_later_start_uses_the_same_key(tmp_path: Path) -> None:
    """The key is drawn once; another folder has another."""
    here, there = tmp_path / "a.key", tmp_path / "b.key"
    assert opened(here).fingerprint == opened(here).fingerprint
    assert opened(here).fingerprint != opened(there).fingerprint


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    """API and worker may both find no key: one of them makes it, nobody reads half of it."""
    with ThreadPoolExecutor(8) as crowd:
        found = list(crowd.map(lambda _: opened(tmp_path / "k" / "master.key").fingerprint, range(32)))
    assert len(set(found)) == 1


DIES = """
import os, signal, sys
from pathlib import Path
from readmodel import vault
link = os.link
def dying(*names):
    if sys.argv[2] == "after":
        link(*names)
    os.kill(os.getpid(), signal.SIGKILL)
os.link = dying
vault.draw_key(Path(sys.argv[1]))
"""
"""A first start that is killed at the instant in which the key gets its name."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_first_start_that_is_killed_leaves_no_key_or_a_whole_one(tmp_path: Path, moment: str) -> None:
    """The next start draws one, or goes on with the one that has its name, and reports what was left over."""
    key_file = tmp_path / "data" / "master.key"
    died = subprocess.run([sys.executable, "-c", DIES, str(key_file), moment], check=False, cwd=ROOT)
    assert died.returncode == -signal.SIGKILL
    left = key_file.read_bytes() if moment == "after" else None
    assert key_file.exists() == (moment == "after")
    (draft,) = drafts(key_file)
    assert stat.S_IMODE(draft.stat().st_mode) == 0o600
    opened(key_file)
    assert left in {None, key_file.read_bytes()}


def test_a_key_that_is_not_there_is_never_drawn_by_who_only_opens(tmp_path: Path) -> None:
    """Whoever draws has asked the database before."""
    with pytest.raises(BadVault, match=r"master\.key"):
        open_vault(tmp_path / "master.key")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Wider permissions than 0600 mean that somebody else may have it."""
    key_file = tmp_path / "master.key"
    opened(key_file)
    key_file.chmod(mode)
    with pytest.raises(BadVault, match=f"{mode:04o}.*chmod 600"):
        opened(key_file)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_key_of_the_wrong_size_is_refused_and_left_alone(tmp_path: Path, size: int) -> None:
    """A damaged key is never replaced by a new one: that would lose every text."""
    key_file = tmp_path / "master.key"
    key_file.write_bytes(b"x" * size)
    key_file.chmod(0o600)
    with pytest.raises(BadVault, match="32"):
        opened(key_file)
    assert key_file.read_bytes() == b"x" * size


def test_a_link_or_a_folder_in_the_place_of_the_key_is_refused(tmp_path: Path) -> None:
    """The key is a plain file, so that its permissions are what they seem."""
    real = tmp_path / "real.key"
    opened(real)
    link, folder, dangling = tmp_path / "link", tmp_path / "folder", tmp_path / "dangling"
    link.symlink_to(real)
    dangling.symlink_to(tmp_path / "nowhere")
    folder.mkdir(mode=0o600)
    for path in (link, folder, dangling):
        with pytest.raises(BadVault):
            opened(path)


def test_what_is_sealed_opens_again_and_looks_like_nothing(vault: Vault) -> None:
    """A text comes back as it was; its bytes do not stand in what is stored, and no two seals are alike."""
    key, wrapped = vault.new_data_key(NUMBER)
    sealed = [vault.seal(key, NUMBER, "reply", "t1", "已修复路灯") for _ in range(2)]
    assert vault.open(vault.unwrap(NUMBER, wrapped), NUMBER, "reply", "t1", sealed[0]) == "已修复路灯"
    assert "已修复".encode() not in sealed[0]
    assert sealed[0] != sealed[1]


@pytest.mark.parametrize(
    ("number", "kind", "text_id"),
    [("20261102-000018-1", "reply", "t1"), (NUMBER, "name", "t1"), (NUMBER, "reply", "t2")],
)
def test_a_text_moved_to_another_place_does_not_open(
    vault: Vault, number: str, kind: str, text_id: str
) -> None:
    """Whoever can write to the database cannot show one citizen's words as another's."""
    key, _ = vault.new_data_key(NUMBER)
    sealed = vault.seal(key, NUMBER, "reply", "t1", "已修复")
    with pytest.raises(BadVault):
        vault.open(key, number, kind, text_id, sealed)


def test_a_damaged_text_or_key_does_not_open(vault: Vault) -> None:
    """One changed bit, or a part cut off, is found."""
    key, wrapped = vault.new_data_key(NUMBER)
    sealed = vault.seal(key, NUMBER, "reply", "t1", "已修复")
    for broken in (sealed[:-1] + bytes([sealed[-1] ^ 1]), sealed[:10], b""):
        with pytest.raises(BadVault):
            vault.open(key, NUMBER, "reply", "t1", broken)
    with pytest.raises(BadVault):
        vault.unwrap("20261102-000018-1", wrapped)


def test_another_master_key_opens_nothing(vault: Vault) -> None:
    """A stolen database without the key file is noise."""
    _, wrapped = vault.new_data_key(NUMBER)
    with pytest.raises(BadVault, match="another master key"):
        Vault(b"x" * 32).unwrap(NUMBER, wrapped)


def test_keyed_hashes_depend_on_the_key_and_on_what_they_are_for(vault: Vault) -> None:
    """Nobody without the key finds a phone by trying all; a hash of one kind tells nothing of another."""
    other = Vault(b"x" * 32)
    makers = ("phone_hash", "digest", "key_hash", "tracking_code", "person_ref")
    seen = {getattr(one, maker)("13911112222") for one in (vault, other) for maker in makers}
    assert len(seen) == 2 * len(makers)


@pytest.mark.parametrize(
    "phone",
    ["13911112222", "139 1111 2222", "+86-139-1111-2222", "139１１１１2222", "008613911112222"],
)
def test_the_ways_of_writing_one_phone_number_have_one_hash(vault: Vault, phone: str) -> None:
    """The same-person view finds a citizen however the number was typed."""
    assert vault.phone_hash(phone) == vault.phone_hash("13911112222")
    assert vault.phone_hash(phone) != vault.phone_hash("13911112223")


@given(st.integers(0, 999_999))
def test_a_tracking_code_is_eight_plain_letters_and_opens_its_ticket_only(serial: int) -> None:
    """It can be read out: no 0, O, 1, I, L; case, spaces and dashes do not matter."""
    vault = Vault(b"k" * 32)
    number, other = f"20261102-{serial:06d}-1", f"20261102-{(serial + 1) % 1_000_000:06d}-1"
    code = vault.tracking_code(number)
    assert len(code) == 8
    assert not set(code) & set("01OIL")
    assert vault.is_tracking_code(number, f" {code[:4].lower()}-{code[4:]} ")
    assert not vault.is_tracking_code(other, code)


@given(st.text())
def test_a_wrong_tracking_code_never_opens_and_never_fails(code: str) -> None:
    """Whatever is typed, the answer is no."""
    vault = Vault(b"k" * 32)
    assert not vault.is_tracking_code(NUMBER, code + "0")


@pytest.mark.parametrize("code", ["P1", "zhang.wei", "BJ-0017", "u@desk"])
def test_a_staff_code_stays_readable(vault: Vault, code: str) -> None:
    """Who acted can be read in the history where a code names him."""
    assert vault.person_ref(code) == code


@pytest.mark.parametrize(
    "person", ["张伟", "13911112222", "zhang@mail.cn", "a b", "x" * 65, "", "110101199003071234"]
)
def test_a_person_without_a_code_becomes_a_keyed_hash(vault: Vault, person: str) -> None:
    """A name, a phone number or an address in the place of a code never enters a history."""
    ref = vault.person_ref(person)
    assert ref.startswith("p-")
    assert person not in ref or not person
    assert ref == vault.person_ref(person)


def test_the_sample_number_is_a_number() -> None:
    """The tests above use a number that the product would issue."""
    assert read_number(NUMBER) == NUMBER
