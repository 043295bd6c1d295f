"""Whatever is malformed gets a problem with a stable code and the field, and nothing is written."""

from typing import Any

from tests.payments.ledger.book import Book, transfer_id, wire

SOMEBODY = "acc_01jdf3q8e7f5bt2m0xk5s8yq4c"
CASES: list[tuple[dict[str, Any], int, str, str]] = [
    ({"amount": 100.0}, 422, "invalid_value", "amount"),
    ({"amount": "100"}, 422, "invalid_value", "amount"),
    ({"amount": True}, 422, "invalid_value", "amount"),
    ({"amount": 0}, 422, "invalid_value", "amount"),
    ({"amount": -5}, 422, "invalid_value", "amount"),
    ({"amount": 2**53}, 422, "invalid_value", "amount"),
    ({"amount": None}, 422, "incomplete_transfer", "amount"),
    ({"currency": None}, 422, "incomplete_transfer", "currency"),
    ({"currency": "yuan"}, 422, "invalid_value", "currency"),
    ({"debit_account_id": None}, 422, "incomplete_transfer", "debit_account_id"),
    ({"debit_account_id": "acc_short"}, 422, "malformed_id", "debit_account_id"),
    ({"debit_account_id": "cus_01jdf3q8e7f5bt2m0xk5s8yq4c"}, 422, "malformed_id", "debit_account_id"),
    ({"id": "trf_01JDF3Q8E7F5BT2M0XK5S8YQ4C"}, 422, "malformed_id", "id"),
    ({"kind": "expire"}, 422, "invalid_value", "kind"),
    ({"kind": "post"}, 422, "incomplete_transfer", "pending_id"),
    ({"pending_id": "trf_01jdf3q8e7f5bt2m0xk5s8yq4c"}, 422, "incomplete_transfer", "pending_id"),
    ({"timeout_seconds": 60}, 422, "incomplete_transfer", "timeout_seconds"),
    ({"kind": "pending", "timeout_seconds": 0}, 422, "invalid_value", "timeout_seconds"),
    ({"code": "Not A Code"}, 422, "invalid_value", "code"),
    ({"reference": "a\u0000b"}, 422, "invalid_value", "reference"),
    ({"reference": "x" * 129}, 422, "invalid_value", "reference"),
    ({"reference": "loan\n"}, 422, "invalid_value", "reference"),
    ({"code": "tests.move\n"}, 422, "invalid_value", "code"),
    ({"currency": "CNY\n"}, 422, "invalid_value", "currency"),
    ({"value_on": "yesterday"}, 422, "invalid_value", "value_on"),
    ({"value_on": "2026-02-30"}, 422, "invalid_value", "value_on"),
    ({"memo": "hello"}, 422, "unknown_field", "memo"),
]


async def test_a_transfer(book: Book) -> None:
    for facts, status, code, field in CASES:
        order = wire(book.source, SOMEBODY, 10) | facts
        assert await book.refused(await book.http.post("/v1/transfers", json=order)) == (status, code, field), facts
        fault = await book.bulk("independent", [wire(book.source, SOMEBODY, 10), order])
        assert await book.refused(fault) == (status, code, f"transfers.1.{field}"), facts
    assert (await book.get("/v1/transfers"))["items"] == []


async def test_a_body_that_is_no_transfer(book: Book) -> None:
    for body in (b"", b"{", b"[]", b'"text"', b"null", b'{"id": 1e400}', b"\xff\xfe"):
        for path in ("/v1/transfers", "/v1/transfers/bulk"):
            answer = await book.http.post(path, content=body, headers={"content-type": "application/json"})
            assert 400 <= answer.status_code < 500, answer.text
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] in {"malformed_json", "missing_field", "invalid_value", "malformed_id"}, body


async def test_exponents_are_no_integers(book: Book) -> None:
    text = '{"id":"%s","code":"a","debit_account_id":"%s","credit_account_id":"%s","amount":1e3,"currency":"CNY"}'
    body = text % (transfer_id(), book.source, SOMEBODY)
    answer = await book.http.post("/v1/transfers", content=body, headers={"content-type": "application/json"})
    assert await book.refused(answer) == (422, "invalid_value", "amount")


async def test_limits(book: Book) -> None:
    order = wire(book.source, SOMEBODY, 10)
    assert await book.refused(await book.bulk("atomic", [])) == (422, "invalid_value", "transfers")
    assert await book.refused(await book.bulk("atomic", [order] * 8191)) == (422, "invalid_value", "transfers")
    assert await book.refused(await book.bulk("maybe", [order])) == (422, "invalid_value", "mode")
    large = await book.http.post("/v1/transfers", content=b"[" + b" " * (9 * 1024 * 1024))
    assert await book.refused(large) == (413, "body_too_large", None)


async def test_who_calls(book: Book) -> None:
    order = wire(book.source, SOMEBODY, 10)
    nobody = await book.http.post("/v1/transfers", json=order, headers={"authorization": "Bearer x.y.z"})
    assert (nobody.status_code, nobody.json()["code"]) == (401, "token_refused")
    reader = book.served.client(scopes=["payments:read"])
    refused = await reader.post("/v1/transfers", json=order)
    assert (refused.status_code, refused.json()["code"]) == (403, "missing_scope")
    assert (await book.get("/v1/transfers"))["items"] == []
