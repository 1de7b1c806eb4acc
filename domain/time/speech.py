"""Durations and instants as people speak them, in Chinese and English."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.time.limits import Basis, Limit
from domain.time.working_time import DAY

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def spoken_duration(amount: timedelta) -> tuple[str, str]:
    """Return `amount` in words, to the second: 「2分48秒」, "2 minutes 48 seconds"; 24 hours stay hours."""
    if amount > DAY and not amount % DAY:
        return f"{amount // DAY}天", f"{amount // DAY} days"
    minutes, seconds = divmod(int(amount.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        (hours, "小时", "hour"),
        (minutes, "分" if seconds else "分钟", "minute"),
        (seconds, "秒", "second"),
    ]
    said = [part for part in parts if part[0]] or [parts[-1]]
    return (
        "".join(f"{count}{zh}" for count, zh, _ in said),
        " ".join(f"{count} {en}{'' if count == 1 else 's'}" for count, _, en in said),
    )


def spoken_limit(limit: Limit) -> tuple[str, str]:
    """Return how long `limit` is in words: 「7个工作日」, "7 working days"."""
    if not limit.in_days:
        return spoken_duration(limit.amount)
    days = limit.amount // DAY
    plural = "" if days == 1 else "s"
    if limit.basis is Basis.WORKING:
        return f"{days}个工作日", f"{days} working day{plural}"
    return f"{days}天", f"{days} day{plural}"


def spoken_instant(at: datetime, time_zone: str, same_day_as: datetime | None = None) -> tuple[str, str]:
    """Return `at` on the clocks of `time_zone`: 「11月30日09:59」, "30 Nov 09:59".

    Seconds are spoken where there are any; the day is left out if it is that of `same_day_as`.
    """
    zone = ZoneInfo(time_zone)
    local = at.astimezone(zone)
    clock = f"{local:%H:%M:%S}" if local.second else f"{local:%H:%M}"
    if same_day_as is not None and same_day_as.astimezone(zone).date() == local.date():
        return clock, clock
    return f"{local.month}月{local.day}日{clock}", f"{local.day} {_MONTHS[local.month - 1]} {clock}"
