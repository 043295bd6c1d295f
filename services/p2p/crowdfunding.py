"""Crowdfunding's parts, for `app.py` to join."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter

from chassis.feeds import Feed
from chassis.jobs import JobHandler, Periodic
from chassis.wire import Answer
from services.p2p.chargebacks import actions as chargeback_actions
from services.p2p.chargebacks import debts as chargeback_debts
from services.p2p.chargebacks import events as chargeback_events
from services.p2p.chargebacks import feeds as chargeback_feeds
from services.p2p.chargebacks import jobs as chargeback_jobs
from services.p2p.chargebacks import routes as chargeback_routes
from services.p2p.deliveries import events as delivery_events
from services.p2p.deliveries import jobs as delivery_jobs
from services.p2p.deliveries import routes as delivery_routes
from services.p2p.dispute_evidence import actions as dispute_evidence_actions
from services.p2p.dispute_evidence import jobs as dispute_evidence_jobs
from services.p2p.dispute_evidence import routes as dispute_evidence_routes
from services.p2p.milestones import events as milestone_events
from services.p2p.milestones import jobs as milestone_jobs
from services.p2p.milestones import paying
from services.p2p.milestones import routes as milestone_routes
from services.p2p.pledges import actions as pledge_actions
from services.p2p.pledges import collecting
from services.p2p.pledges import events as pledge_events
from services.p2p.pledges import jobs as pledge_jobs
from services.p2p.pledges import routes as pledge_routes
from services.p2p.project_refunds import actions as project_refund_actions
from services.p2p.project_refunds import events as project_refund_events
from services.p2p.project_refunds import jobs as project_refund_jobs
from services.p2p.project_refunds import routes as project_refund_routes
from services.p2p.projects import events as project_events
from services.p2p.projects import jobs as project_jobs
from services.p2p.projects import reviewing
from services.p2p.projects import routes as project_routes

CLOSING_SECONDS, COLLECTING_SECONDS, WATCHING_SECONDS = 2, 5, 60
ROUTERS: Sequence[APIRouter] = (
    project_routes.router,
    pledge_routes.router,
    milestone_routes.router,
    delivery_routes.router,
    project_refund_routes.router,
    chargeback_routes.router,
    dispute_evidence_routes.router,
)
JOBS: Mapping[str, JobHandler] = {
    reviewing.OPEN_JOB: project_jobs.open_project,
    pledge_actions.ASK_JOB: pledge_jobs.ask_mandate,
    pledge_actions.SIGNATURE_JOB: pledge_jobs.check_signature,
    collecting.COLLECT_JOB: pledge_jobs.collect_pledges,
    paying.PAY_JOB: milestone_jobs.pay_milestone,
    collecting.LATE_JOB: pledge_jobs.return_late_debit,
    project_refund_actions.REFUND_JOB: project_refund_jobs.refund_project,
    chargeback_actions.BOOK_JOB: chargeback_jobs.book_chargeback,
    chargeback_debts.TRY_JOB: chargeback_jobs.try_debt,
    dispute_evidence_actions.GIVE_JOB: dispute_evidence_jobs.give_evidence,
}
PERIODIC: Mapping[str, Periodic] = {
    "p2p.close_projects": (CLOSING_SECONDS, project_jobs.close_due),
    "p2p.collect_pledges_due": (COLLECTING_SECONDS, pledge_jobs.collect_due),
    "p2p.lapse_unsigned_pledges": (WATCHING_SECONDS, pledge_jobs.lapse_unsigned),
    "p2p.end_mandates": (WATCHING_SECONDS, pledge_jobs.end_mandates),
    "p2p.watch_milestones": (WATCHING_SECONDS, milestone_jobs.watch_milestones),
    "p2p.receive_deliveries": (WATCHING_SECONDS, delivery_jobs.receive_due),
    "p2p.work_chargebacks": (WATCHING_SECONDS, chargeback_jobs.work_chargebacks),
    "p2p.give_dispute_evidence_due": (WATCHING_SECONDS, dispute_evidence_jobs.give_due),
    "p2p.resume_project_refunds": (WATCHING_SECONDS, project_refund_jobs.resume_due),
}
FEEDS: Sequence[Feed] = (chargeback_feeds.FEED,)
EVENT_TYPES: Mapping[str, type[Answer]] = {
    **project_events.EVENT_TYPES,
    **pledge_events.EVENT_TYPES,
    **milestone_events.EVENT_TYPES,
    **delivery_events.EVENT_TYPES,
    **project_refund_events.EVENT_TYPES,
    **chargeback_events.EVENT_TYPES,
}
