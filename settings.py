"""Every setting of the system: one frozen model, read from `JIESU_*` variables in this one place."""

import ipaddress
import os
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from engine.errors import BadSetting
from phrases import Phrase

PREFIX = "JIESU_"
_UNITS = {"ms": "milliseconds", "s": "seconds", "min": "minutes", "h": "hours", "d": "days"}
_PASSWORD = re.compile(r"(?<=:)(?!//).*(?=@)|(?<=password=).*", re.IGNORECASE | re.DOTALL)
"""What may be a password in an address, however wrong: `user:…@host`, `password=…`."""
_HIDDEN = "temporal_api_key"
"""The field of which nothing may be shown."""
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|min|h|d)?")


def duration(value: object) -> object:
    """Return the timedelta that a text such as `500ms`, `2s`, `8`, `30min`, `24h` or `30d` stands for.

    A number without a unit counts as seconds; anything but text is returned as it is. Raises ValueError.
    """
    if not isinstance(value, str):
        return value
    match = _DURATION.fullmatch(value.strip())
    if match is None:
        raise ValueError(Phrase("should be a duration such as 500ms, 2s, 30min, 24h").both(" / "))
    return timedelta(**{_UNITS[match[2] or "s"]: float(match[1])})


Duration = Annotated[timedelta, BeforeValidator(duration), Field(gt=timedelta(0))]
Port = Annotated[int, Field(ge=1, le=65535)]
Count = Annotated[int, Field(ge=1)]
Text = Annotated[str, Field(min_length=1)]
BuildId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


def _postgresql(url: str) -> str:
    if not url.startswith(("postgresql://", "postgres://")):
        raise ValueError(Phrase("should begin with postgresql://").both(" / "))
    return url


DatabaseUrl = Annotated[str, AfterValidator(_postgresql)]


def _http(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise ValueError(Phrase("should begin with http:// or https://").both(" / "))
    return url


HttpUrl = Annotated[str, AfterValidator(_http)]


def _api_key(key: str) -> str:
    if not key.isascii() or not key.isprintable() or " " in key.strip():
        raise ValueError(Phrase("should be one line of visible characters").both(" / "))
    return key.strip()


ApiKey = Annotated[str, AfterValidator(_api_key)]


def _proxies(listed: str) -> str:
    found = [one.strip() for one in listed.split(",") if one.strip()]
    for one in found:
        try:
            ipaddress.ip_network(one)
        except ValueError:
            raise ValueError(
                Phrase("should be IP addresses or networks, separated by commas").both(" / ")
            ) from None
    return ",".join(found)


Proxies = Annotated[str, AfterValidator(_proxies)]


class Settings(BaseModel):
    """What an installation may choose.

    Field `x` is read from the variable `JIESU_X`, except those in `VARIABLES`. Durations are timedeltas.
    `database_url` (plain `postgresql://…`) and `temporal_address` (`host:port`) are None where `jiesu up`
    runs servers of its own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    data_dir: Path = Path(".jiesu")
    edition: Text = "beijing"
    rules_dir: Path | None = None
    sample_data: Path = Path("../shared/data")

    host: Text = "127.0.0.1"
    port: Port = 8000
    allow_remote: bool = False
    trusted_proxies: Proxies = ""

    database_url: DatabaseUrl | None = Field(default=None, repr=False)  # it may hold a password
    database_pool_size: Count = 20
    intake_pool_size: Count = 12
    master_key_file: Path | None = None

    temporal_address: str | None = None
    temporal_namespace: Text = "default"
    temporal_api_key: ApiKey | None = Field(default=None, repr=False)
    temporal_tls: bool = False
    temporal_tls_ca: Path | None = None
    temporal_tls_cert: Path | None = None
    temporal_tls_key: Path | None = None
    temporal_port: Port = 7233
    ui_port: Port = 8233
    task_queue: Text = "jiesu"
    retention_days: Count = 30
    build_id: BuildId | None = None

    start_timeout: Duration = timedelta(seconds=2)
    start_patience: Duration = timedelta(milliseconds=20)
    command_timeout: Duration = timedelta(seconds=8)
    reconcile_interval: Duration = timedelta(seconds=60)
    archive_interval: Duration = timedelta(minutes=10)

    intake_places: Count = 48
    command_places: Count = 40
    list_places: Count = 12
    report_places: Count = 2
    list_timeout: Duration = timedelta(seconds=3)

    workflow_slots: Count = 16
    activity_slots: Count = 20
    local_activity_slots: Count = 20
    cached_workflows: Count = 2000

    metrics_host: Text = "127.0.0.1"
    worker_metrics_port: Port | None = None
    otlp_endpoint: HttpUrl | None = Field(default=None, repr=False)  # it may hold a password
    trace_ratio: Annotated[float, Field(ge=0, le=1)] = 1.0

    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"

    @property
    def key_file(self) -> Path:
        """Return the path of the master key: the one named, else `master.key` in the data folder."""
        return self.master_key_file or self.data_dir / "master.key"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Return the settings that the `JIESU_*` entries of `environment` ask for; empty ones count as unset.

        Raises BadSetting for a value that does not fit. Variables with an unknown name are left alone: a
        later or earlier version may know them.
        """
        given = {
            field: environment[name] for field, name in VARIABLES.items() if environment.get(name, "").strip()
        }
        try:
            return cls.model_validate(given)
        except ValidationError as refused:
            field, value, reason = _first_fault(refused)
            name = VARIABLES[field]
            raise BadSetting(
                Phrase(
                    "setting {name} cannot be {value}: {reason}", name=name, value=value, reason=reason
                ).both(" / ")
            ) from None

    def to_environment(self) -> dict[str, str]:
        """Return the variables that make `from_environment` build these same settings in a child process."""
        dumped = {field: getattr(self, field) for field in VARIABLES}
        return {
            VARIABLES[field]: f"{value.total_seconds()}s" if isinstance(value, timedelta) else str(value)
            for field, value in dumped.items()
            if value is not None
        }


VARIABLES: dict[str, str] = {
    field: PREFIX + {"data_dir": "DATA", "rules_dir": "RULES"}.get(field, field.upper())
    for field in Settings.model_fields
}
"""Which variable each field of Settings is read from."""


def from_process(options: Mapping[str, object] | None = None) -> Settings:
    """Return the settings of this process's environment, with `options` (field to value) over them.

    Raises BadSetting.
    """
    settings = Settings.from_environment(os.environ)
    try:
        return Settings.model_validate({**settings.model_dump(), **(options or {})})
    except ValidationError as refused:
        field, value, reason = _first_fault(refused)
        option = "--" + field.replace("_", "-")
        raise BadSetting(
            Phrase(
                "option {option} cannot be {value}: {reason}", option=option, value=value, reason=reason
            ).both(" / ")
        ) from None


def _first_fault(refused: ValidationError) -> tuple[str, str, str]:
    """Return the first field that was refused, its value without any password, and why it was refused."""
    first = refused.errors(include_url=False)[0]
    field, value = str(first["loc"][0]), first["input"]
    shown: object = _PASSWORD.sub("***", value) if isinstance(value, str) else value
    if field == _HIDDEN:
        shown = "***"
    return field, repr(shown), first["msg"].removeprefix("Value error, ")


def child_environment() -> dict[str, str]:
    """Return the environment that child processes start from: our own, without `JIESU_*`."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
