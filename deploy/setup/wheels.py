"""Say why pip could not install the lock: which locked packages have no wheel for this Python.

`make setup` calls it after an install that failed, with the options pip was given, the lock last. It runs
in the new and empty environment, so it needs the standard library alone.
"""

import platform
import re
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

NO_WHEEL: Final = re.compile(r"No matching distribution found for ([\w.-]+)")
UNREACHABLE: Final = "Retrying"
"""pip warns so before it finds no package at all."""
_NEXT_PACKAGE: Final = re.compile(r"\n(?=\S)")

Pip = Callable[[str], str]
"""Try to install the text of a lock; return what pip complained of, empty when nothing is wrong."""


def pip_trying(options: Sequence[str]) -> Pip:
    """Return a pip that, with `options`, looks for every wheel of a lock and installs none."""

    def try_to_install(lock: str) -> str:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "requirements.lock")
            file.write_text(lock, encoding="utf-8")
            command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--retries", "1"]
            run = subprocess.run(  # noqa: S603 - a command line of our own
                [*command, *options, str(file)], capture_output=True, text=True, check=False
            )
        return run.stderr if run.returncode else ""

    return try_to_install


def without_wheel(lock: str, try_to_install: Pip) -> list[str]:
    """Return the packages of `lock`, as `name==version`, that have no wheel, in the order of the lock.

    pip stops at the first; the search goes on behind it until pip has another complaint or none. Empty when
    pip fails for another reason or cannot reach the index, where it finds no package at all.
    """
    missing: list[str] = []
    blocks = _NEXT_PACKAGE.split(lock.strip())
    while blocks:
        complaint = try_to_install("\n".join(blocks))
        found = NO_WHEEL.search(complaint)
        if found is None or UNREACHABLE in complaint:
            break
        at = next((n for n, block in enumerate(blocks) if _name(block) == found[1]), None)
        if at is None:
            break
        missing.append(f"{found[1]}=={_version(blocks[at])}")
        blocks = blocks[at + 1 :]
    return missing


def sentences(missing: Sequence[str]) -> str:
    """Return what the person at the terminal reads, in Chinese and in English."""
    if not missing:
        return "依赖未能安装，原因见上文 pip 的报错。 / The packages were not installed; pip says why, above."
    python = f"Python {platform.python_version()} ({sysconfig.get_platform()})"
    return "\n".join(
        (
            f"软件包源中没有适用于 {python} 的安装包 / the index has no wheel for {python} of:",
            *(f"  {package}" for package in missing),
            "请换用另一个 Python / use another Python: make setup PYTHON=python3.x",
        )
    )


def _name(block: str) -> str:
    return re.split(r"[\s\[=]", block, maxsplit=1)[0]


def _version(block: str) -> str:
    return block.partition("==")[2].split()[0]


if __name__ == "__main__":
    *given, lock_file = sys.argv[1:]
    print("正在查明缺少哪些安装包 / looking for what has no wheel …", file=sys.stderr, flush=True)
    sys.exit(sentences(without_wheel(Path(lock_file).read_text(encoding="utf-8"), pip_trying(given))))
