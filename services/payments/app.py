"""Payments: its parts joined. It alone holds money; what it calls is the outside world."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis import web
from chassis.runtime import Runtime
from chassis.settings import Settings
from services.payments.batch_payouts import events as batch_events
from services.payments.batch_payouts import jobs as batch_jobs
from services.payments.batch_payouts import routes as batch_routes
from services.payments.card_disputes import events as dispute_events
from services.payments.card_disputes import jobs as dispute_jobs
from services.payments.card_disputes import routes as dispute_routes
from services.payments.cards import events as card_events
from services.payments.cards import jobs as card_jobs
from services.payments.cards import routes as card_routes
from services.payments.cards.vault import read_key, read_vault
from services.payments.channels import routes as channel_routes
from services.payments.channels.directory import open_channels
from services.payments.evidence import events as evidence_events
from services.payments.evidence import routes as evidence_routes
from services.payments.evidence.linking import keep_chains
from services.payments.holders import actions as holder_actions
from services.payments.holders import events as holder_events
from services.payments.holders import jobs as holder_jobs
from services.payments.holders import person_routes as holder_person_routes
from services.payments.holders import routes as holder_routes
from services.payments.holders.identity_service import open_identity_service
from services.payments.holders.vault import IdentityVault
from services.payments.ledger import account_routes, balance_routes, lane, preview_routes
from services.payments.ledger import events as ledger_events
from services.payments.ledger import jobs as ledger_jobs
from services.payments.ledger import routes as ledger_routes
from services.payments.ledger.quick import QuickBulk, QuickTransfer
from services.payments.limits import routes as limit_routes
from services.payments.mandates import events as mandate_events
from services.payments.mandates import jobs as mandate_jobs
from services.payments.mandates import routes as mandate_routes
from services.payments.merchants import events as merchant_events
from services.payments.merchants import routes as merchant_routes
from services.payments.money_supply import events as unit_events
from services.payments.money_supply import routes as unit_routes
from services.payments.orders import events as order_events
from services.payments.orders import jobs as order_jobs
from services.payments.orders import routes as order_routes
from services.payments.passes import actions as pass_actions
from services.payments.passes import events as pass_events
from services.payments.passes import jobs as pass_jobs
from services.payments.passes import routes as pass_routes
from services.payments.postings import events as posting_events
from services.payments.postings import routes as posting_routes
from services.payments.purposes import events as purpose_events
from services.payments.purposes import jobs as purpose_jobs
from services.payments.purposes import routes as purpose_routes
from services.payments.receivables import events as receivable_events
from services.payments.receivables import jobs as receivable_jobs
from services.payments.receivables import routes as receivable_routes
from services.payments.returned_money import events as returned_events
from services.payments.returned_money import jobs as returned_jobs
from services.payments.returned_money import routes as returned_routes
from services.payments.returned_money.banks import open_reporting_banks
from services.payments.reversals import events as reversal_events
from services.payments.reversals import routes as reversal_routes
from services.payments.settings import verification_required
from services.payments.topups import events as top_up_events
from services.payments.topups import jobs as top_up_jobs
from services.payments.topups import routes as top_up_routes
from services.payments.verification import routes as verification_routes
from services.payments.wallets import events as wallet_events
from services.payments.wallets import routes as wallet_routes
from services.payments.withdrawals import events as withdrawal_events
from services.payments.withdrawals import jobs as withdrawal_jobs
from services.payments.withdrawals import routes as withdrawal_routes

EVERY_SECOND = 1
CARDS_SECONDS = 5
CHECKS_SECONDS = 5
PASSES_SECONDS = 10
LEFTOVERS_SECONDS = 10
MONTHS_SECONDS = 600
HOUSEKEEPING_SECONDS = 3600
REPORTS_SECONDS = 10


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
    pass_routes.router,
    wallet_routes.router,
    holder_routes.router,
    holder_person_routes.router,
    limit_routes.router,
    card_routes.router,
    top_up_routes.router,
    withdrawal_routes.router,
    merchant_routes.router,
    order_routes.router,
    channel_routes.router,
    verification_routes.router,
    returned_routes.router,
    receivable_routes.router,
    dispute_routes.router,
    mandate_routes.router,
    batch_routes.router,
]


EVENTS_OF_RETURNS = {
    **returned_events.EVENT_TYPES,
    **receivable_events.EVENT_TYPES,
    **dispute_events.EVENT_TYPES,
    **mandate_events.EVENT_TYPES,
    **batch_events.EVENT_TYPES,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    return web.create_app(
        web.Parts(
            name="payments",
            module="services.payments",
            title="Sifang payments",
            routers=ROUTERS,
            jobs={
                pass_actions.CARRY_JOB: pass_jobs.carry_pass,
                holder_actions.ASK_JOB: holder_jobs.ask_identity_service,
                "payments.ask_card_bank": card_jobs.ask_card_bank,
                "payments.collect_top_up": top_up_jobs.collect_top_up,
                "payments.pay_out": withdrawal_jobs.pay_out,
                "payments.read_reports": returned_jobs.read_reports,
                "payments.send_evidence": dispute_jobs.send_evidence,
                "payments.collect_debit": mandate_jobs.collect_debit,
                "payments.pay_batch": batch_jobs.pay_batch,
                "payments.pay_line": batch_jobs.pay_line,
            },
            periodic={
                "payments.expire_holds": (EVERY_SECOND, ledger_jobs.expire_holds),
                "payments.keep_months": (MONTHS_SECONDS, ledger_jobs.keep_months),
                "payments.forget_refusals": (HOUSEKEEPING_SECONDS, ledger_jobs.forget_refusals),
                "payments.carry_old_passes": (PASSES_SECONDS, pass_jobs.carry_old_passes),
                "payments.return_leftovers": (LEFTOVERS_SECONDS, purpose_jobs.return_leftovers),
                "payments.work_due_cards": (CARDS_SECONDS, card_jobs.work_due_cards),
                "payments.work_due_checks": (CHECKS_SECONDS, holder_jobs.work_due_checks),
                "payments.resolve_top_ups": (EVERY_SECOND, top_up_jobs.resolve_top_ups),
                "payments.resolve_withdrawals": (EVERY_SECOND, withdrawal_jobs.resolve_withdrawals),
                "payments.close_orders": (EVERY_SECOND, order_jobs.close_orders),
                "payments.read_all_reports": (REPORTS_SECONDS, returned_jobs.read_all_reports),
                "payments.collect_receivables": (EVERY_SECOND, receivable_jobs.collect_receivables),
                "payments.work_due_disputes": (REPORTS_SECONDS, dispute_jobs.work_due_disputes),
                "payments.work_due_mandates": (EVERY_SECOND, mandate_jobs.work_due_mandates),
                "payments.work_due_batches": (EVERY_SECOND, batch_jobs.work_due_batches),
            },
            start=[_vault, open_channels, open_identity_service, open_reporting_banks, lane.open_lane, keep_chains],
            quick={"/v1/transfers": QuickTransfer, "/v1/transfers/bulk": QuickBulk},
            event_types={
                **ledger_events.EVENT_TYPES,
                **reversal_events.EVENT_TYPES,
                **evidence_events.EVENT_TYPES,
                **pass_events.EVENT_TYPES,
                **posting_events.EVENT_TYPES,
                **purpose_events.EVENT_TYPES,
                **unit_events.EVENT_TYPES,
                **wallet_events.EVENT_TYPES,
                **holder_events.EVENT_TYPES,
                **card_events.EVENT_TYPES,
                **top_up_events.EVENT_TYPES,
                **withdrawal_events.EVENT_TYPES,
                **merchant_events.EVENT_TYPES,
                **order_events.EVENT_TYPES,
                **EVENTS_OF_RETURNS,
            },
        ),
        settings,
    )


@asynccontextmanager
async def _vault(runtime: Runtime) -> AsyncIterator[None]:
    """What would stop a story is read before serving: a process that could not open what it seals does not start."""
    runtime.provide(read_vault(runtime.settings))
    runtime.provide(IdentityVault.of(read_key(runtime.settings)))
    verification_required(runtime.settings)
    yield
