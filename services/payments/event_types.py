"""What every noun of payments tells: published with the contract, and what webhooks may be asked for."""

from services.payments.batch_payouts import events as batch_events
from services.payments.campaigns import events as campaign_events
from services.payments.card_disputes import events as dispute_events
from services.payments.card_returns import events as card_return_events
from services.payments.cards import events as card_events
from services.payments.clearing import events as clearing_events
from services.payments.coins import events as coin_events
from services.payments.confirmations import events as confirmation_events
from services.payments.deductions import events as deduction_events
from services.payments.evidence import events as evidence_events
from services.payments.fee_plans import events as fee_plan_events
from services.payments.holders import events as holder_events
from services.payments.ledger import events as ledger_events
from services.payments.liabilities import events as liability_events
from services.payments.mandates import events as mandate_events
from services.payments.merchant_payouts import events as merchant_payout_events
from services.payments.merchants import events as merchant_events
from services.payments.money_supply import events as unit_events
from services.payments.orders import events as order_events
from services.payments.passes import events as pass_events
from services.payments.payee_codes import events as payee_code_events
from services.payments.payment_codes import events as payment_code_events
from services.payments.person_transfers import events as person_transfer_events
from services.payments.postings import events as posting_events
from services.payments.preauthorisations import events as preauthorisation_events
from services.payments.purposes import events as purpose_events
from services.payments.receivables import events as receivable_events
from services.payments.reconciliation import events as reconciliation_events
from services.payments.refunds import events as refund_events
from services.payments.reserve import events as reserve_events
from services.payments.returned_money import events as returned_events
from services.payments.reversals import events as reversal_events
from services.payments.risk import events as risk_events
from services.payments.screening import events as screening_events
from services.payments.settlement import events as settlement_events
from services.payments.shares import events as share_events
from services.payments.tokens import events as token_events
from services.payments.topups import events as top_up_events
from services.payments.trades import events as trade_events
from services.payments.transaction_reports import events as report_events
from services.payments.wallets import events as wallet_events
from services.payments.webhooks import events as webhook_events
from services.payments.withdrawals import events as withdrawal_events

EVENT_TYPES = {
    **ledger_events.EVENT_TYPES,
    **reversal_events.EVENT_TYPES,
    **evidence_events.EVENT_TYPES,
    **pass_events.EVENT_TYPES,
    **posting_events.EVENT_TYPES,
    **purpose_events.EVENT_TYPES,
    **unit_events.EVENT_TYPES,
    **token_events.EVENT_TYPES,
    **coin_events.EVENT_TYPES,
    **wallet_events.EVENT_TYPES,
    **holder_events.EVENT_TYPES,
    **confirmation_events.EVENT_TYPES,
    **card_events.EVENT_TYPES,
    **top_up_events.EVENT_TYPES,
    **withdrawal_events.EVENT_TYPES,
    **card_return_events.EVENT_TYPES,
    **merchant_events.EVENT_TYPES,
    **order_events.EVENT_TYPES,
    **campaign_events.EVENT_TYPES,
    **preauthorisation_events.EVENT_TYPES,
    **person_transfer_events.EVENT_TYPES,
    **payee_code_events.EVENT_TYPES,
    **fee_plan_events.EVENT_TYPES,
    **settlement_events.EVENT_TYPES,
    **share_events.EVENT_TYPES,
    **risk_events.EVENT_TYPES,
    **deduction_events.EVENT_TYPES,
    **merchant_payout_events.EVENT_TYPES,
    **refund_events.EVENT_TYPES,
    **payment_code_events.EVENT_TYPES,
    **webhook_events.EVENT_TYPES,
    **trade_events.EVENT_TYPES,
    **returned_events.EVENT_TYPES,
    **receivable_events.EVENT_TYPES,
    **dispute_events.EVENT_TYPES,
    **mandate_events.EVENT_TYPES,
    **batch_events.EVENT_TYPES,
    **reconciliation_events.EVENT_TYPES,
    **screening_events.EVENT_TYPES,
    **report_events.EVENT_TYPES,
    **reserve_events.EVENT_TYPES,
    **liability_events.EVENT_TYPES,
    **clearing_events.EVENT_TYPES,
}
