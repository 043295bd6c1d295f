"""What is refused of chargebacks.

Refusal
└── NotFound (404)   UnknownChargeback · UnknownChargebackDebt
"""

from chassis.errors import NotFound


class UnknownChargeback(NotFound):
    code = "unknown_chargeback"


class UnknownChargebackDebt(NotFound):
    code = "unknown_chargeback_debt"
