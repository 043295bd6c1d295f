"""P2P lending: its parts joined. It holds no money: payments does, on this service's word."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from chassis import web
from chassis.runtime import Runtime
from chassis.sealing import read_keys
from chassis.settings import Settings
from services.p2p import crowdfunding
from services.p2p.accounting import events as accounting_events
from services.p2p.accounting import jobs as accounting_jobs
from services.p2p.accounting import routes as accounting_routes
from services.p2p.agents import jobs as agent_jobs
from services.p2p.agents import routes as agent_routes
from services.p2p.applications import events as application_events
from services.p2p.applications import jobs as application_jobs
from services.p2p.applications import routes as application_routes
from services.p2p.auctions import routes as auction_routes
from services.p2p.bids import actions as bid_actions
from services.p2p.bids import events as bid_events
from services.p2p.bids import jobs as bid_jobs
from services.p2p.bids import retaining as bid_retaining
from services.p2p.bids import routes as bid_routes
from services.p2p.borrowers.vault import IdentityVault
from services.p2p.checks import actions as check_actions
from services.p2p.checks import jobs as check_jobs
from services.p2p.checks.sources import open_sources
from services.p2p.claims import routes as claim_routes
from services.p2p.collections import contact_routes as collection_contact_routes
from services.p2p.collections import events as collection_events
from services.p2p.collections import jobs as collection_jobs
from services.p2p.collections import routes as collection_routes
from services.p2p.contracts import events as contract_events
from services.p2p.contracts import routes as contract_routes
from services.p2p.custody import actions as custody_actions
from services.p2p.custody import authorising as custody_authorising
from services.p2p.custody import events as custody_events
from services.p2p.custody import jobs as custody_jobs
from services.p2p.custody import operating_routes as custody_operating_routes
from services.p2p.custody import routes as custody_routes
from services.p2p.custody.custodians import open_custodians
from services.p2p.debiting import debit_jobs, debits, naming, naming_jobs, round_jobs
from services.p2p.debiting import events as debiting_events
from services.p2p.debiting import routes as debiting_routes
from services.p2p.disclosure import actions as disclosure_actions
from services.p2p.disclosure import events as disclosure_events
from services.p2p.disclosure import jobs as disclosure_jobs
from services.p2p.disclosure import routes as disclosure_routes
from services.p2p.disclosure.book import OpenBooks
from services.p2p.documents import routes as document_routes
from services.p2p.enrolments import events as enrolment_events
from services.p2p.enrolments import exiting as enrolment_exiting
from services.p2p.enrolments import jobs as enrolment_jobs
from services.p2p.enrolments import routes as enrolment_routes
from services.p2p.imports import events as import_events
from services.p2p.imports import routes as import_routes
from services.p2p.lender_fees import routes as lender_fee_routes
from services.p2p.lenders import routes as lender_routes
from services.p2p.listings import actions as listing_actions
from services.p2p.listings import ending, progress_routes
from services.p2p.listings import events as listing_events
from services.p2p.listings import jobs as listing_jobs
from services.p2p.listings import routes as listing_routes
from services.p2p.listings.progress import Watchers
from services.p2p.loans import actions as loan_actions
from services.p2p.loans import events as loan_events
from services.p2p.loans import jobs as loan_jobs
from services.p2p.loans import routes as loan_routes
from services.p2p.losses import actions as loss_actions
from services.p2p.losses import events as loss_events
from services.p2p.losses import jobs as loss_jobs
from services.p2p.losses import routes as loss_routes
from services.p2p.matching import beginning as matching_beginning
from services.p2p.matching import jobs as matching_jobs
from services.p2p.matching import routes as matching_routes
from services.p2p.offers import routes as offer_routes
from services.p2p.originators import events as originator_events
from services.p2p.originators import routes as originator_routes
from services.p2p.partner_receipts import actions as receipt_actions
from services.p2p.partner_receipts import events as receipt_events
from services.p2p.partner_receipts import jobs as receipt_jobs
from services.p2p.partner_receipts import routes as receipt_routes
from services.p2p.payments_access import payments_client
from services.p2p.plans import events as plan_events
from services.p2p.plans import routes as plan_routes
from services.p2p.programmes import events as programme_events
from services.p2p.programmes import routes as programme_routes
from services.p2p.repayments import actions as repayment_actions
from services.p2p.repayments import events as repayment_events
from services.p2p.repayments import jobs as repayment_jobs
from services.p2p.repayments import reversal, reversal_jobs
from services.p2p.repayments import routes as repayment_routes
from services.p2p.resale import buying, slice_routes
from services.p2p.resale import events as resale_events
from services.p2p.resale import jobs as resale_jobs
from services.p2p.resale import routes as resale_routes
from services.p2p.restructurings import events as restructuring_events
from services.p2p.restructurings import jobs as restructuring_jobs
from services.p2p.restructurings import routes as restructuring_routes
from services.p2p.running_loans import routes as running_loan_routes
from services.p2p.sale_matching import jobs as sale_matching_jobs
from services.p2p.sale_matching import routes as sale_matching_routes
from services.p2p.scorecards import routes as scorecard_routes
from services.p2p.servicing import actions as servicing_actions
from services.p2p.servicing import events as servicing_events
from services.p2p.servicing import jobs as servicing_jobs
from services.p2p.servicing import routes as servicing_routes
from services.p2p.standing_orders import actions as order_actions
from services.p2p.standing_orders import events as order_events
from services.p2p.standing_orders import jobs as order_jobs
from services.p2p.standing_orders import routes as order_routes
from services.p2p.sureties import actions as surety_actions
from services.p2p.sureties import events as surety_events
from services.p2p.sureties import jobs as surety_jobs
from services.p2p.sureties import routes as surety_routes
from services.p2p.verification import routes as verification_routes
from services.p2p.write_offs import jobs as write_off_jobs
from services.p2p.write_offs import routes as write_off_routes

CLOSING_SECONDS = 2
EXPIRING_SECONDS = 60
COLLECTION_CASES_SECONDS = 60
CHECKING_SECONDS = 10
COMMISSION_SECONDS = 60
MATCHING_SALES_SECONDS = 10
ENROLMENT_SECONDS = 60

LOSS_SECONDS = 300
PASSING_SECONDS = 60
ROUND_SECONDS = 600
DEBIT_SECONDS = 10
MANDATE_SECONDS = 60
FORGETTING_SECONDS = 3_600
REPORT_SECONDS = 300
BOOKING_SECONDS = 60
TIE_OUT_SECONDS = 300
DAY_SECONDS = 60
"""How soon after midnight a day is closed."""

_ROUTERS = [
    programme_routes.router,
    offer_routes.router,
    application_routes.router,
    document_routes.router,
    originator_routes.router,
    receipt_routes.router,
    agent_routes.router,
    scorecard_routes.router,
    listing_routes.router,
    progress_routes.router,
    bid_routes.router,
    auction_routes.router,
    matching_routes.router,
    order_routes.router,
    loan_routes.router,
    contract_routes.router,
    repayment_routes.router,
    debiting_routes.router,
    restructuring_routes.router,
    servicing_routes.router,
    claim_routes.router,
    lender_fee_routes.router,
    surety_routes.router,
    loss_routes.router,
    write_off_routes.router,
    lender_routes.router,
    custody_routes.router,
    custody_operating_routes.router,
    resale_routes.router,
    slice_routes.router,
    sale_matching_routes.router,
    plan_routes.router,
    enrolment_routes.router,
    import_routes.router,
    *crowdfunding.ROUTERS,
    collection_routes.router,
    collection_contact_routes.router,
    running_loan_routes.router,
    disclosure_routes.router,
    accounting_routes.router,
    verification_routes.router,
]
_JOBS = {
    check_actions.CHECK_JOB: check_jobs.check_application,
    listing_actions.OPEN_JOB: listing_jobs.open_listing,
    ending.RELEASE_JOB: listing_jobs.release_listing,
    bid_retaining.PLACE_JOB: bid_jobs.place_bid,
    bid_actions.RELEASE_JOB: bid_jobs.release_bid,
    order_actions.ACTIVATE_JOB: order_jobs.activate,
    matching_beginning.MATCH_JOB: matching_jobs.match_listing,
    loan_actions.DISBURSE_JOB: loan_jobs.disburse,
    repayment_actions.SHARE_JOB: repayment_jobs.share_repayment,
    receipt_actions.PASS_JOB: receipt_jobs.pass_on_receipt,
    reversal.REVERSE_JOB: reversal_jobs.reverse_repayment,
    debits.WORK_JOB: debit_jobs.work_debit,
    naming.ASK_JOB: naming_jobs.ask_mandate,
    naming.SIGNATURE_JOB: naming_jobs.check_signature,
    servicing_actions.CLOSE_JOB: servicing_jobs.close_days,
    disclosure_actions.PUBLISH_JOB: disclosure_jobs.publish_correction,
    surety_actions.OPEN_JOB: surety_jobs.open_surety,
    loss_actions.PAY_JOB: loss_jobs.pay_compensation,
    buying.SETTLE_JOB: resale_jobs.settle_purchase,
    enrolment_exiting.SETTLE_JOB: enrolment_jobs.settle_enrolment,
    custody_actions.PAY_JOB: custody_jobs.pay_custody,
    custody_authorising.ASK_JOB: custody_jobs.ask_authorisation,
    custody_authorising.REVOKE_JOB: custody_jobs.revoke_authorisation,
    **crowdfunding.JOBS,
}
_PERIODIC = {
    "p2p.work_commissions": (COMMISSION_SECONDS, agent_jobs.work_commissions),
    "p2p.check_due": (CHECKING_SECONDS, check_jobs.check_due),
    "p2p.close_listings": (CLOSING_SECONDS, listing_jobs.close_due),
    "p2p.expire_standing_orders": (EXPIRING_SECONDS, order_jobs.expire_due),
    "p2p.expire_applications": (EXPIRING_SECONDS, application_jobs.expire_due),
    "p2p.expire_restructurings": (EXPIRING_SECONDS, restructuring_jobs.expire_due),
    "p2p.pass_on_due": (PASSING_SECONDS, receipt_jobs.pass_on_due),
    "p2p.debit_due": (ROUND_SECONDS, round_jobs.debit_due),
    "p2p.work_debits": (DEBIT_SECONDS, debit_jobs.work_due_debits),
    "p2p.work_repayment_mandates": (MANDATE_SECONDS, naming_jobs.work_due_mandates),
    "p2p.forget_looks": (FORGETTING_SECONDS, round_jobs.forget_looks),
    "p2p.close_days": (DAY_SECONDS, servicing_jobs.close_ended),
    "p2p.book_days": (BOOKING_SECONDS, accounting_jobs.book_ended),
    "p2p.publish_reports": (REPORT_SECONDS, disclosure_jobs.publish_ended),
    "p2p.cover_losses": (LOSS_SECONDS, loss_jobs.cover_losses),
    "p2p.expire_write_offs": (EXPIRING_SECONDS, write_off_jobs.expire_due),
    "p2p.end_sales": (EXPIRING_SECONDS, resale_jobs.end_sales),
    "p2p.match_sales": (MATCHING_SALES_SECONDS, sale_matching_jobs.match_sales),
    "p2p.work_enrolments": (ENROLMENT_SECONDS, enrolment_jobs.work_enrolments),
    "p2p.end_authorisations": (EXPIRING_SECONDS, custody_jobs.end_authorisations),
    "p2p.tie_out_custody": (TIE_OUT_SECONDS, custody_jobs.tie_out_ended),
    **crowdfunding.PERIODIC,
    "p2p.collect": (COLLECTION_CASES_SECONDS, collection_jobs.collect),
}
_EVENT_TYPES = {
    **programme_events.EVENT_TYPES,
    **application_events.EVENT_TYPES,
    **listing_events.EVENT_TYPES,
    **bid_events.EVENT_TYPES,
    **order_events.EVENT_TYPES,
    **loan_events.EVENT_TYPES,
    **contract_events.EVENT_TYPES,
    **repayment_events.EVENT_TYPES,
    **debiting_events.EVENT_TYPES,
    **restructuring_events.EVENT_TYPES,
    **servicing_events.EVENT_TYPES,
    **disclosure_events.EVENT_TYPES,
    **accounting_events.EVENT_TYPES,
    **originator_events.EVENT_TYPES,
    **receipt_events.EVENT_TYPES,
    **surety_events.EVENT_TYPES,
    **loss_events.EVENT_TYPES,
    **resale_events.EVENT_TYPES,
    **plan_events.EVENT_TYPES,
    **enrolment_events.EVENT_TYPES,
    **custody_events.EVENT_TYPES,
    **import_events.EVENT_TYPES,
    **crowdfunding.EVENT_TYPES,
    **collection_events.EVENT_TYPES,
}


def create_app(settings: Settings | None = None) -> FastAPI:
    return web.create_app(
        web.Parts(
            name="p2p",
            module="services.p2p",
            title="Sifang P2P lending",
            routers=_ROUTERS,
            jobs=_JOBS,
            periodic=_PERIODIC,
            start=[payments_client, _vault, _watchers, open_sources, open_custodians],
            event_types=_EVENT_TYPES,
            feeds=crowdfunding.FEEDS,
        ),
        settings,
    )


@asynccontextmanager
async def _vault(runtime: Runtime) -> AsyncIterator[None]:
    """Identity keys are read before serving: a process that could not open what it seals does not start."""
    runtime.provide(IdentityVault(read_keys(runtime.settings, "identity")))
    yield


@asynccontextmanager
async def _watchers(runtime: Runtime) -> AsyncIterator[None]:
    runtime.provide(Watchers())
    runtime.provide(OpenBooks())
    yield
