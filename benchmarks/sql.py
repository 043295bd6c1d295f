"""Single statements by the server's administrator, outside of what is measured."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import asyncpg

Found = TypeVar("Found")


def connected(url: str, story: "Callable[[asyncpg.Connection[asyncpg.Record]], Awaitable[Found]]") -> Found:
    """Run a story on a connection of its own, without a time limit."""

    async def run() -> Found:
        connection = await asyncpg.connect(url)
        try:
            return await story(connection)
        finally:
            await connection.close()

    return asyncio.run(run())


def execute(url: str, *statements: str) -> None:
    async def each(connection: "asyncpg.Connection[asyncpg.Record]") -> None:
        for statement in statements:
            await connection.execute(statement)

    connected(url, each)


def fetch(url: str, query: str, *arguments: object) -> "list[asyncpg.Record]":
    async def found(connection: "asyncpg.Connection[asyncpg.Record]") -> "list[asyncpg.Record]":
        return await connection.fetch(query, *arguments)

    return connected(url, found)


def number(url: str, query: str) -> Any:
    """The one value a query finds."""
    return fetch(url, query)[0][0]
