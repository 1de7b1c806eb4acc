"""Three hosts on one machine: a shell each, with folders, programs and addresses of its own."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Queue

from tests.e2e.installation import without_settings

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
_BLOCK = re.compile(r"^```console ([A-C ]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FOLDERS = ("/etc/jiesu", "/var/lib/jiesu", "/mnt/safe")
_SYSTEMCTL = """\
#!/bin/bash
# systemd as far as the page needs it: start, stop and restart of what the unit file starts
set -e
pid="$HOST/$2.pid"
unit="$UNITS/$2.service"; [ -e "$unit" ] || unit="$UNITS/${2%%@*}@.service"
does=$(sed -n 's,^ExecStart=/opt/jiesu/bin/jiesu ,,p' "$unit"); [ -n "$does" ]
if [ "$1" != start ] && [ -e "$pid" ]; then
  kill -TERM "$(cat "$pid")"; tail --pid="$(cat "$pid")" -f /dev/null; rm "$pid"
fi
if [ "$1" != stop ]; then
  setsid jiesu "$does" >> "$HOST/$2.log" 2>&1 < /dev/null & echo $! > "$pid"
fi
"""


@dataclass(frozen=True)
class Block:
    """Commands of the page, and the hosts they are for."""

    hosts: tuple[str, ...]
    commands: tuple[str, ...]


def blocks(page: str) -> Iterator[Block]:
    """Yield the blocks of the page in order; a line that begins with `>` goes on with the one before."""
    for hosts, body in _BLOCK.findall(page):
        commands: list[str] = []
        for line in body.splitlines():
            if line.startswith("$ "):
                commands.append(line[2:])
            elif line.startswith("> "):
                commands[-1] += "\n" + line[2:]
        yield Block(tuple(hosts.split()), tuple(commands))


class Host:
    """One host: a folder that stands for its disk, a shell, and what it started."""

    def __init__(self, folder: Path, addresses: Mapping[str, str], variables: Mapping[str, str]) -> None:
        """Open a shell in `folder`; `addresses` of the page are spoken as those of this machine."""
        self.folder = folder
        self._addresses = addresses
        programs = folder / "bin"
        programs.mkdir(parents=True)
        _program(programs / "jiesu", f'#!/bin/bash\nexec {shlex.quote(sys.executable)} -P -m cli "$@"\n')
        _program(programs / "systemctl", _SYSTEMCTL)
        for name in _FOLDERS:
            (folder / name.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        environment = {
            **without_settings(),
            **variables,
            "HOST": str(folder),
            "UNITS": str(UNITS),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
        }
        self._shell = subprocess.Popen(
            ["bash", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            env=environment,
        )
        self._lines: Queue[str] = Queue()
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    def types(self, command: str, seconds: float = 120) -> tuple[int, str]:
        """Type a command of the page; return its exit code and what it said. Fails after `seconds`."""
        for theirs, ours in self._addresses.items():
            command = command.replace(theirs, ours)
        for name in _FOLDERS:
            command = command.replace(name, f"{self.folder}{name}")
        assert self._shell.stdin is not None
        self._shell.stdin.write(f"{command}\necho __ended $?\n")
        self._shell.stdin.flush()
        said: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=seconds)
            except Empty:
                raise AssertionError(f"{command} did not end: {''.join(said)}") from None
            if "__ended " in line:
                before, _, code = line.partition("__ended ")
                return int(code), "".join([*said, before])
            said.append(line)

    def ends(self) -> None:
        """End everything the host runs."""
        for pid in self.folder.glob("*.pid"):
            self.types(f"systemctl stop {pid.stem}")
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(10)
        self._listener.join(10)
        assert self._shell.stdout is not None
        self._shell.stdout.close()

    def _listen(self) -> None:
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            self._lines.put(line)


def _program(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
