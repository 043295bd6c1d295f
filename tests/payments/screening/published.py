"""A list as OFAC publishes it: a cut of our own with every oddity of its files, and the way it is sent."""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

REAL = Path(__file__).parents[4] / "shared" / "data" / "sanctions"
"""A cut of the real files, where they are."""
OPERATOR, SECOND = "stf_one", "stf_two"
SDN = (
    '1,"BOUT, Viktor Anatolijevich","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 13 Jan 1967; alt. DOB 13 Jan 1970;'
    " nationality Russia; a.k.a. 'BUTT, Viktor'; a.k.a. 'D'S MAN'.\"\r\n"
    '2,"ORIENT SHIPPING LIMITED",-0- ,"IRAN] [NPWMD",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"Linked To: SOMEBODY; a.k.a. \'OSL MARI"\r\n'
    '3,"MAKRAN","vessel","IRAN",-0- ,"A8LU7","Tanker",-0- ,-0- ,"Iran",-0- ,-0- \r\n'
)
ALT = '1,11,"aka","BUT, Viktor Anatoliyevich",-0- \r\n9,12,"aka","NOBODY, Known",-0- \r\n'
ADD = '1,21,"Gelendzhikskaya 1","Moscow","Russia",-0- \r\n'
COMMENTS = '2,"NE\'; Tax ID No. 5."\r\n\x1a'
FILES = {"sdn.csv": SDN, "alt.csv": ALT, "add.csv": ADD, "sdn_comments.csv": COMMENTS}


def packed(files: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return buffer.getvalue()


async def send(
    http: httpx.AsyncClient, content: bytes, name: str = "ofac", form: str = "ofac", **facts: Any
) -> httpx.Response:
    headers = {"idempotency-key": uuid4().hex, "content-type": "application/octet-stream"}
    return await http.post(
        f"/v1/screening/lists/{name}/versions", params={"form": form} | facts, content=content, headers=headers
    )
