"""What transfers between persons refuse, beside the refusals of wallets, limits and the ledger.

Refusal
├── NotFound   UnknownPersonTransfer · UnknownPayee
├── Invalid    TransferToOneself · PayeeCurrencyDiffers · PayeeNameRequired
└── Conflict   PayeeNameDiffers · PayeeWalletClosed · TransferNotRevocable
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPersonTransfer(NotFound):
    code = "unknown_person_transfer"


class UnknownPayee(NotFound):
    """Nobody of this id, or nobody with a wallet in the currency."""

    code = "unknown_payee"


class TransferToOneself(Invalid):
    code = "transfer_to_oneself"


class PayeeCurrencyDiffers(Invalid):
    code = "currency_mismatch"


class PayeeNameRequired(Invalid):
    """The payee has proved her name: the payer says whom she means to pay."""

    code = "payee_name_required"


class PayeeNameDiffers(Conflict):
    code = "payee_name_differs"


class PayeeWalletClosed(Conflict):
    code = "payee_wallet_closed"


class TransferNotRevocable(Conflict):
    """It has arrived, or its time has come."""

    code = "transfer_not_revocable"
