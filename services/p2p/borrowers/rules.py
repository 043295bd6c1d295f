"""What an identity number says, and whether its owner may borrow by age."""

from datetime import date

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError

from services.p2p.errors import IdentityNumberWrong

YOUNGEST, OLDEST = 18, 65


def checked_identity_number(text: str) -> str:
    """The number in its usual form. Raises IdentityNumberWrong for a wrong check digit, date of birth or length."""
    try:
        return str(ric.validate(text))
    except ValidationError:
        raise IdentityNumberWrong("not an identity number of a resident", field="identity_number") from None


def checked_organisation_number(text: str) -> str:
    """A unified social credit code (统一社会信用代码). Raises IdentityNumberWrong."""
    try:
        return str(uscc.validate(text))
    except ValidationError:
        raise IdentityNumberWrong("not a unified social credit code", field="identity_number") from None


def age_on(identity_number: str, day: date) -> int:
    """Whole years on that day, from the date of birth inside the number."""
    born: date = ric.get_birth_date(identity_number)
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def may_borrow_by_age(identity_number: str, day: date) -> bool:
    return YOUNGEST <= age_on(identity_number, day) <= OLDEST
