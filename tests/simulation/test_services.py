"""The system as a child process of the demonstration."""

import json
import socket
from pathlib import Path

import pytest

from engine.errors import CannotStart
from settings import Settings, child_environment
from simulation.services import running, with_free_ports


def test_a_taken_port_is_replaced_and_a_free_one_kept() -> None:
    """The demonstration runs beside an installation on the usual ports."""
    with socket.socket() as taken, socket.socket() as free:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        free.bind(("127.0.0.1", 0))
        kept = free.getsockname()[1]
        free.close()
        settings = Settings(port=taken.getsockname()[1], ui_port=kept)
        chosen = with_free_ports(settings)
    assert chosen.port != settings.port
    assert chosen.ui_port == kept


def test_services_that_cannot_start_are_one_clear_sentence(tmp_path: Path) -> None:
    """A folder of a newer version is refused by `jiesu up`; the demonstration passes that on."""
    (tmp_path / "format.json").write_text(json.dumps({"version": 99}))
    settings = with_free_ports(Settings(data_dir=tmp_path, edition="beijing-minutes"))
    with pytest.raises(CannotStart, match="99"), running(settings, child_environment()):
        pytest.fail("it must not run")
    assert not (tmp_path / "children.json").exists()
