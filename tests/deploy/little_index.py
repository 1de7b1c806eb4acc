"""A folder of wheels, each a few hundred bytes, that pip takes for a package index."""

import hashlib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path


class LittleIndex:
    """Wheels in `folder`, and the lock lines that pin them."""

    def __init__(self, folder: Path) -> None:
        """Publish into `folder`, which is made."""
        folder.mkdir(parents=True)
        self.folder = folder

    def publish(
        self,
        name: str,
        version: str,
        *,
        requires: Sequence[str] = (),
        extras: Sequence[str] = (),
        tag: str = "py3-none-any",
        files: Mapping[str, str] | None = None,
    ) -> str:
        """Add a wheel and return the block of a lock that pins it by version and hash."""
        about = [f"Name: {name}", f"Version: {version}"]
        about += [f"Requires-Dist: {requirement}" for requirement in requires]
        about += [f"Provides-Extra: {extra}" for extra in extras]
        info = f"{name}-{version}.dist-info"
        contents = {
            f"{name}.py": "",
            **{file.format(info=info): text for file, text in (files or {}).items()},
            f"{info}/METADATA": "\n".join(["Metadata-Version: 2.1", *about, ""]),
            f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
        }
        record = "".join(f"{file},,\n" for file in (*contents, f"{info}/RECORD"))
        wheel = self.folder / f"{name}-{version}-{tag}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for file, text in {**contents, f"{info}/RECORD": record}.items():
                archive.writestr(file, text)
        return f"{name}=={version} \\\n    --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"

    def environment(self, whole: Mapping[str, str]) -> dict[str, str]:
        """Return `whole` with a pip that knows this index alone and no settings of the machine."""
        kept = {name: value for name, value in whole.items() if not name.startswith(("PIP_", "MAKE"))}
        own = {
            "PIP_CONFIG_FILE": "/dev/null",
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.folder),
            "PIP_NO_CACHE_DIR": "1",
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        return {**kept, **own}
