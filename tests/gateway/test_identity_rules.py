import pytest

from chassis.identity import CUSTOMER_SCOPES, OPERATOR_SCOPES
from gateway.errors import CannotGrant, MalformedContact, OneContact, WeakPassword
from gateway.identities.model import Contact, Role
from gateway.identities.passwords import Passwords
from gateway.identities.rules import ROLE_SCOPES, check_grant, check_password, mask, read_contact


@pytest.mark.parametrize(
    ("email", "mobile", "value"),
    [
        (" Lin@Example.ORG ", None, "lin@example.org"),
        (None, "138 0013-8000", "+8613800138000"),
        (None, "+44 7911 123456", "+447911123456"),
    ],
)
def test_equal_contacts_become_equal_text(email: str | None, mobile: str | None, value: str) -> None:
    assert read_contact(email, mobile).value == value


@pytest.mark.parametrize(("email", "mobile"), [(None, None), ("a@b.cn", "13800138000")])
def test_one_contact_is_given(email: str | None, mobile: str | None) -> None:
    with pytest.raises(OneContact):
        read_contact(email, mobile)


@pytest.mark.parametrize(
    "email", ["lin", "lin@", "@b.cn", "a@b", "a b@c.cn", "a@b@c.cn", "a@b..cn", "x" * 300 + "@b.cn"]
)
def test_what_is_no_address(email: str) -> None:
    with pytest.raises(MalformedContact):
        read_contact(email, None)


@pytest.mark.parametrize("mobile", ["12345678", "+0123456789", "+861380013800012345", "abc", "10086"])
def test_what_is_no_mobile(mobile: str) -> None:
    with pytest.raises(MalformedContact):
        read_contact(None, mobile)


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaa", "lin@example.org", "LIN@example.org", "x" * 129])
def test_weak_passwords(password: str) -> None:
    with pytest.raises(WeakPassword):
        check_password(password, Contact("email", "lin@example.org"))


def test_the_number_itself_is_no_password() -> None:
    with pytest.raises(WeakPassword):
        check_password("13800138000", Contact("mobile", "+8613800138000"))


def test_masks_show_no_more_than_needed() -> None:
    assert mask(Contact("email", "lin@example.org")) == "l***@example.org"
    assert mask(Contact("mobile", "+8613800138000")) == "+86*******8000"


def test_roles_give_no_more_than_an_operator_and_no_customer_scope_of_writing() -> None:
    for role, scopes in ROLE_SCOPES.items():
        assert scopes <= OPERATOR_SCOPES
        if role is not Role.OPERATOR:
            assert not [scope for scope in scopes if scope.endswith((":write", ":transfer"))]


def test_nobody_grants_more_than_she_has() -> None:
    check_grant(OPERATOR_SCOPES, list(Role))
    check_grant(ROLE_SCOPES[Role.RISK], [Role.RISK])
    with pytest.raises(CannotGrant):
        check_grant(ROLE_SCOPES[Role.RISK], [Role.FINANCE])
    with pytest.raises(CannotGrant):
        check_grant(CUSTOMER_SCOPES, [Role.MARKETING])


async def test_a_password_is_the_same_however_it_was_composed() -> None:
    passwords = Passwords()
    try:
        held = await passwords.hashed("caf\u00e9 in the rain")
        assert held.startswith("$argon2id$")
        assert await passwords.proves("cafe\u0301 in the rain", held)
        assert not await passwords.proves("cafe in the rain", held)
        assert not await passwords.proves("nobody's password", None)
        assert not passwords.outdated(held)
    finally:
        passwords.close()
