"""What our own codes say, and whom a code that was read names."""

from uuid import UUID

from chassis.ids import MalformedId, decode, encode
from services.payments.merchants.model import Merchant
from services.payments.orders.model import Order
from services.payments.qr_codes.consumer_presented import (
    APPLICATION_DATA,
    IDENTIFIER,
    read_consumer_presented,
    write_consumer_presented,
)
from services.payments.qr_codes.errors import QrCodeDiffers, QrCodeForeign
from services.payments.qr_codes.merchant_presented import read_merchant_presented, write_merchant_presented
from services.payments.qr_codes.model import (
    ConsumerPresented,
    Initiation,
    LocalName,
    MerchantPresented,
    Named,
    Profile,
    Template,
    Tlv,
)

ACCOUNT_TAG = "26"
IDENTIFIED_AS = "cn.sifang"
"""Our globally unique identifier: a domain name turned round."""
MERCHANT_FIELD, ORDER_FIELD = "01", "02"
BILL_NUMBER = "01"
LONGEST_BILL_NUMBER = 25
LONGEST_LOCAL_NAME = 25
APPLICATION_IDENTIFIER = bytes.fromhex("F0534946414E47")
"""A proprietary, unregistered one (ISO/IEC 7816-5: it begins with F)."""
TOKEN_TAG = "DF01"


def order_code(order: Order, merchant: Merchant, profile: Profile) -> str:
    """A dynamic code: whom, which order and how much."""
    number = order.merchant_order_number
    plain = number.isascii() and number.isprintable() and len(number) <= LONGEST_BILL_NUMBER
    additional = ((BILL_NUMBER, number),) if plain else ()
    named = Named(merchant.id, order.id)
    return write_merchant_presented(_said(named, merchant, profile, order.amount, additional))


def merchant_code(merchant: Merchant, profile: Profile) -> str:
    """A static code: whom; the payer types the amount."""
    return write_merchant_presented(_said(Named(merchant.id, None), merchant, profile, None, ()))


def consumer_code(token: str) -> str:
    """The code a customer holds up: our application with her payment code."""
    own = (Tlv(IDENTIFIER, APPLICATION_IDENTIFIER), Tlv(APPLICATION_DATA, (Tlv(TOKEN_TAG, token.encode()),)))
    return write_consumer_presented(ConsumerPresented((own,)))


def read_code(text: str) -> MerchantPresented | ConsumerPresented:
    """Of either kind. Raises the refusals of its kind: a merchant's begins with digits, a consumer's is base64."""
    return read_merchant_presented(text) if text[:1] in ("", "0") else read_consumer_presented(text)


def named_in(said: MerchantPresented) -> Named:
    """Raises QrCodeForeign."""
    for _, held in said.accounts:
        if isinstance(held, Template) and held.identifier == IDENTIFIED_AS:
            merchant, order = held.field(MERCHANT_FIELD), held.field(ORDER_FIELD)
            return Named(_id("mer", merchant or ""), None if order is None else _id("ord", order))
    raise QrCodeForeign("the code names no merchant of ours", field=ACCOUNT_TAG)


def token_in(said: ConsumerPresented) -> str:
    """The payment code of a customer of ours. Raises QrCodeForeign."""
    for objects in said.applications:
        held = {one.tag: one.value for one in objects}
        inner = held.get(APPLICATION_DATA)
        if held[IDENTIFIER] == APPLICATION_IDENTIFIER and isinstance(inner, tuple):
            token = next((one.value for one in inner if one.tag == TOKEN_TAG), None)
            if isinstance(token, bytes) and token.isascii() and token.isdigit():
                return token.decode()
    raise QrCodeForeign("the code names no customer of ours", field="61")


def require_same(said: MerchantPresented, named: Named, order: Order) -> None:
    """The check sum is no signature: anybody can write a code with another amount. Raises QrCodeDiffers."""
    if (named.merchant_id, said.currency) != (order.merchant_id, order.currency):
        raise QrCodeDiffers("the order is another merchant's or in another currency", field=ACCOUNT_TAG)
    if said.amount != order.amount:
        raise QrCodeDiffers("the order asks for another amount", field="54", order_amount=order.amount)


def _said(
    named: Named, merchant: Merchant, profile: Profile, amount: int | None, additional: tuple[tuple[str, str], ...]
) -> MerchantPresented:
    order = () if named.order_id is None else ((ORDER_FIELD, encode("ord", named.order_id)),)
    fields = ((MERCHANT_FIELD, encode("mer", named.merchant_id)), *order)
    return MerchantPresented(
        accounts=((ACCOUNT_TAG, Template(IDENTIFIED_AS, fields)),),
        category_code=profile.category_code,
        currency=merchant.currency,
        country=profile.country,
        name=profile.latin_name,
        city=profile.city,
        initiation=Initiation.STATIC if named.order_id is None else Initiation.DYNAMIC,
        amount=amount,
        postal_code=profile.postal_code,
        additional=additional,
        local=_local(merchant.name),
    )


def _local(name: str) -> LocalName | None:
    """The merchant's own name where it is not in Latin letters."""
    if name.isascii() or not name.isprintable():
        return None
    return LocalName("ZH", name[:LONGEST_LOCAL_NAME])


def _id(prefix: str, text: str) -> UUID:
    try:
        return decode(prefix, text)
    except MalformedId:
        raise QrCodeForeign("the code names no merchant or order of ours", field=ACCOUNT_TAG) from None
