"""Signing against the specification's own library, the schedule, and the addresses to which nothing is sent."""

import ipaddress
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from chassis import webhooks
from chassis.webhooks import AddressRefused, MalformedSecret, Sender, first_difference, is_public
from tests.payments.webhooks.receiver import receiver


def test_the_published_example() -> None:
    """Of the documentation of Svix, whose scheme the specification is."""
    secret, body = "whsec_plJ3nmyCDGBKInavdOK15jsl", '{"event_type":"ping","data":{"success":true}}'
    signed = webhooks.signature(secret, "msg_loFOjxBNrRLzqYUf", 1731705121, body)
    assert signed == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="


@given(st.text(st.characters(codec="utf-8"), max_size=200))
def test_the_reference_library_lets_through_what_we_sign_and_nothing_else(body: str) -> None:
    old, new = webhooks.new_secret(), webhooks.new_secret()
    now = int(datetime.now(UTC).timestamp())
    headers = webhooks.headers_of("evt_1", now, f'["{body.encode().hex()}"]', [new, old])
    for secret in (old, new):
        Webhook(secret).verify(f'["{body.encode().hex()}"]', headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(webhooks.new_secret()).verify(f'["{body.encode().hex()}"]', headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(new).verify(f'["{body.encode().hex()}" ]', headers)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_***", "whsec_" + "QUJD", "whsec_" + "QUJD" * 22])
def test_a_malformed_secret_signs_nothing(secret: str) -> None:
    with pytest.raises(MalformedSecret):
        webhooks.signature(secret, "evt_1", 0, "")


def test_the_schedule_of_the_specification() -> None:
    hours = timedelta(hours=1)
    wanted = [
        timedelta(seconds=5),
        timedelta(minutes=5),
        timedelta(minutes=30),
        2 * hours,
        5 * hours,
        10 * hours,
        10 * hours,
    ]
    for tries, pause in enumerate(wanted, start=1):
        for _ in range(50):
            found = webhooks.pause_before(tries)
            assert found is not None
            assert pause <= found <= pause * 1.1
    assert webhooks.pause_before(8) is None
    assert webhooks.SCHEDULE[0] == timedelta(0)


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("8.8.8.8", True), ("2606:4700:4700::1111", True), ("64:ff9b::808:808", True), ("2002:808:808::1", True), ("::ffff:8.8.8.8", True),
        ("127.0.0.1", False), ("127.8.9.1", False), ("0.0.0.0", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("172.31.255.255", False),
        ("192.168.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("224.0.0.1", False), ("239.1.1.1", False),
        ("255.255.255.255", False), ("240.0.0.1", False), ("192.0.2.1", False), ("198.18.0.1", False), ("::1", False), ("::", False),
        ("fe80::1", False), ("fc00::1", False), ("fd12::1", False), ("ff02::1", False), ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False), ("64:ff9b::a00:1", False), ("2002:7f00:1::1", False), ("2002:a00:1::1", False), ("2001:db8::1", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(text: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(text)) is public


def answering(*answers: str) -> webhooks.Resolve:
    """A name service that says another thing each time, the last again and again."""
    left = list(answers)

    async def resolve(host: str, port: int) -> Sequence[str]:
        return [left.pop(0) if len(left) > 1 else left[0]]

    return resolve


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook", "https://localhost/hook", "https://[::1]/hook", "https://[::ffff:127.0.0.1]/hook", "https://2130706433/hook",
        "https://0x7f.1/hook", "https://10.0.0.1/hook", "https://169.254.169.254/latest/meta-data", "https://[fe80::1]/hook",
        "http://8.8.8.8/hook", "ftp://8.8.8.8/hook", "https://user@8.8.8.8/hook", "https://8.8.8.8/hook#part", "https:///hook", "https://8.8.8.8:0/",
        "https://8.8.8.8:99999/", "https://8.8.8.8/a b", "https://8.8.8.8/\r\nx: y", "hook", "", "https://8.8.8.8/" + "x" * 2100,
    ],
)  # fmt: skip
async def test_nothing_is_sent_to_such_addresses_outside_the_sandbox(url: str) -> None:
    sender = Sender(sandbox=False, seconds=5)
    with pytest.raises(AddressRefused):
        await sender.check(url)
    came = await sender.send(url, "{}", {})
    assert came.status is None
    assert (came.failure or "").startswith("address refused")


async def test_one_address_among_several_that_is_not_public_is_enough() -> None:
    async def resolve(host: str, port: int) -> Sequence[str]:
        return ["8.8.8.8", "10.0.0.1"]

    with pytest.raises(AddressRefused):
        await Sender(sandbox=False, seconds=5, resolve=resolve).check("https://shop.example/hook")


async def test_a_name_that_turns_to_an_inner_address_later_is_refused_then() -> None:
    """Each try resolves anew and looks at what it found."""
    sender = Sender(sandbox=False, seconds=5, resolve=answering("8.8.8.8", "127.0.0.1"))
    assert await sender.check("https://shop.example/hook") == ["8.8.8.8"]
    came = await sender.send("https://shop.example/hook", "{}", {})
    assert came.failure == "address refused: shop.example leads to an address that is not public"


async def test_connected_is_to_the_address_that_was_looked_at() -> None:
    """A name that resolves only once is reached all the same, under its own name."""
    async with receiver() as here:
        port = here.url.rpartition(":")[2]
        sender = Sender(sandbox=True, seconds=10, resolve=answering("127.0.0.1", "0.0.0.1"))
        came = await sender.send(f"http://shop.example:{port}/hook?a=1", "{}", {"webhook-id": "evt_1"})
    assert (came.status, came.answer, came.failure) == (200, "thank you", None)
    assert here.heard[0].headers["host"] == f"shop.example:{port}"


async def test_a_redirect_is_an_answer_and_not_followed() -> None:
    async with receiver() as inner, receiver() as here:
        here.statuses, here.headers = [302], {"location": f"{inner.url}/secrets"}
        came = await Sender(sandbox=True, seconds=10).send(f"{here.url}/hook", "{}", {})
    assert (came.status, came.acknowledged, inner.heard) == (302, False, [])


async def test_what_comes_of_a_try() -> None:
    async with receiver() as here:
        sender = Sender(sandbox=True, seconds=10)
        here.said = "\0" + "x" * 100_000
        came = await sender.send(here.url, "{}", {})
        assert (came.acknowledged, came.gone, len(came.answer), came.answer[0]) == (
            True,
            False,
            512,
            "\N{REPLACEMENT CHARACTER}",
        )
        here.statuses = [410]
        assert (await sender.send(here.url, "{}", {})).gone
        here.go_on.clear()
        late = await Sender(sandbox=True, seconds=0.2).send(here.url, "{}", {})
        assert (late.status, late.failure) == (None, "no answer within 0.2 s")
        here.go_on.set()
    assert (await sender.send(here.url, "{}", {})).failure == "ConnectError"
    unknown = Sender(sandbox=True, seconds=5, resolve=_unknown)
    assert (await unknown.send("http://nowhere.example/", "{}", {})).failure == "ConnectionError"


async def _unknown(host: str, port: int) -> Sequence[str]:
    raise OSError("no such name")


@pytest.mark.parametrize(
    ("theirs", "at", "hint"),
    [
        ('evt_1.5.{"a":1}', None, None),
        ('evt_1.5.{"a": 1}', 13, "only white space differs"),
        ('evt_1.5.{"a":2}', 13, None),
        ("evt_1.5.", 8, "the end is missing"),
        ('evt_1.5.{"a":1}\n', 15, "only white space differs"),
        ('evt_1.5.{"a":1}x', 15, "something follows the end"),
        ('{"a":1}', 0, "the id and the timestamp do not stand before the body"),
    ],
)
def test_the_first_difference(theirs: str, at: int | None, hint: str | None) -> None:
    found = first_difference('evt_1.5.{"a":1}', theirs)
    if at is None:
        assert found is None
        return
    assert found is not None
    assert found.at == at
    assert (found.hint or "").startswith(hint or "")
    assert (found.hint is None) == (hint is None)
