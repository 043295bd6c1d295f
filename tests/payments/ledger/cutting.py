"""A wire between a service and PostgreSQL that can be cut at any statement. It knows the protocol's frames and nothing of what they ask.

A statement is what the service waits for an answer to: a query by itself (BEGIN, COPY, COMMIT), one that was prepared, or the rows of a
COPY. Those before a connection's first BEGIN (preparing, types, settings) are not counted, so that an old connection and a new one count
alike.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from typing import Literal, NamedTuple
from urllib.parse import urlsplit

SSL, CANCEL = 80877103, 80877102
ENDS = frozenset(b"QSHcfXp")
"""Kinds of frame after which the one who sent them may wait."""
STATEMENTS = frozenset(b"QSc")
ANSWERED = frozenset(b"ZG")
"""Ready for a query, ready for the rows of a COPY: one of them for each statement."""
OTHERS = ("sifang-jobs", "sifang-lead")
"""Names of the connections on which nothing of the ledger is written."""
_TABLE = re.compile(r"(?:FROM|INTO|UPDATE|COPY)\s+\"?([\w.]+)")
How = Literal["lost", "torn", "unheard"]
HOWS: tuple[How, ...] = ("lost", "torn", "unheard")


class Cut(NamedTuple):
    """at: statements that pass before; how: the statement does not arrive, arrives in part, or is carried out and its answer is lost."""

    at: int
    how: How


class Wire:
    """To the server of `url`. Armed, it makes one cut after the other; whichever connection speaks next is the one that is cut."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        self._server = (address.hostname, address.port)
        self._url = url
        self._listening: asyncio.Server | None = None
        self._cuts: list[Cut] = []
        self.left = 0
        self.fired = 0
        self.cut: Counter[tuple[str, How]] = Counter()
        """All cuts ever, by what the statement did and how."""

    async def start(self) -> None:
        self._listening = await asyncio.start_server(self._connected, "127.0.0.1", 0)

    @property
    def address(self) -> str:
        """To be given to the service."""
        assert self._listening is not None
        port = self._listening.sockets[0].getsockname()[1]
        return self._url.replace(f"{self._server[0]}:{self._server[1]}", f"127.0.0.1:{port}")

    def stop(self) -> None:
        assert self._listening is not None
        self._listening.close()

    def arm(self, cuts: Sequence[Cut]) -> None:
        self._cuts, self.fired = list(cuts), 0
        self.left = cuts[0].at if cuts else 0

    def due(self) -> Cut | None:
        """Asked once a statement: the cut to be made at it."""
        if not self._cuts:
            return None
        self.left -= 1
        return self._cuts[0] if self.left < 0 else None

    def done(self, statement: str) -> None:
        self.cut[statement, self._cuts[0].how] += 1
        del self._cuts[0]
        self.fired += 1
        self.left = self._cuts[0].at if self._cuts else 0

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answers, server = await asyncio.open_connection(*self._server)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(self, reader, writer, answers, server)
        pumps = asyncio.gather(line.requests(), line.answers(), return_exceptions=True)
        try:
            await pumps
        finally:
            line.close()


class _Line:
    """One connection: frames from the service are gathered to statements, answers go back as they come."""

    def __init__(
        self,
        wire: Wire,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamReader,
        server: asyncio.StreamWriter,
    ) -> None:
        self._wire = wire
        self._reader, self._writer, self._answers, self._server = reader, writer, answers, server
        self._texts: dict[bytes, str] = {}
        self._counted = self._begun = self._deaf = self._asked_for_encryption = False
        self._owed = 1

    def close(self) -> None:
        self._writer.transport.abort()
        self._server.close()

    async def requests(self) -> None:
        try:
            await self._greet()
            frames: list[bytes] = []
            statement = ""
            while True:
                head = await self._reader.readexactly(5)
                body = await self._reader.readexactly(int.from_bytes(head[1:], "big") - 4)
                frames.append(head + body)
                statement = self._named(head[:1], body) or statement
                if head[0] in ENDS:
                    await self._pass_on(head[0], b"".join(frames), statement)
                    frames, statement = [], ""
        except (asyncio.IncompleteReadError, OSError):
            self.close()

    async def answers(self) -> None:
        waiting = b""
        try:
            while data := await self._answers.read(1 << 16):
                waiting = self._heard(waiting + data[self._asked_for_encryption :])
                self._asked_for_encryption = False
                if self._deaf and self._owed <= 0:
                    break
                if not self._deaf:
                    self._writer.write(data)
        except OSError:
            pass
        self.close()

    async def _greet(self) -> None:
        """What is said before frames have a kind: perhaps a wish for encryption, then who is there."""
        while True:
            head = await self._reader.readexactly(8)
            length, code = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:], "big")
            body = await self._reader.readexactly(length - 8)
            self._server.write(head + body)
            # Answered with one letter, which is no frame.
            self._asked_for_encryption = code == SSL
            if code not in (SSL, CANCEL):
                told = body.split(b"\0")
                name = told[told.index(b"application_name") + 1].decode() if b"application_name" in told else ""
                self._counted = not name.startswith(OTHERS)
                return

    def _named(self, kind: bytes, body: bytes) -> str | None:
        """What the statement of a frame does, where the frame tells."""
        if kind == b"P":
            name, text = body.split(b"\0")[:2]
            self._texts[name] = text.decode()
        if kind in b"PB":
            return _said(self._texts.get(body.split(b"\0")[kind == b"B"], ""))
        if kind == b"Q":
            return _said(body.rstrip(b"\0").decode())
        return "rows of COPY" if kind == b"c" else None

    async def _pass_on(self, kind: int, frames: bytes, statement: str) -> None:
        if self._deaf:
            return  # sent without waiting for the answer that is lost
        self._begun = self._begun or kind == ord("Q")
        counts = kind in STATEMENTS and self._counted and self._begun
        cut = self._wire.due() if counts else None
        if cut is None or cut.how == "unheard":
            self._owed += kind in STATEMENTS
            self._deaf = cut is not None
            self._server.write(frames)
        elif cut.how == "torn":
            self._server.write(frames[: len(frames) // 2])
        if cut is not None:
            self._wire.done(statement)
            if cut.how != "unheard":
                self.close()
        await self._server.drain()

    def _heard(self, data: bytes) -> bytes:
        """Counts the answers; gives back what is not a whole frame yet."""
        while len(data) >= 5:
            size = 1 + int.from_bytes(data[1:5], "big")
            if len(data) < size:
                return data
            self._owed -= data[0] in ANSWERED
            data = data[size:]
        return data


def _said(text: str) -> str:
    """A statement in two words."""
    verb = text.split(maxsplit=1)[0].rstrip(";").upper() if text.strip() else "?"
    table = _TABLE.search(text)
    return f"{verb} {table[1]}" if table else verb
