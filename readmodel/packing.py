"""Packs the history of a workflow: deflate that knows beforehand what nearly every history says.

The words known beforehand are a file of this release; the database keeps each version that was ever used, so
that what is packed opens for as long as it lies there. A file that was released never changes: better words
are a new file.
"""

import hashlib
import zlib
from functools import cache
from pathlib import Path
from typing import Final

from phrases import Phrase, Phrased

_FILE = Path(__file__).with_name("history_words_1.bin")
_LEVEL = 9
_RAW = -15
_MEMORY = 9


class Damaged(Phrased):
    """What was packed does not open; the message is one sentence."""


@cache
def words() -> tuple[str, bytes]:
    """Return the words by which this release packs, with the id they have in the database."""
    content = _FILE.read_bytes()
    return name_of(content), content


def name_of(content: bytes) -> str:
    """Return the id of words: what they are decides."""
    return hashlib.sha256(content).hexdigest()[:16]


def pack(plain: bytes) -> bytes:
    """Return `plain` packed by the words of this release."""
    machine = zlib.compressobj(
        _LEVEL, zlib.DEFLATED, _RAW, _MEMORY, zlib.Z_DEFAULT_STRATEGY, zdict=words()[1]
    )
    return machine.compress(plain) + machine.flush()


def unpack(packed: bytes, known: bytes, length: int) -> bytes:
    """Return the `length` bytes that were packed by the words `known`. Raises `Damaged`."""
    try:
        plain: Final = zlib.decompressobj(_RAW, zdict=known).decompress(packed)
    except zlib.error as error:
        raise Damaged(Phrase("The archived history is damaged: {error}.", error=error)) from error
    if len(plain) != length:
        raise Damaged(Phrase("The archived history is not whole."))
    return plain
