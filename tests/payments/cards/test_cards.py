"""Binding a card over HTTP with a real sandbox bank: code, wrong codes, strangers, time, removal."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from stdnum import luhn

from chassis.commands import perform
from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import decode
from services.payments.cards import actions
from services.payments.cards.jobs import PAYMENTS
from services.payments.cards.model import Card, CardState
from services.payments.cards.queries import card_with, save_card
from services.payments.channels.model import AgreementAnswer, AgreementState
from tests.payments.customer import Person, World
from tests.sandbox.door import magic


async def asked(anna: Person, number: str) -> dict[str, str]:
    body = {"number": number, "holder_name": anna.holder_name, "mobile": anna.mobile}
    answer = await anna.post("/v1/cards", body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_card_is_bound_by_the_code_its_bank_sent(world: World) -> None:
    anna = world.person()
    number = await anna.open_card()
    card_id = await anna.bind(number)
    card = await anna.get(f"/v1/cards/{card_id}")
    assert (card["state"], card["bank"], card["kind"], card["bank_name"]) == ("bound", "ICBC", "debit", "中国工商银行")
    assert card["masked"] == number[:6] + "*" * 9 + number[-4:]
    assert number not in str(card)
    assert [item["id"] for item in (await anna.get("/v1/cards"))["items"]] == [card_id]


async def test_neither_number_nor_holder_nor_code_is_readable_in_the_database(world: World) -> None:
    anna = world.person()
    number = await anna.open_card()
    card_id = decode("crd", await anna.bind(number))
    async with world.payments.runtime.reading() as connection:
        card = await card_with(connection, card_id)
    assert card is not None
    assert card.state is CardState.BOUND
    assert card.submitted_code is None
    assert number not in repr(card)
    assert anna.mobile not in repr(card)


async def test_a_wrong_code_leaves_room_for_another_try(world: World) -> None:
    anna = world.person()
    card = await asked(anna, await anna.open_card())
    right = await world.door.newest_code(anna.mobile)
    wrong = "000000" if right != "000000" else "000001"
    tried = (await anna.post(f"/v1/cards/{card['id']}/confirmation", {"sms_code": wrong})).json()
    assert (tried["state"], tried["refusal_code"]) == ("code_sent", "wrong_code")
    bound = (await anna.post(f"/v1/cards/{card['id']}/confirmation", {"sms_code": right})).json()
    assert (bound["state"], bound["refusal_code"]) == ("bound", None)


async def test_too_many_wrong_codes_end_the_attempt(world: World) -> None:
    anna = world.person()
    card = await asked(anna, await anna.open_card())
    wrong = "000000" if await world.door.newest_code(anna.mobile) != "000000" else "000001"
    for _ in range(6):
        tried = (await anna.post(f"/v1/cards/{card['id']}/confirmation", {"sms_code": wrong})).json()
    assert (tried["state"], tried["refusal_code"]) == ("refused", "too_many_tries")
    late = await anna.post(f"/v1/cards/{card['id']}/confirmation", {"sms_code": wrong})
    assert (late.status_code, late.json()["code"]) == (409, "no_code_expected")


async def test_another_s_card_is_refused_by_its_bank(world: World) -> None:
    anna, boris = world.person(), world.person()
    number = await anna.open_card()
    refused = await asked(boris, number)
    assert (refused["state"], refused["refusal_code"]) == ("refused", "mobile_mismatch")


async def test_a_code_nobody_gives_lapses(world: World) -> None:
    anna = world.person()
    card = await asked(anna, await anna.open_card())
    await world.move_clock(timedelta(minutes=6))
    await world.run_periodic("payments.work_due_cards")
    lapsed = await anna.get(f"/v1/cards/{card['id']}")
    assert (lapsed["state"], lapsed["refusal_code"]) == ("refused", "code_expired")


async def test_a_bound_card_is_not_bound_again_but_an_attempt_may_be_repeated(world: World) -> None:
    anna = world.person()
    number = await anna.open_card()
    first = await asked(anna, number)
    card_id = await anna.bind(number)
    assert card_id != first["id"]
    assert (await anna.get(f"/v1/cards/{first['id']}"))["refusal_code"] == "replaced"
    again = await anna.post("/v1/cards", {"number": number, "holder_name": anna.holder_name, "mobile": anna.mobile})
    assert (again.status_code, again.json()["code"]) == (409, "card_already_bound")


async def test_a_removed_card_may_be_bound_anew(world: World) -> None:
    anna = world.person()
    number = await anna.open_card()
    card_id = await anna.bind(number)
    removed = (await anna.post(f"/v1/cards/{card_id}/removal")).json()
    assert removed["state"] == "removed"
    assert (await anna.get("/v1/cards"))["items"] == []
    assert await anna.bind(number) != card_id


async def test_a_card_with_money_on_its_way_is_not_removed(world: World) -> None:
    anna = world.person()
    card_id = await anna.ready()
    await anna.top_up(card_id, 990_005)
    answer = await anna.post(f"/v1/cards/{card_id}/removal")
    assert (answer.status_code, answer.json()["code"]) == (409, "card_in_use")


async def test_refusals(world: World) -> None:
    anna, boris = world.person(), world.person()
    number = await anna.open_card()
    farmers = "622848000000000000" + luhn.calc_check_digit("622848000000000000")
    last = str((int(number[-1]) + 1) % 10)
    who = {"holder_name": anna.holder_name, "mobile": anna.mobile}
    cases = [
        (await anna.post("/v1/cards", who | {"number": number[:-1] + last}), 422, "malformed_card_number"),
        (await anna.post("/v1/cards", who | {"number": "0000000000000000"}), 422, "unknown_card_prefix"),
        (
            await anna.post("/v1/cards", who | {"number": farmers}),
            422,
            "bank_not_supported",
        ),
        (await anna.post("/v1/cards", who | {"number": 6222}), 422, "invalid_value"),
    ]
    card_id = await anna.bind(number)
    cases += [
        (await boris.http.get(f"/v1/cards/{card_id}"), 404, "unknown_card"),
        (await boris.post(f"/v1/cards/{card_id}/removal"), 404, "unknown_card"),
        (await boris.post(f"/v1/cards/{card_id}/confirmation", {"sms_code": "123456"}), 404, "unknown_card"),
        (await anna.post(f"/v1/cards/{card_id}/confirmation", {"sms_code": "123456"}), 409, "no_code_expected"),
        (await anna.http.get("/v1/cards/crd_zzz"), 422, "malformed_id"),
    ]
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_bank_that_is_away_is_asked_later(world: World) -> None:
    anna = world.person()
    await world.sandbox_away()
    body = {"number": magic("ICBC", "succeeds"), "holder_name": anna.holder_name, "mobile": anna.mobile}
    answer = await anna.post("/v1/cards", body)
    assert (answer.status_code, answer.json()["state"]) == (202, "requested")


async def test_an_answer_that_comes_late_changes_nothing_on_a_card_that_has_gone_on(world: World) -> None:
    """Two processes open the agreement; the slower one's answer comes when the holder has given her code already."""
    anna = world.person()
    card_id = decode("crd", (await asked(anna, await anna.open_card()))["id"])
    runtime = world.payments.runtime
    gone_on = await perform(runtime, _confirming, PAYMENTS, seed="code", card_id=card_id)
    answer = AgreementAnswer(AgreementState.CODE_SENT)
    late = await perform(
        runtime,
        actions.record_bank_answer,
        PAYMENTS,
        seed="late",
        card_id=card_id,
        asked_in=CardState.REQUESTED,
        answer=answer,
    )
    assert late == gone_on


async def _confirming(tx: Tx, caller: Caller, *, card_id: UUID) -> Card:
    """The code is given; the bank is not asked yet."""
    card = await card_with(tx.connection, card_id, lock=True)
    assert card is not None
    given = replace(card, state=CardState.CONFIRMING, submitted_code="123456", due_at=tx.now + timedelta(days=1))
    await save_card(tx.connection, given)
    return given
