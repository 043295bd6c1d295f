"""Payments: its parts joined. It alone holds money; what it calls is the outside world."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis import web
from chassis.quick import QuickRoute
from chassis.runtime import Runtime
from chassis.sealing import read_keys
from chassis.settings import Settings
from services.payments.batch_payouts import jobs as batch_jobs
from services.payments.batch_payouts import routes as batch_routes
from services.payments.bills import routes as bill_routes
from services.payments.campaigns import jobs as campaign_jobs
from services.payments.campaigns import routes as campaign_routes
from services.payments.card_disputes import jobs as dispute_jobs
from services.payments.card_disputes import routes as dispute_routes
from services.payments.card_returns import jobs as card_return_jobs
from services.payments.card_returns import routes as card_return_routes
from services.payments.cards import jobs as card_jobs
from services.payments.cards import routes as card_routes
from services.payments.cards.vault import CardVault
from services.payments.channels import contract_routes
from services.payments.channels import jobs as channel_jobs
from services.payments.channels import routes as channel_routes
from services.payments.channels.directory import open_channels
from services.payments.clearing import jobs as clearing_jobs
from services.payments.clearing import obligation_routes as clearing_obligation_routes
from services.payments.clearing import participant_routes as clearing_participant_routes
from services.payments.clearing import settlement_actions as clearing_settlement_actions
from services.payments.clearing import settlement_routes as clearing_settlement_routes
from services.payments.coins import jobs as coin_jobs
from services.payments.coins import regulation_routes as coin_regulation_routes
from services.payments.coins import routes as coin_routes
from services.payments.coins import withdrawal_actions as coin_withdrawals
from services.payments.coins.sandbox_chain import open_chains
from services.payments.confirmations import jobs as confirmation_jobs
from services.payments.confirmations import routes as confirmation_routes
from services.payments.confirmations.vault import PasswordVault
from services.payments.deductions import jobs as deduction_jobs
from services.payments.deductions import routes as deduction_routes
from services.payments.desk import routes as desk_routes
from services.payments.event_types import EVENT_TYPES
from services.payments.evidence import routes as evidence_routes
from services.payments.evidence.linking import keep_chains
from services.payments.fee_plans import routes as fee_plan_routes
from services.payments.holders import actions as holder_actions
from services.payments.holders import jobs as holder_jobs
from services.payments.holders import person_routes as holder_person_routes
from services.payments.holders import routes as holder_routes
from services.payments.holders.identity_service import open_identity_service
from services.payments.holders.vault import IdentityVault
from services.payments.ledger import account_routes, balance_routes, lane, preview_routes
from services.payments.ledger import jobs as ledger_jobs
from services.payments.ledger import routes as ledger_routes
from services.payments.ledger.quick import QuickBulk, QuickTransfer
from services.payments.liabilities import jobs as liability_jobs
from services.payments.liabilities import routes as liability_routes
from services.payments.liabilities.vault import LiabilityVault
from services.payments.limits import routes as limit_routes
from services.payments.mandates import jobs as mandate_jobs
from services.payments.mandates import routes as mandate_routes
from services.payments.merchant_payouts import actions as payout_account_actions
from services.payments.merchant_payouts import jobs as merchant_payout_jobs
from services.payments.merchant_payouts import routes as merchant_payout_routes
from services.payments.merchant_payouts.banks import open_file_banks
from services.payments.merchants import actions as merchant_actions
from services.payments.merchants import routes as merchant_routes
from services.payments.money_supply import routes as unit_routes
from services.payments.orders import jobs as order_jobs
from services.payments.orders import routes as order_routes
from services.payments.orders.gathered import open_order_lane
from services.payments.orders.quick import CREATE, PAY, QuickOrder, QuickPayment
from services.payments.passes import actions as pass_actions
from services.payments.passes import jobs as pass_jobs
from services.payments.passes import routes as pass_routes
from services.payments.payee_codes import routes as payee_code_routes
from services.payments.payment_codes import jobs as payment_code_jobs
from services.payments.payment_codes import routes as payment_code_routes
from services.payments.person_transfers import jobs as person_transfer_jobs
from services.payments.person_transfers import routes as person_transfer_routes
from services.payments.postings import routes as posting_routes
from services.payments.preauthorisations import jobs as preauthorisation_jobs
from services.payments.preauthorisations import routes as preauthorisation_routes
from services.payments.purposes import jobs as purpose_jobs
from services.payments.purposes import routes as purpose_routes
from services.payments.qr_codes import routes as qr_code_routes
from services.payments.receivables import jobs as receivable_jobs
from services.payments.receivables import routes as receivable_routes
from services.payments.reconciliation import break_routes as reconciliation_break_routes
from services.payments.reconciliation import jobs as reconciliation_jobs
from services.payments.reconciliation import routes as reconciliation_routes
from services.payments.reconciliation.banks import open_statement_banks
from services.payments.refunds import jobs as refund_jobs
from services.payments.refunds import routes as refund_routes
from services.payments.reserve import jobs as reserve_jobs
from services.payments.reserve import routes as reserve_routes
from services.payments.returned_money import jobs as returned_jobs
from services.payments.returned_money import routes as returned_routes
from services.payments.returned_money.banks import open_reporting_banks
from services.payments.reversals import routes as reversal_routes
from services.payments.risk import jobs as risk_jobs
from services.payments.risk import routes as risk_routes
from services.payments.risk import ruleset_routes as risk_ruleset_routes
from services.payments.screening import jobs as screening_jobs
from services.payments.screening import routes as screening_routes
from services.payments.screening.lists import Lists
from services.payments.screening.vault import ScreeningVault
from services.payments.settings import verification_required
from services.payments.settlement import jobs as settlement_jobs
from services.payments.settlement import routes as settlement_routes
from services.payments.shares import routes as share_routes
from services.payments.tokens import routes as token_routes
from services.payments.topups import jobs as top_up_jobs
from services.payments.topups import routes as top_up_routes
from services.payments.trades import jobs as trade_jobs
from services.payments.trades import refund_routes as trade_refund_routes
from services.payments.trades import routes as trade_routes
from services.payments.transaction_reports import jobs as report_jobs
from services.payments.transaction_reports import routes as report_routes
from services.payments.transaction_reports.vault import ReportVault
from services.payments.verification import routes as verification_routes
from services.payments.wallets import routes as wallet_routes
from services.payments.webhooks import routes as webhook_routes
from services.payments.webhooks import sending as webhook_sending
from services.payments.withdrawals import jobs as withdrawal_jobs
from services.payments.withdrawals import routes as withdrawal_routes

EVERY_SECOND = 1
CAMPAIGNS_SECONDS = 10
CLEARING_SECONDS = 10
CARDS_SECONDS = 5
COINS_SECONDS = 5
PROBE_SECONDS = 5
CHECKS_SECONDS = 5
PASSES_SECONDS = 10
PAYMENT_CODES_SECONDS = 10
SETTLEMENT_SECONDS = 10
REPORTS_SECONDS = 10
LEFTOVERS_SECONDS = 10
TRADES_SECONDS = 10
MONTHS_SECONDS = 600
REFUNDS_SECONDS = 10
BREAKS_SECONDS = 10
STATEMENTS_SECONDS = 300
SCREENING_SECONDS = 10
HOUSEKEEPING_SECONDS = 3600


ROUTERS = [
    ledger_routes.router,
    preview_routes.router,
    reversal_routes.router,
    account_routes.router,
    balance_routes.router,
    evidence_routes.router,
    posting_routes.router,
    purpose_routes.router,
    unit_routes.router,
    token_routes.router,
    coin_routes.router,
    coin_regulation_routes.router,
    pass_routes.router,
    wallet_routes.router,
    holder_routes.router,
    holder_person_routes.router,
    limit_routes.router,
    confirmation_routes.router,
    card_routes.router,
    top_up_routes.router,
    withdrawal_routes.router,
    merchant_routes.router,
    order_routes.router,
    campaign_routes.router,
    preauthorisation_routes.router,
    person_transfer_routes.router,
    payee_code_routes.router,
    refund_routes.router,
    trade_routes.router,
    trade_refund_routes.router,
    channel_routes.router,
    fee_plan_routes.router,
    settlement_routes.router,
    share_routes.router,
    deduction_routes.router,
    merchant_payout_routes.router,
    bill_routes.router,
    contract_routes.router,
    card_return_routes.router,
    returned_routes.router,
    receivable_routes.router,
    dispute_routes.router,
    mandate_routes.router,
    batch_routes.router,
    desk_routes.router,
    verification_routes.router,
    qr_code_routes.router,
    payment_code_routes.router,
    webhook_routes.router,
    reconciliation_routes.router,
    reconciliation_break_routes.router,
    screening_routes.router,
    report_routes.router,
    reserve_routes.router,
    liability_routes.router,
    clearing_participant_routes.router,
    clearing_obligation_routes.router,
    clearing_settlement_routes.router,
    risk_routes.router,
    risk_ruleset_routes.router,
]

JOBS = {
    pass_actions.CARRY_JOB: pass_jobs.carry_pass,
    holder_actions.ASK_JOB: holder_jobs.ask_identity_service,
    "payments.ask_card_bank": card_jobs.ask_card_bank,
    "payments.collect_top_up": top_up_jobs.collect_top_up,
    "payments.pay_out": withdrawal_jobs.pay_out,
    "payments.collect_order_payment": order_jobs.collect_order_payment,
    "payments.return_to_card": card_return_jobs.return_to_card,
    "payments.read_reports": returned_jobs.read_reports,
    "payments.send_evidence": dispute_jobs.send_evidence,
    "payments.collect_debit": mandate_jobs.collect_debit,
    "payments.pay_batch": batch_jobs.pay_batch,
    "payments.pay_line": batch_jobs.pay_line,
    "payments.reconcile": reconciliation_jobs.reconcile,
    clearing_settlement_actions.RUN_JOB: clearing_jobs.run_settlement,
    holder_actions.SCREEN_JOB: screening_jobs.screen_customer,
    merchant_actions.SCREEN_JOB: screening_jobs.screen_merchant,
    coin_withdrawals.SEND_JOB: coin_jobs.send_coins,
    payout_account_actions.SCREEN_JOB: screening_jobs.screen_payout_account,
}
PERIODIC = {
    "payments.expire_holds": (EVERY_SECOND, ledger_jobs.expire_holds),
    "payments.keep_months": (MONTHS_SECONDS, ledger_jobs.keep_months),
    "payments.forget_refusals": (HOUSEKEEPING_SECONDS, ledger_jobs.forget_refusals),
    "payments.carry_old_passes": (PASSES_SECONDS, pass_jobs.carry_old_passes),
    "payments.return_leftovers": (LEFTOVERS_SECONDS, purpose_jobs.return_leftovers),
    "payments.work_due_cards": (CARDS_SECONDS, card_jobs.work_due_cards),
    "payments.work_due_checks": (CHECKS_SECONDS, holder_jobs.work_due_checks),
    "payments.resolve_top_ups": (EVERY_SECOND, top_up_jobs.resolve_top_ups),
    "payments.resolve_withdrawals": (EVERY_SECOND, withdrawal_jobs.resolve_withdrawals),
    "payments.resolve_card_returns": (EVERY_SECOND, card_return_jobs.resolve_card_returns),
    "payments.send_waiting_returns": (REFUNDS_SECONDS, card_return_jobs.send_waiting_returns),
    "payments.probe_channels": (PROBE_SECONDS, channel_jobs.probe_channels),
    "payments.close_orders": (EVERY_SECOND, order_jobs.close_orders),
    "payments.end_preauthorisations": (EVERY_SECOND, preauthorisation_jobs.end_preauthorisations),
    "payments.arrive_transfers": (EVERY_SECOND, person_transfer_jobs.arrive_transfers),
    "payments.work_due_campaigns": (CAMPAIGNS_SECONDS, campaign_jobs.work_due_campaigns),
    "payments.resolve_order_payments": (EVERY_SECOND, order_jobs.resolve_order_payments),
    "payments.finish_orders": (HOUSEKEEPING_SECONDS, order_jobs.finish_orders),
    "payments.work_due_refunds": (REFUNDS_SECONDS, refund_jobs.work_due_refunds),
    "payments.end_due_trades": (TRADES_SECONDS, trade_jobs.end_due_trades),
    "payments.expire_payment_codes": (PAYMENT_CODES_SECONDS, payment_code_jobs.expire_codes),
    "payments.expire_confirmations": (PAYMENT_CODES_SECONDS, confirmation_jobs.expire_confirmations),
    "payments.forget_webhooks": (HOUSEKEEPING_SECONDS, webhook_sending.forget_old),
    "payments.read_all_reports": (REPORTS_SECONDS, returned_jobs.read_all_reports),
    "payments.collect_receivables": (EVERY_SECOND, receivable_jobs.collect_receivables),
    "payments.work_due_disputes": (REPORTS_SECONDS, dispute_jobs.work_due_disputes),
    "payments.work_due_mandates": (EVERY_SECOND, mandate_jobs.work_due_mandates),
    "payments.work_due_batches": (EVERY_SECOND, batch_jobs.work_due_batches),
    "payments.settle_due": (SETTLEMENT_SECONDS, settlement_jobs.settle_due),
    "payments.release_reserves": (SETTLEMENT_SECONDS, settlement_jobs.release_reserves),
    "payments.end_deductions": (SETTLEMENT_SECONDS, deduction_jobs.end_deductions),
    "payments.close_payout_batches": (SETTLEMENT_SECONDS, merchant_payout_jobs.close_batches),
    "payments.fetch_statements": (STATEMENTS_SECONDS, reconciliation_jobs.fetch_statements),
    "payments.work_due_breaks": (BREAKS_SECONDS, reconciliation_jobs.work_due_breaks),
    "payments.carry_payout_batches": (EVERY_SECOND, merchant_payout_jobs.carry_batches),
    "payments.screen_unseen": (HOUSEKEEPING_SECONDS, screening_jobs.screen_unseen),
    "payments.screen_again": (SCREENING_SECONDS, screening_jobs.screen_again),
    "payments.find_reports": (SCREENING_SECONDS, report_jobs.find_reports),
    "payments.prove_reserve": (STATEMENTS_SECONDS, reserve_jobs.prove_days),
    "payments.remind_of_fee_withdrawals": (HOUSEKEEPING_SECONDS, reserve_jobs.remind_of_withdrawals),
    "payments.publish_liabilities": (STATEMENTS_SECONDS, liability_jobs.publish_days),
    "payments.settle_clearing": (CLEARING_SECONDS, clearing_jobs.settle_due),
    "payments.work_clearing_queues": (CLEARING_SECONDS, clearing_jobs.work_queues),
    "payments.collect_obligations": (CLEARING_SECONDS, clearing_jobs.collect_recent),
    "payments.collect_late_obligations": (HOUSEKEEPING_SECONDS, clearing_jobs.collect_late),
    "payments.end_parked": (EVERY_SECOND, risk_jobs.end_parked),
    "payments.forget_decisions": (HOUSEKEEPING_SECONDS, risk_jobs.forget_decisions),
    "payments.scan_chains": (COINS_SECONDS, coin_jobs.scan_chains),
    "payments.resolve_coins": (COINS_SECONDS, coin_jobs.resolve_coins),
    "payments.watch_coins": (COINS_SECONDS, coin_jobs.watch_coins),
}
QUICK: dict[str, Callable[[Runtime], QuickRoute]] = {
    "/v1/transfers": QuickTransfer,
    "/v1/transfers/bulk": QuickBulk,
    CREATE: QuickOrder,
    PAY: QuickPayment,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    return web.create_app(
        web.Parts(
            name="payments",
            module="services.payments",
            title="Sifang payments",
            routers=ROUTERS,
            jobs=JOBS,
            periodic=PERIODIC,
            start=[
                _vault,
                open_channels,
                open_identity_service,
                open_reporting_banks,
                open_statement_banks,
                open_file_banks,
                open_chains,
                lane.open_lane,
                open_order_lane,
                keep_chains,
                webhook_sending.keep_sending,
            ],
            quick=QUICK,
            event_types=EVENT_TYPES,
        ),
        settings,
    )


@asynccontextmanager
async def _vault(runtime: Runtime) -> AsyncIterator[None]:
    """What would stop a story is read before serving: a process that could not open what it seals does not start."""
    keys = read_keys(runtime.settings, "card")
    runtime.provide(CardVault(keys))
    runtime.provide(IdentityVault(keys.of("identity")))
    runtime.provide(PasswordVault(keys.of("payment password")))
    runtime.provide(ScreeningVault(keys.of("screening")))
    runtime.provide(Lists())
    runtime.provide(ReportVault(keys.of("transaction reports")))
    runtime.provide(LiabilityVault(keys.of("liabilities")))
    verification_required(runtime.settings)
    yield
