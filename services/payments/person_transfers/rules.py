"""Whether a name is the payee's, when money arrives, and until when it may be taken back."""

import unicodedata
from datetime import datetime, timedelta

from services.payments.person_transfers.errors import PayeeNameDiffers, PayeeNameRequired, TransferNotRevocable
from services.payments.person_transfers.model import Arrival, PersonTransfer, PersonTransferState

DELAYS = {Arrival.AFTER_2_HOURS: timedelta(hours=2), Arrival.AFTER_24_HOURS: timedelta(hours=24)}
LONGEST_NAME = 120
LONGEST_NOTE = 200
# The dots by which names of minorities and foreigners are joined in Chinese (间隔号): written by whichever keyboard.
_DOTS = str.maketrans(dict.fromkeys("•∙⋅・･.．‧", "·"))


def due_at(arrival: Arrival, now: datetime) -> datetime | None:
    return now + DELAYS[arrival] if arrival in DELAYS else None


def payee_name_matches(given: str, proved: str) -> bool:
    """Whether it is the same name: width, case, spacing, and kinds of dot do not count; every other character does."""
    return _plain(given) == _plain(proved)


def require_name(given: str | None, proved: str | None) -> bool:
    """Whether the name was checked: not where nobody has proved one. Raises PayeeNameRequired, PayeeNameDiffers."""
    if proved is None:
        return False
    if given is None:
        raise PayeeNameRequired("say the name of whom you mean to pay", field="payee_name")
    if not payee_name_matches(given, proved):
        raise PayeeNameDiffers("the payee has another name", field="payee_name")
    return True


def masked_name(name: str) -> str:
    """张** of 张三 and of 张三丰: the first character, and nothing of how many there are."""
    plain = name.strip()
    return f"{plain[0]}**" if plain else "**"


def require_revocable(transfer: PersonTransfer, now: datetime) -> None:
    """From its time on it arrives, whether or not that was written down. Raises TransferNotRevocable."""
    if transfer.state is not PersonTransferState.PENDING or (transfer.due_at is not None and transfer.due_at <= now):
        raise TransferNotRevocable("it has arrived or ended", state=transfer.state.value)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).translate(_DOTS).casefold().split())
