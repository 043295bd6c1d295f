"""Payment orders by file: pain.001 in, pain.002 out, each message taken once, each transaction executed on its day."""

import asyncio
from datetime import date, timedelta
from typing import Any
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from tests.iso20022 import faults
from tests.sandbox.door import HOLDER, Door

RESERVE = "ICBC-RESERVE-CNY"
BASE = 990_000


def transaction(
    card: str, amount: str = "10.00", name: str = HOLDER, currency: str = "CNY", reference: str = "e1"
) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>{reference}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="{currency}">{amount}</InstdAmt></Amt>'
        f"<CdtrAgt><FinInstnId><Othr><Id>ICBC</Id></Othr></FinInstnId></CdtrAgt><Cdtr><Nm>{name}</Nm></Cdtr>"
        f"<CdtrAcct><Id><Othr><Id>{card}</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>"
    )


def message(
    *transactions: str,
    on: date,
    version: str = "09",
    message_id: str = "M-1",
    count: int | None = None,
    total: str | None = None,
    debtor: str = RESERVE,
) -> bytes:
    day = f"<Dt>{on}</Dt>" if version == "09" else f"{on}"
    control = "" if total is None else f"<CtrlSum>{total}</CtrlSum>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.{version}">'
        f"<CstmrCdtTrfInitn><GrpHdr><MsgId>{message_id}</MsgId><CreDtTm>2026-11-26T12:00:00</CreDtTm>"
        f"<NbOfTxs>{len(transactions) if count is None else count}</NbOfTxs>{control}"
        "<InitgPty><Nm>Sifang Payments</Nm></InitgPty></GrpHdr>"
        f"<PmtInf><PmtInfId>P-1</PmtInfId><PmtMtd>TRF</PmtMtd><ReqdExctnDt>{day}</ReqdExctnDt>"
        f"<Dbtr><Nm>Sifang Payments</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{debtor}</Id></Othr></Id></DbtrAcct>"
        "<DbtrAgt><FinInstnId><Othr><Id>ICBC</Id></Othr></FinInstnId></DbtrAgt>"
        f"{''.join(transactions)}</PmtInf></CstmrCdtTrfInitn></Document>"
    ).encode()


async def send(door: Door, body: bytes) -> httpx.Response:
    return await door.http.post(
        f"/bank/{door.bank}/v1/payment-orders", content=body, headers={"content-type": "application/xml"}
    )


def told(content: bytes) -> tuple[str, list[tuple[str, str, str | None]]]:
    """The group's status (with its reason) and (end-to-end id, status, reason) of each transaction."""
    root = fromstring(content)
    space = root.tag.partition("}")[0] + "}"
    group = next(root.iter(f"{space}OrgnlGrpInfAndSts"))
    reason = group.findtext(f"{space}StsRsnInf/{space}Rsn/{space}Cd")
    items = [
        (
            one.findtext(f"{space}OrgnlEndToEndId") or "",
            one.findtext(f"{space}TxSts") or "",
            one.findtext(f"{space}StsRsnInf/{space}Rsn/{space}Cd"),
        )
        for one in root.iter(f"{space}TxInfAndSts")
    ]
    return (group.findtext(f"{space}GrpSts") or "") + (f" {reason}" if reason else ""), items


@pytest.fixture
async def today(door: Door) -> date:
    """The bank's business day, with 600.00 in the company's reserve."""
    await door.charge(await door.open_card(), 60_000)
    now = (await door.http.get("/v1/clock")).json()
    await door.http.put(
        "/v1/clock",
        json={"business_at": f"{date.fromisoformat(now['business_on']) + timedelta(days=1)}T12:00:00+08:00"},
    )
    return date.fromisoformat((await door.http.get("/v1/clock")).json()["business_on"])


@pytest.mark.parametrize("version", ["03", "09"])
async def test_a_message_pays_out_and_its_report_says_so(door: Door, today: date, version: str) -> None:
    ours, theirs = await door.open_card(balance_minor=0), await door.open_card(balance_minor=0, bank="CMB")
    body = message(
        transaction(ours), transaction(theirs, "20.50", reference="e2"), on=today, version=version, total="30.50"
    )
    answer = await send(door, body)
    assert answer.status_code == 200, answer.text
    assert told(answer.content) == ("ACSC", [("e1", "ACSC", None), ("e2", "ACSC", None)])
    assert await door.reserve() == 60_000 - 3_050
    report = "pain.002.001.10" if version == "09" else "pain.002.001.03"
    assert f"xsd:{report}".encode() in answer.content
    for name, document in ((f"pain.001.001.{version}", body), (report, answer.content)):
        assert faults(name, document) == []


async def test_a_message_sent_twice_or_by_eight_at_once_pays_once(door: Door, today: date) -> None:
    body = message(transaction(await door.open_card(balance_minor=0)), on=today)
    answers = await asyncio.gather(*(send(door, body) for _ in range(8)))
    assert len({answer.content for answer in answers}) == 1
    assert await door.reserve() == 59_000
    other = await send(door, message(transaction(await door.open_card()), on=today))
    assert (other.status_code, other.json()["code"]) == (409, "reference_reused")


async def test_each_transaction_is_rejected_for_its_own_reason(door: Door, today: date) -> None:
    card = await door.open_card(balance_minor=0)
    body = message(
        transaction("6217007000000000000", reference="nobody"),
        transaction(card, name="别人", reference="other name"),
        transaction(card, currency="USD", reference="dollars"),
        transaction(card, "0.001", reference="part of a cent"),
        transaction(card, "0.00", reference="nothing"),
        transaction(card, "60000000.00", reference="too much"),
        transaction(card, "9900.01", reference="restricted"),
        transaction(card, "700.00", reference="no money"),
        transaction(card, "1.00", reference="good"),
        on=today,
    )
    status, items = told((await send(door, body)).content)
    assert status == "PART"
    assert [(reference, reason) for reference, _, reason in items] == [
        ("nobody", "AC01"), ("other name", "BE01"), ("dollars", "AM03"), ("part of a cent", "AM03"), ("nothing", "AM12"),
        ("too much", "AM02"), ("restricted", "AC06"), ("no money", "AM04"), ("good", None),
    ]  # fmt: skip
    assert await door.reserve() == 59_900
    status, _ = told((await send(door, message(transaction(card), on=today, message_id="M-2", debtor="X"))).content)
    assert status == "RJCT"


@pytest.mark.parametrize(("changes", "status"), [({"count": 2}, "RJCT AM18"), ({"total": "10.01"}, "RJCT AM10")])
async def test_a_heading_that_does_not_agree_rejects_the_whole(
    door: Door, today: date, changes: dict[str, Any], status: str
) -> None:
    body = message(transaction(await door.open_card()), on=today, **changes)
    assert told((await send(door, body)).content) == (status, [])
    assert await door.reserve() == 60_000
    assert (await door.get("payment-orders/M-1")).json()["code"] == "unknown_message"


async def test_an_end_to_end_id_that_is_there_twice_rejects_the_whole(door: Door, today: date) -> None:
    card = await door.open_card()
    assert told((await send(door, message(transaction(card), transaction(card), on=today))).content)[0] == "RJCT AM05"


async def test_an_order_for_later_waits_for_its_day(door: Door, today: date) -> None:
    body = message(transaction(await door.open_card(balance_minor=0)), on=today + timedelta(days=2))
    assert told((await send(door, body)).content) == ("ACSP", [("e1", "ACSP", None)])
    assert await door.reserve() == 60_000
    await door.move_clock(timedelta(days=2))
    async with asyncio.timeout(30):
        while told((await door.get("payment-orders/M-1")).content)[0] != "ACSC":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    assert await door.reserve() == 59_000
    assert told((await send(door, body)).content)[0] == "ACSC"


async def test_a_magic_transaction_makes_the_answer_to_the_whole_unusual(door: Door, today: date) -> None:
    """A failure though it is executed, and a file that is found only ten minutes later; sent again, it is executed once."""
    card = await door.open_card(balance_minor=0)
    await door.charge(await door.open_card(), 5_000_000)
    held = await door.reserve()
    failing = message(transaction(card, "9900.10"), on=today)
    for _ in range(2):
        assert (await send(door, failing)).status_code == 500
    assert told((await door.get("payment-orders/M-1")).content) == ("ACSC", [("e1", "ACSC", None)])
    assert await door.reserve() == held - BASE - 10
    later = message(transaction(card, "9900.08"), on=today, message_id="M-2")
    assert told((await send(door, later)).content) == ("ACSP", [("e1", "ACSP", None)])
    refused = message(transaction(card, "9900.09"), on=today, message_id="M-3")
    assert told((await send(door, refused)).content) == ("ACSP", [("e1", "ACSP", None)])
    await door.move_clock(timedelta(minutes=5))
    assert told((await send(door, later)).content)[0] in ("ACSP", "ACSC")
    await _until(door, "M-2", "ACSC")
    await _until(door, "M-3", "RJCT")
    assert await door.reserve() == held - 2 * BASE - 18


async def test_what_was_paid_by_file_comes_back_once(door: Door, today: date) -> None:
    """Reported as a credit transfer under its end-to-end id; what was not paid does not come back."""
    theirs = await door.open_card(balance_minor=0, bank="CMB")
    body = message(transaction(theirs), transaction("6217007000000000000", reference="e2"), on=today)
    assert told((await send(door, body)).content)[0] == "PART"
    made = {"kind": "payout_returned", "instruction_reference": "e1", "reference": "back"}
    for _ in range(2):
        answer = await door.post("reports", made)
        assert (answer.status_code, answer.json()["instruction_kind"]) == (201, "credit_transfer"), answer.text
    assert await door.reserve() == 60_000
    (listed,) = (await door.get("reports")).json()["items"]
    assert (listed["instruction_reference"], listed["amount"]) == ("e1", 1_000)
    for reference, code in (("e2", "not_returnable"), ("nobody", "unknown_instruction")):
        refused = await door.post("reports", made | {"instruction_reference": reference, "reference": reference})
        assert refused.json()["code"] == code
    charged = await door.post("reports", made | {"kind": "charge_reversed", "reference": "charge"})
    assert charged.json()["code"] == "unknown_instruction"


async def _until(door: Door, message_id: str, status: str) -> None:
    async with asyncio.timeout(30):
        while told((await door.get(f"payment-orders/{message_id}")).content)[0] != status:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><Document>&c;</Document>'
OUTSIDE = b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><Document/>'


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not xml", b"<a", BOMB, OUTSIDE, BOMB.decode().replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16"),
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.008.001.02"/>',
        b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn/></Document>',
        b'<?xml version="1.0" encoding="no-such"?><a/>',
    ],
)  # fmt: skip
async def test_what_is_no_such_message_is_refused(door: Door, body: bytes) -> None:
    answer = await send(door, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_message")


@pytest.mark.parametrize(
    ("amount", "on"), [("NaN", "2026-11-26"), ("1e999999", "2026-11-26"), ("-", "2026-11-26"), ("1", "soon")]
)
async def test_amounts_and_days_that_are_none_are_refused(door: Door, amount: str, on: str) -> None:
    body = message(transaction("6222020000000000000", amount), on=on)  # type: ignore[arg-type]
    answer = await send(door, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "malformed_message")
