"""What partners' receipts are refused.

Refusal
├── NotFound (404)
│   └── UnknownPartnerReceipt
├── Conflict (409)
│   ├── TooManyPartnerReceipts   held of one loan
│   └── EarlierReceiptHeld       the oldest of a loan is passed on first
└── Invalid (422)
    └── ReceivedOnNotAllowed     before the loan, or after today
"""

from chassis.errors import Conflict, Invalid, NotFound


class UnknownPartnerReceipt(NotFound):
    code = "unknown_partner_receipt"


class TooManyPartnerReceipts(Conflict):
    code = "too_many_partner_receipts"


class EarlierReceiptHeld(Conflict):
    code = "earlier_receipt_held"


class ReceivedOnNotAllowed(Invalid):
    code = "received_on_not_allowed"
