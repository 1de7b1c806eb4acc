"""A small volume for the data, which can be filled to its last byte and emptied again."""

import os
import shutil
import subprocess
from pathlib import Path

_SIZE_MB = 700
_FILLER = "filler"


class Volume:
    """The data folder on a tmpfs of limited size where mounting is permitted, else an ordinary folder."""

    def __init__(self, folder: Path) -> None:
        """Make `folder` and mount the small volume on it; `is_small` says whether that was permitted."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.is_small = self._mounted()

    def _mounted(self) -> bool:
        mount = shutil.which("mount")
        if mount is None or os.geteuid():
            return False
        options = f"size={_SIZE_MB}m,mode=0700"
        command = [mount, "-t", "tmpfs", "-o", options, "tmpfs", str(self.folder)]
        return subprocess.run(command, check=False, capture_output=True).returncode == 0

    def fill(self) -> int:
        """Take every byte that is free; return how many those were."""
        if not self.is_small:  # a full disk of the whole machine would hit others
            raise RuntimeError("only the small volume may be filled")
        free = shutil.disk_usage(self.folder).free
        taken = 0
        with (self.folder / _FILLER).open("wb", buffering=0) as file:
            try:
                os.posix_fallocate(file.fileno(), 0, free)
                taken = free
                while True:
                    taken += file.write(bytes(4096))
            except OSError:
                return taken

    def free(self) -> None:
        """Give back what `fill` took."""
        (self.folder / _FILLER).unlink(missing_ok=True)

    def close(self, keep_in: Path | None) -> None:
        """Unmount; the content is copied to `keep_in` first, where one is given, or left if not mounted."""
        self.free()
        if not self.is_small:
            return
        if keep_in is not None:
            shutil.copytree(self.folder, keep_in, dirs_exist_ok=True, ignore_dangling_symlinks=True)
        subprocess.run(["umount", "--lazy", str(self.folder)], check=False, capture_output=True)  # noqa: S607
        self.is_small = False
