"""`sifang import sanctions FOLDER`: OFAC's files as a new version of a list; the same files again are no new version."""

import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

from clients.transport import Call, Transport
from suite.reading.sheets import ReadFault

KIND, LIST = "sanctions", "ofac"
REQUIRED, OPTIONAL = ("sdn.csv", "alt.csv"), ("add.csv", "sdn_comments.csv")
LIST_SECONDS = 120.0
# Of a file in an archive: the same files make the same bytes.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Told:
    """What payments says of the version, and the rows that it did not take."""

    version: Mapping[str, Any]
    refused: tuple[str, ...]

    def line(self) -> str:
        told = self.version
        return (
            f"{told['list_name']} version {told['number']}: {told['entries']:,} entries with {told['names']:,} names,"
            f" {told['added']:,} added, {told['removed']:,} removed, {told['refused']:,} rows refused"
        )


async def take(transport: Transport, folder: Path) -> Told:
    """Raises ReadFault, and ClientError where the list is refused as a whole."""
    call = Call(
        "POST",
        f"/v1/screening/lists/{LIST}/versions",
        params={"form": "ofac"},
        key=f"{KIND}-{uuid4()}",
        document=packed(folder),
        document_type="application/octet-stream",
    )
    version = await transport.call(call, deadline_seconds=LIST_SECONDS)
    shown = await transport.call(Call("GET", f"/v1/screening/lists/{LIST}/refused"))
    return Told(
        version, tuple(f"{one['file']}:{one['line']}: {one['code']}, {one['detail']}" for one in shown["items"])
    )


def packed(folder: Path) -> bytes:
    """An archive of the files that are there. Raises ReadFault."""
    missing = [name for name in REQUIRED if not (folder / name).is_file()]
    if missing:
        raise ReadFault(f"{folder} does not hold {missing[0]}")
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (*REQUIRED, *OPTIONAL):
            if (folder / name).is_file():
                archive.writestr(zipfile.ZipInfo(name, LONG_AGO), (folder / name).read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
