"""What can be seen on this machine without asking anybody: settings, data folder, disk, key file, rules."""

import os
import shutil
import stat
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from doctor.finding import Finding, Skipped
from doctor.installation import Installation
from embedded.folder import records
from embedded.leftovers import still_running
from readmodel.vault import BadVault, Vault, drafts, has_key, open_vault
from rules.loading import UnsoundEditionError
from rules.reading import load
from settings import Settings

LOW_BYTES = 2 * 1024**3
"""Less room than this and the write-ahead log of a bad day may fill the disk."""
OLD_BACKUP = timedelta(hours=26)
"""A day, and time for the backup itself."""
_OTHERS = 0o077


def settings_sensible(settings: Settings) -> Iterator[Finding]:
    """Yield settings that fit their types and yet do not fit each other."""
    pairs = (
        (
            settings.archive_interval * 4 > timedelta(days=settings.retention_days),
            "JIESU_ARCHIVE_INTERVAL",
            "归档间隔相对保留天数过长,流程可能未归档即被引擎删除",
            "the archive's rounds are too far apart for JIESU_RETENTION_DAYS: histories may be lost",
        ),
        (
            settings.command_timeout < settings.start_timeout,
            "JIESU_COMMAND_TIMEOUT",
            "命令时限短于启动时限",
            "a command is given up before a start is",
        ),
        (
            settings.reconcile_interval > timedelta(minutes=10),
            "JIESU_RECONCILE_INTERVAL",
            "对账间隔过长,引擎中断期间登记的诉求会迟迟不启动",
            "requests filed while the engine was away wait this long for their workflow",
        ),
    )
    for is_bad, name, zh, en in pairs:
        if is_bad:
            yield Finding(
                "settings.unfit",
                f"设置 {name} 不合理:{zh}。",
                f"Setting {name} does not fit: {en}.",
                f"修改 {name}(见 .env.example)后重启。",
                f"Change {name} (see .env.example) and restart.",
            )


def data_folder(at: Installation) -> Iterator[Finding]:
    """Yield what is wrong with the data folder: absent, open to others, not ours, nobody at work in it."""
    folder = at.settings.data_dir.absolute()
    if not folder.exists():
        if at.embedded:
            yield _nothing_here(folder)
            return
        raise Skipped(f"本机没有数据文件夹 {folder} no data folder on this machine")
    about = folder.stat()
    if about.st_mode & _OTHERS:
        mode = stat.S_IMODE(about.st_mode)
        yield Finding(
            "folder.open_to_others",
            f"数据文件夹 {folder} 对其他用户开放({mode:04o})。",
            f"The data folder {folder} is open to other users ({mode:04o}).",
            f"执行 chmod 700 {folder}。",
            f"Run chmod 700 {folder}.",
        )
    if about.st_uid != os.geteuid():
        yield Finding(
            "folder.not_ours",
            f"数据文件夹 {folder} 属于另一用户(uid {about.st_uid})。",
            f"The data folder {folder} belongs to another user (uid {about.st_uid}).",
            "以该用户的身份运行 jiesu,或用 chown 更正。",
            "Run jiesu as that user, or correct it with chown.",
        )
    if at.embedded and not at.is_up:
        yield from _stopped(folder)


def disk(at: Installation) -> Iterator[Finding]:
    """Yield that the disk of the data folder is nearly full."""
    folder = at.settings.data_dir.absolute()
    if not folder.exists():
        raise Skipped(f"本机没有数据文件夹 {folder} no data folder on this machine")
    free = shutil.disk_usage(folder).free
    if free < LOW_BYTES:
        yield Finding(
            "disk.nearly_full",
            f"{folder} 所在磁盘只剩 {free >> 20} MB。",
            f"The disk of {folder} has {free >> 20} MB left.",
            "清出空间或扩容;写满后数据库停止写入,诉求登记会返回 503。",
            "Make room: when it is full the database stops writing and requests are answered 503.",
        )


def key_file(path: Path) -> tuple[Vault | None, list[Finding]]:
    """Return the vault of the key file, null where it cannot be opened, and what is wrong with the file."""
    found = [
        Finding(
            "key.draft_left",
            f"上次启动被中断,留下密钥草稿 {draft}。",
            f"A start that was killed left the draft of a key, {draft}.",
            f"确认 {path} 存在后删除该草稿。",
            f"Make sure that {path} is there, then remove the draft.",
        )
        for draft in (drafts(path) if path.parent.is_dir() else ())
    ]
    if not has_key(path):
        return None, found
    try:
        return open_vault(path), found
    except BadVault as bad:
        do = ("按提示更正文件权限,或从保管处恢复原密钥。", "Correct its mode, or restore the original key.")
        return None, [*found, Finding("key.bad_file", *_halves(bad), *do)]


def edition(at: Installation) -> tuple[str | None, list[Finding]]:
    """Return the identity of the edition the settings name, null where it does not load, and why not."""
    try:
        return load(at.settings.edition, at.settings.rules_dir).identity, []
    except UnsoundEditionError as unsound:
        first = str(unsound).strip().splitlines()[0]
        return None, [
            Finding(
                "rules.unsound",
                f"规则版本 {at.settings.edition} 无法加载:{first}",
                f"The edition {at.settings.edition} does not load: {first}",
                "运行 jiesu rules check 查看全部问题,更正文件后重启。",
                "Run jiesu rules check for all problems, correct the files, restart.",
            )
        ]


def backups(at: Installation) -> Iterator[Finding]:
    """Yield that the newest thing in the backup folder is too old, or that there is none."""
    if at.backups is None:
        raise Skipped("未指定备份文件夹(--backups) no backup folder was named")
    try:
        newest = max((one.stat().st_mtime for one in at.backups.iterdir() if _is_whole(one)), default=None)
    except OSError as trouble:
        newest, why = None, trouble.strerror or ""
    else:
        why = ""
    do = ("运行 jiesu backup,并检查定时任务。", "Run jiesu backup, and look at what should have run it.")
    if newest is None:
        yield Finding(
            "backup.none",
            f"备份文件夹 {at.backups} 中没有备份。{why}",
            f"There is no backup in {at.backups}. {why}".rstrip(),
            *do,
        )
    elif (age := timedelta(seconds=time.time() - newest)) > OLD_BACKUP:
        hours = int(age.total_seconds() // 3600)
        yield Finding(
            "backup.old", f"最近一次备份在 {hours} 小时前。", f"The last backup is {hours} hours old.", *do
        )


def _is_whole(path: Path) -> bool:
    """Return whether this may be a backup: what is still being written, or was cut off, begins with a dot."""
    return not path.name.startswith(".")


def _stopped(folder: Path) -> Iterator[Finding]:
    left = [process.pid for process in still_running(records(folder))]
    if left:
        pids = ", ".join(map(str, left))
        yield Finding(
            "folder.leftovers",
            f"jiesu up 已不在,但它的子进程仍在运行(进程 {pids})。",
            f"jiesu up is gone, but children of it still run (processes {pids}).",
            "再次运行 jiesu up,它会先结束遗留进程。",
            "Run jiesu up again: it ends them first.",
        )
    yield Finding(
        "folder.not_running",
        f"数据文件夹 {folder} 上没有运行中的 jiesu up。",
        f"No jiesu up runs on the data folder {folder}.",
        "运行 jiesu up,并查看 logs/ 中各部分日志的末尾。",
        "Run jiesu up, and read the ends of the logs in logs/.",
    )


def _nothing_here(folder: Path) -> Finding:
    return Finding(
        "folder.missing",
        f"没有数据文件夹 {folder},此处从未运行过。",
        f"There is no data folder {folder}: nothing has ever run here.",
        "核对 --data 或 JIESU_DATA,或运行 jiesu up。",
        "Check --data or JIESU_DATA, or run jiesu up.",
    )


def _halves(bad: BadVault) -> tuple[str, str]:
    """Return the Chinese and the English sentence of what the vault said."""
    zh, _, en = str(bad).partition("。")
    return f"{zh}。", en.strip()
