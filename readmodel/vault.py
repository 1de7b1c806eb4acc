"""The keys of what is personal: a master key in a file, a data key for each ticket, and keyed hashes.

Nothing here touches the database; `readmodel.texts` keeps what this seals.
"""

import contextlib
import hmac
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import TypeAdapter, ValidationError

from domain.masking import is_personal, plain_phone
from domain.messages import Code
from phrases import Phrase, Phrased

KEY_BYTES = 32
_NONCE_BYTES = 12
_CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, O, 1, I, L: a code is read out over the phone."""
_CODE_LENGTH = 8
_AS_READ = str.maketrans("", "", " -‐–—\t\r\n")
_CODE: TypeAdapter[str] = TypeAdapter(Code)


class BadVault(Phrased):
    """The master key cannot be used, or does not fit what was sealed; the message is one sentence."""


def open_vault(key_file: Path) -> "Vault":
    """Return the vault whose master key lies in `key_file`; `readmodel.texts.unlock` draws the first one.

    Raises `BadVault` when there is none, or the file is not a plain one of 32 bytes that its owner alone may
    read (mode 0600).
    """
    mode, master = _read_key(key_file)
    if not stat.S_ISREG(mode) or stat.S_IMODE(mode) & 0o177:
        raise BadVault(
            Phrase(
                "The master key file is open to others ({mode:04o}): run chmod 600 on it.",
                key_file=key_file,
                mode=stat.S_IMODE(mode),
            )
        )
    if len(master) != KEY_BYTES:
        raise BadVault(
            Phrase(
                "The master key file must hold exactly {KEY_BYTES} bytes: restore it from where it is kept.",
                key_file=key_file,
                KEY_BYTES=KEY_BYTES,
            )
        )
    return Vault(master)


def has_key(key_file: Path) -> bool:
    """Return whether something lies where the master key belongs; a dangling link counts."""
    return os.path.lexists(key_file)


def draw_key(key_file: Path) -> None:
    """Draw a master key into `key_file`, which is on disk when this returns; one that is there stays.

    Of two processes at once one draws. Killed anywhere, it leaves no key or a whole one, and perhaps a draft
    beside it (see `drafts`).
    """
    if not has_key(key_file):
        with contextlib.suppress(FileExistsError):  # another process was quicker
            _make_key(key_file)
    _write_down(key_file.parent)  # also for the one who was not quicker: he seals by a name that must last


def drafts(key_file: Path) -> list[Path]:
    """Return what a killed start has left beside the master key: keys, or copies of the key."""
    return sorted(key_file.parent.glob(f".{key_file.name}.*"))


class Vault:
    """Seals and opens texts, and derives what must be recognisable without being readable."""

    def __init__(self, master: bytes) -> None:
        self._wrapping = AESGCM(_derive(master, "data keys"))
        self._labels = {
            label: _derive(master, label)
            for label in ("phone", "text", "tracking code", "person", "key", "fingerprint")
        }

    @property
    def fingerprint(self) -> str:
        """Return what distinguishes this master key from others and reveals nothing of it."""
        return self._hash("fingerprint", "jiesu")[:32]

    def new_data_key(self, number: str) -> tuple[bytes, bytes]:
        """Return a fresh data key for the ticket `number`: in clear for use now, and wrapped for keeping."""
        key = AESGCM.generate_key(KEY_BYTES * 8)
        return key, _seal(self._wrapping, key, number)

    def unwrap(self, number: str, wrapped: bytes) -> bytes:
        """Return the ticket's data key. Raises `BadVault` if another master key or ticket wrapped it."""
        return _open(self._wrapping, wrapped, number)

    def seal(self, data_key: bytes, number: str, kind: str, text_id: str, text: str) -> bytes:
        """Return `text` encrypted so that it opens only as this text of this ticket."""
        return _seal(AESGCM(data_key), text.encode(), f"{number}/{kind}/{text_id}")

    def open(self, data_key: bytes, number: str, kind: str, text_id: str, ciphertext: bytes) -> str:
        """Return the text that `seal` encrypted. Raises `BadVault` if anything about it differs."""
        return _open(AESGCM(data_key), ciphertext, f"{number}/{kind}/{text_id}").decode()

    def phone_hash(self, phone: str) -> str:
        """Return the keyed hash of a phone number; the ways of writing one number come out the same."""
        return self._hash("phone", plain_phone(phone))[:32]

    def digest(self, text: str) -> str:
        """Return the keyed hash of a text (32 hexadecimal digits)."""
        return self._hash("text", text)[:32]

    def key_hash(self, *parts: str) -> str:
        """Return the keyed hash of a client's key and of what it belongs to (32 hexadecimal digits)."""
        return self._hash("key", "\x1f".join(parts))[:32]

    def tracking_code(self, number: str) -> str:
        """Return the eight characters that open the ticket `number` to its requester; stored nowhere."""
        drawn = int(self._hash("tracking code", number), 16)
        letters: list[str] = []
        for _ in range(_CODE_LENGTH):
            drawn, letter = divmod(drawn, len(_CODE_LETTERS))
            letters.append(_CODE_LETTERS[letter])
        return "".join(letters)

    def is_tracking_code(self, number: str, code: str) -> bool:
        """Return whether `code` opens the ticket `number`; case, spaces and dashes do not matter."""
        given = code.translate(_AS_READ).upper().encode("utf-8", "replace")
        return hmac.compare_digest(given, self.tracking_code(number).encode())

    def person_ref(self, person: str) -> str:
        """Return how a member of staff stands in histories: the staff code itself, else a keyed hash.

        What is no code (a name in Chinese), or is personal itself (a phone number), is hashed.
        """
        with contextlib.suppress(ValidationError):
            code = _CODE.validate_python(person)
            if not is_personal(code):
                return code
        return f"p-{self._hash('person', person)[:24]}"

    def _hash(self, label: str, value: str) -> str:
        return hmac.digest(self._labels[label], value.encode(), "sha256").hex()


def _derive(master: bytes, label: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"jiesu/1/{label}".encode()).derive(master)


def _seal(cipher: AESGCM, plain: bytes, bound_to: str) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + cipher.encrypt(nonce, plain, bound_to.encode())


def _open(cipher: AESGCM, sealed: bytes, bound_to: str) -> bytes:
    try:
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:
        raise BadVault(
            Phrase("A sealed text does not open: this is another master key, or the data is damaged.")
        ) from error


def _read_key(key_file: Path) -> tuple[int, bytes]:
    """Return the mode of the file and what it holds, as far as it is a file."""
    try:
        handle = os.open(key_file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise BadVault(
            Phrase(
                "The master key file cannot be read: {strerror}.", key_file=key_file, strerror=error.strerror
            )
        ) from error
    try:
        mode = os.fstat(handle).st_mode
        return mode, os.read(handle, KEY_BYTES + 1) if stat.S_ISREG(mode) else b""
    finally:
        os.close(handle)


def _make_key(key_file: Path) -> None:
    """Write a new key beside `key_file` and rename it into place: no reader ever sees half a key."""
    if not key_file.parent.exists():
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_down(key_file.parent.parent)
    draft = key_file.with_name(f".{key_file.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, key_file)
    finally:
        draft.unlink()


def _write_down(folder: Path) -> None:
    """Have the names in `folder` on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
