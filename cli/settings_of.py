"""The settings that a command works with."""

from pathlib import Path

from settings import Settings, from_process


def settings_of(**options: object) -> Settings:
    """Return the settings of the environment with the given options of the command line over them."""
    return from_process({name: value for name, value in options.items() if value is not None})


def settings_in(data: Path | None) -> Settings:
    """Return the settings with the data folder `data`, where one is given."""
    return settings_of(data_dir=data)
