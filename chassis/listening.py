"""Where a process of a service listens: one address that all of its processes share, and one of its own.

The kernel gives each new connection to one of those that listen at the shared address (SO_REUSEPORT, Linux). When a process ends,
its own connections end with it and new ones go to the others. The own address is for whoever means this process: its metrics, its
readiness. It is bound for this process alone, so that two services never mix at one shared address by mistake.
"""

import socket

SHARES = hasattr(socket, "SO_REUSEPORT")


def sockets(host: str, port: int, own_port: int) -> list[socket.socket]:
    """Bound, not yet listening: the own one first. Raises OSError where an address is taken."""
    own = _bound(host, own_port, shared=False)
    try:
        return [own, _bound(host, port, shared=True)]
    except OSError:
        own.close()
        raise


def _bound(host: str, port: int, *, shared: bool) -> socket.socket:
    # Named as TCP, so that the loop switches Nagle's delay off on what it accepts.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
