"""A taken port is reported before anything is started."""

import socket

import pytest

from embedded.ports import require_free
from embedded.postgres import free_port
from engine.errors import CannotStart


def test_free_ports_pass() -> None:
    """The usual case says nothing."""
    require_free([("127.0.0.1", free_port(), "--port")])


def test_a_taken_port_is_named_with_the_option_that_changes_it() -> None:
    """One sentence, so that the person knows what to type."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotStart) as refused:
            require_free([("127.0.0.1", free_port(), "--port"), ("127.0.0.1", port, "--ui-port")])
    assert str(port) in str(refused.value)
    assert "--ui-port" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_port_given_twice_is_refused() -> None:
    """Both would be free, and one of the two servers would fail later."""
    port = free_port()
    with pytest.raises(CannotStart, match=r"--port.*--temporal-port"):
        require_free([("127.0.0.1", port, "--port"), ("127.0.0.1", port, "--temporal-port")])


def test_an_address_of_another_machine_is_refused() -> None:
    """192.0.2.1 belongs to nobody."""
    with pytest.raises(CannotStart, match=r"192\.0\.2\.1"):
        require_free([("192.0.2.1", free_port(), "--port")])


@pytest.mark.parametrize("port", [-1, 0, 65536, 99999])
def test_what_is_no_port_number_is_refused(port: int) -> None:
    """The system would take 0 for any port and 99999 for 34463, the servers neither."""
    with pytest.raises(CannotStart, match=str(port)):
        require_free([("127.0.0.1", port, "--port")])
