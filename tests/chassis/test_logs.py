"""Secrets and personal data never reach a log, by whatever way they come."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from chassis.logs import REDACTED, configure_logging, log_access, redact, redact_text
from chassis.trace import in_request

JWT = "eyJhbGciOiJFZDI1NTE5In0.eyJzdWIiOiJjdXNfMSJ9.c2lnbmF0dXJl"
ROOT = Path(__file__).resolve().parent.parent.parent
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


@pytest.fixture
def lines() -> Iterator[Any]:
    """What is logged, line by line; the process's logging is put back afterwards."""
    root = logging.getLogger()
    handlers, level, before = root.handlers[:], root.level, structlog.get_config()
    stream = io.StringIO()
    configure_logging("p2p", stream=stream)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


@pytest.mark.parametrize(
    "key",
    [
        "password", "new_password", "token", "access_token", "Authorization", "authorization", "Set-Cookie", "cookie",
        "api_key", "secret", "clientSecret", "card_number", "cardNumber", "cvv", "identity_number", "mobile", "phone",
        "home_phone", "email", "full_name", "holder_name", "address", "birth_date", "iban", "parameters", "body",
    ],
)  # fmt: skip
def test_a_key_that_names_a_secret_hides_its_value_at_any_depth(key: str) -> None:
    event = redact(None, "", {"event": "told", key: "Zhang San", "facts": {"deep": [{key: 4}]}})
    assert event == {"event": "told", key: REDACTED, "facts": {"deep": [{key: REDACTED}]}}


def test_a_person_s_name_is_hidden_and_the_name_of_our_own_part_is_not() -> None:
    event = redact(None, "", {"event": "told", "name": "p2p.close_listings", "customer": {"name": "张三"}})
    assert event == {"event": "told", "name": "p2p.close_listings", "customer": {"name": REDACTED}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"Bearer {JWT}", f"Bearer {REDACTED}"),
        (f"token={JWT} ", f"token={REDACTED} "),
        ("card 4111111111111111 refused", f"card {REDACTED} refused"),
        ("card 4111 1111 1111 1111", f"card {REDACTED}"),
        ("card 6222-0212-3456-7895", "card 6222-0212-3456-7895"),
        ("identity 11010519491231002X", f"identity {REDACTED}"),
        ("call 13800138000 or +86 13800138000", f"call {REDACTED} or {REDACTED}"),
        ("mail zhang.san@example.com now", f"mail {REDACTED} now"),
        ("at postgresql://p2p:hunter2@127.0.0.1/p2p", f"at postgresql://p2p:{REDACTED}@127.0.0.1/p2p"),
        ("DETAIL:  Key (email)=(a b) already exists.", f"DETAIL:  Key (email)=({REDACTED}) already exists."),
        ("Failing row contains (1, Zhang, 3).", f"Failing row contains ({REDACTED})."),
        ("[SQL: SELECT 1]\n[parameters: ('Zhang',\n 'San')]", f"[SQL: SELECT 1]\n[parameters: {REDACTED}]"),
        (
            "loan lon_01jdf3q8e7f5bt2m0xk5s8yq4c of 100000000 fen",
            "loan lon_01jdf3q8e7f5bt2m0xk5s8yq4c of 100000000 fen",
        ),
        ("amount 9007199254740991", "amount 9007199254740991"),
        ("0af7651916cd43dd8448eb211c80319c", "0af7651916cd43dd8448eb211c80319c"),
        ("11111111111111111111", "11111111111111111111"),
    ],
)
def test_a_value_that_looks_like_a_secret_is_hidden_and_others_are_not(text: str, shown: str) -> None:
    assert redact_text(text) == shown


def test_what_cannot_be_looked_into_is_shown_as_redacted_text() -> None:
    class Opaque:
        def __str__(self) -> str:
            return "call 13800138000"

    bottomless: dict[str, Any] = {}
    bottomless["again"] = bottomless
    event = redact(None, "", {"event": "told", "thing": Opaque(), "deep": bottomless, "count": 3, "none": None})
    assert event["thing"] == f"call {REDACTED}"
    assert (event["count"], event["none"]) == (3, None)


def test_a_line_is_one_json_object_with_its_place_in_the_trace(lines: Any) -> None:
    with in_request("req-1", TRACE):
        structlog.get_logger("chassis.jobs").info("told", password="hunter2", 四="方")
    (line,) = lines()
    assert line.pop("at").endswith("Z")
    assert line == {
        "event": "told", "level": "info", "logger": "chassis.jobs", "service": "p2p", "password": REDACTED, "四": "方",
        "request_id": "req-1", "trace_id": "0af7651916cd43dd8448eb211c80319c",
    }  # fmt: skip


def test_the_standard_library_s_logs_take_the_same_way(lines: Any) -> None:
    logging.getLogger("anybody").warning("mail to %s failed", "zhang@example.com")
    try:
        raise ValueError("Key (mobile)=(13800138000) already exists.")
    except ValueError:
        logging.getLogger("anybody").exception("at 4111111111111111")
    first, second = lines()
    assert first["event"] == f"mail to {REDACTED} failed"
    assert "ValueError" in second["exception"]
    assert "138" not in json.dumps(second)
    assert "4111" not in json.dumps(second)


def test_the_chatter_of_libraries_is_left_out(lines: Any) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET http://bank/cards?number=4111111111111111")
    logging.getLogger("uvicorn.access").info("GET /v1/customers?mobile=13800138000")
    assert lines() == []


async def test_access_lines(lines: Any) -> None:
    """Those of one step of the loop are written together, each with the ids of its own request."""
    log_access("GET", "/v1/loans/{id}", 200, 0.0123, "req-1", TRACE)
    log_access("GET", "/v1/loans", 404, 0.001, "req-2", None)
    await asyncio.sleep(0)
    line, other = lines()
    assert (other["request_id"], other["status"]) == ("req-2", 404)
    assert (line["route"], line["status"], line["milliseconds"]) == ("/v1/loans/{id}", 200, 12.3)
    assert (line["request_id"], line["trace_id"]) == ("req-1", "0af7651916cd43dd8448eb211c80319c")


def test_lines_of_one_of_several_processes_say_which_and_are_never_cut(tmp_path: Path) -> None:
    """Two processes, one file: what leaves in one piece is longer than the library's buffers."""
    script = (
        "import asyncio, sys\n"
        "from chassis.logs import configure_logging, log_access\n"
        "configure_logging('p2p', process=sys.argv[1])\n"
        "async def answer():\n"
        "    for _ in range(100):\n"
        "        for _ in range(200): log_access('GET', '/v1/loans/' + 'x' * (_ % 37), 200, 0.01, None, None)\n"
        "        await asyncio.sleep(0)\n"
        "    await asyncio.sleep(0)\n"
        "asyncio.run(answer())\n"
    )
    log = tmp_path / "p2p.log"
    with log.open("ab") as opened:
        both = [
            subprocess.Popen([sys.executable, "-c", script, number], stdout=opened, cwd=ROOT) for number in ("1", "2")
        ]
        assert [process.wait(60) for process in both] == [0, 0]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert Counter((line["service"], line["process"]) for line in lines) == {("p2p", "1"): 20_000, ("p2p", "2"): 20_000}
