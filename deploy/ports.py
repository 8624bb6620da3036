"""Loopback ports: is one free, and which one to take instead (shell, standard library only)."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def is_free(port: int, *, host: str = LOOPBACK, udp: bool = False) -> bool:
    """Tell whether a server could listen on this port now."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if not udp:
            # As servers do: a port whose last connections are still fading is free.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(*, udp: bool = False) -> int:
    """Return a port nobody listens on, chosen by the system."""
    kind = socket.SOCK_DGRAM if udp else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def free_or_other(port: int, *, udp: bool = False) -> int:
    """Return this port when it is free, else one that is: a neighbour when possible, since it is easier to remember."""
    for candidate in range(port, min(port + 20, 65_536)):
        if is_free(candidate, udp=udp):
            return candidate
    return free_port(udp=udp)
