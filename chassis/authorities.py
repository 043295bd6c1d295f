"""Whose certificates are trusted when a neighbour is called over TLS."""

import ssl
from functools import cache

import httpx


@cache
def trusted_authorities() -> ssl.SSLContext:
    """Read once a process: that takes longer than a request."""
    return httpx.create_ssl_context()
