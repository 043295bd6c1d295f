"""The load: requests that are already bytes, answers counted to the last, whatever they are and however they arrive."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

import pytest

from benchmarks import load_generator
from benchmarks.closed_loop import drive
from benchmarks.open_loop import pace
from benchmarks.plan import Plan
from benchmarks.transfers import bulk, new_ids, random_tails, singles
from benchmarks.wire import Address, ask, body_of, length_of, status_of
from chassis.ids import book_of, decode

WALLETS = [UUID(int=7 << 76 | 2 << 62 | number << 16 | 1) for number in range(5)]
CREATED = b"HTTP/1.1 201 Created\r\ncontent-length: 2\r\n\r\n{}"
REFUSED = b'HTTP/1.1 409 Conflict\r\ncontent-length: 17\r\n\r\n{"code":"refused"}'[:-1]


@contextmanager
def _answering(parts: Callable[[int], list[bytes]]) -> Iterator[Address]:
    """A server on one connection; parts: of the answer to its n-th request, sent one by one."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            number = 0
            while True:
                heard = connection.recv(65536)
                if not heard:
                    return
                for part in parts(number):
                    connection.sendall(part)
                number += 1

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield Address("127.0.0.1", listening.getsockname()[1], "token")
    finally:
        thread.join(5)
        listening.close()


def test_ids_are_new_and_of_the_default_book() -> None:
    ids = [name.decode() for name in islice(new_ids(), 5000)]
    assert len(set(ids)) == 5000
    decoded = [decode("trf", name) for name in ids[:100]]
    assert {book_of(one) for one in decoded} == {1}
    assert {one.version for one in decoded} == {7}


def test_every_request_has_the_length_it_announces() -> None:
    address = Address("127.0.0.1", 1, "token")
    make = singles(address, random_tails(WALLETS, "CNY", 1, 50), new_ids())
    for request in (make() for _ in range(60)):
        length = length_of(request)
        assert length == len(request)
        body = json.loads(body_of(request))
        assert body["debit_account_id"] != body["credit_account_id"]
        assert isinstance(body["amount"], int)


def test_a_batch_is_whole_json() -> None:
    request = bulk(
        Address("127.0.0.1", 1, "token"), list(zip(new_ids(), random_tails(WALLETS, "CNY", 1, 20), strict=False))
    )
    assert length_of(request) == len(request)
    assert len(json.loads(body_of(request))["transfers"]) == 20


def test_the_same_seed_chooses_the_same_pairs() -> None:
    assert random_tails(WALLETS, "CNY", 1, 50) == random_tails(WALLETS, "CNY", 1, 50)
    assert random_tails(WALLETS, "CNY", 1, 50) != random_tails(WALLETS, "CNY", 2, 50)


def test_an_answer_in_pieces_is_one_answer() -> None:
    with _answering(lambda _: [CREATED[:5], CREATED[5:30], CREATED[30:]]) as address:
        tally = drive([address], [lambda: b"x"], connections=1, seconds=5, most=3)
    assert dict(tally.every) == {201: 3}
    assert tally.created == 3
    assert tally.wait_at(0.5) > 0


def test_what_is_not_created_is_counted_apart_and_shown() -> None:
    answers = (CREATED, REFUSED)
    with _answering(lambda number: [answers[number % 2]]) as address:
        tally = drive([address], [lambda: b"x"], connections=1, seconds=5, most=4)
    assert dict(tally.every) == {201: 2, 409: 2}
    assert tally.created == 2
    assert tally.refusal == body_of(REFUSED)


def test_an_open_loop_counts_from_when_a_request_was_due() -> None:
    """The server stands still for half a second: who was due meanwhile waited for the rest of it, though one alone was under way."""

    def parts(number: int) -> list[bytes]:
        time.sleep(0.5 if number == 20 else 0)
        return [CREATED]

    with _answering(parts) as address:
        # So few a second that those who waited are answered faster than others become due, on a busy machine too.
        tally = pace([address], [lambda: b"x"], connections=1, rate=50, seconds=1.5)
    assert 50 <= tally.created <= 100
    assert sum(tally.every.values()) == tally.created
    held_up = [wait for wait in tally.waits if wait > 0.05]
    assert 13 <= len(held_up) <= 38
    assert max(tally.waits) >= 0.5


def test_an_open_loop_keeps_its_rate_and_leaves_the_warm_up_out() -> None:
    with _answering(lambda number: [CREATED if number % 2 else REFUSED]) as address:
        tally = pace([address], [lambda: b"x"], connections=1, rate=400, seconds=0.5, warm_up=0.5)
    assert 250 <= sum(tally.every.values()) <= 550
    assert tally.every[201] + tally.every[409] == sum(tally.every.values())
    assert tally.created < tally.every[201]
    assert tally.refusal == body_of(REFUSED)


def test_a_connection_that_is_cut_ends_the_run() -> None:
    listening = socket.create_server(("127.0.0.1", 0))
    with listening:
        threading.Thread(target=lambda: listening.accept()[0].close()).start()
        with pytest.raises(ConnectionError):
            drive([Address("127.0.0.1", listening.getsockname()[1], "")], [lambda: b"x"], connections=1, seconds=5)


def test_asking_waits_for_the_whole_answer() -> None:
    with (
        _answering(lambda _: [CREATED[:10], CREATED[10:-1], CREATED[-1:]]) as address,
        address.connect(5) as connection,
    ):
        answer = ask(connection, b"x")
    assert status_of(answer) == 201
    assert body_of(answer) == b"{}"


def test_an_answer_without_a_length_is_none() -> None:
    with pytest.raises(ValueError, match="without a length"):
        length_of(b"HTTP/1.1 200 OK\r\n\r\n")


def test_the_load_measures_itself() -> None:
    result = load_generator.run(Plan(rounds=1, seconds=0.3, connections=8))
    assert result.value.median > 0
    assert json.loads(result.line())["name"] == "load_generator"
