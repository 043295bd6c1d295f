"""Argon2id, in threads of its own: a hash takes tens of milliseconds that the event loop must not spend."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from gateway.errors import PasswordsBusy
from gateway.identities.rules import canonical

# OWASP Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane. Stored in each hash, so that raising it is safe.
MEMORY_KIB = 19 * 1024
PASSES = 2
LANES = 1
THREADS = 2
MOST_WAITING = 64


def hasher() -> PasswordHasher:
    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _nobody() -> str:
    """Proved against when nobody has the contact, so that an unknown one takes as long as a wrong password."""
    return str(hasher().hash("nobody's password"))


class Passwords:
    """Hashes and proves passwords. At most THREADS at once and MOST_WAITING in line, then PasswordsBusy."""

    def __init__(self) -> None:
        self._hasher = hasher()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._waiting = 0
        self._nobody = _nobody()

    async def hashed(self, password: str) -> str:
        return str(await self._in_thread(self._hasher.hash, canonical(password)))

    async def proves(self, password: str, password_hash: str | None) -> bool:
        """Whether the password is the hash's; always False, in the same time, for None."""
        right = await self._in_thread(self._verify, password_hash or self._nobody, canonical(password))
        return bool(right) and password_hash is not None

    def outdated(self, password_hash: str) -> bool:
        return self._hasher.check_needs_rehash(password_hash)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _verify(self, password_hash: str, password: str) -> bool:
        try:
            return self._hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _in_thread(self, work: object, *arguments: str) -> object:
        if self._waiting >= MOST_WAITING:
            raise PasswordsBusy("too many sign-ins at once; try again in a moment", retry_after_seconds=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work, *arguments)  # type: ignore[arg-type]
        finally:
            self._waiting -= 1
