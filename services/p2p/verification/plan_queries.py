"""What must hold of plans, of those who are in them, and of offers that standing orders bought."""

from services.p2p.enrolments.queries import BORNE_INTEREST, BROUGHT, HOLDING_INTEREST, KEPT_OF_ALL

# Of what a partner pays for being late: no claim changes by it, so what came after nothing was left is left out by its own time.
_HELD_BACK = HOLDING_INTEREST.format(narrowed="AND w.changed_at <= e.sold_out_at")

MOVEMENTS = """SELECT 'plan_charge', id, id, fees_minor + excess_minor, currency, changed_at FROM enrolments
    WHERE state = 'settling' AND (attempts = 0 OR charging)"""
CHECKS = {
    # What an enrolment lent and bought, less what was sold, repaid and paid for, is what it has in claims: of each of these the claim's own
    # figures follow from movements, and no part of it is from anywhere else.
    "plan_claim_is_the_plans_alone": (
        "SELECT count(*) FROM plan_claims",
        """SELECT c.id FROM plan_claims p JOIN claims c ON c.id = p.claim_id JOIN standing_orders o ON o.id = p.standing_order_id
           WHERE NOT o.managed OR c.holder <> o.lender
               OR c.funded_minor <> (SELECT coalesce(sum(b.amount_minor), 0) FROM bids b
                   WHERE b.standing_order_id = o.id AND b.loan_id = c.loan_id AND b.state = 'funded')
               OR c.bought_minor <> (SELECT coalesce(sum(q.principal_minor), 0) FROM claim_purchases q
                   WHERE q.standing_order_id = o.id AND q.buyer_claim_id = c.id AND q.state = 'settled')""",
    ),
    "what_a_plan_lent_is_among_its_claims": (
        """SELECT count(*) FROM standing_orders o JOIN bids b ON b.standing_order_id = o.id AND b.state = 'funded'
           WHERE o.managed""",
        """SELECT e.id FROM enrolments e WHERE e.standing_order_id IN (
               SELECT o.id FROM standing_orders o JOIN bids b ON b.standing_order_id = o.id AND b.state = 'funded'
                   JOIN claims c ON c.loan_id = b.loan_id AND c.holder = b.lender
                   LEFT JOIN plan_claims p ON p.claim_id = c.id AND p.standing_order_id = o.id
               WHERE o.managed AND p.claim_id IS NULL
               UNION ALL SELECT o.id FROM standing_orders o JOIN claim_purchases q ON q.standing_order_id = o.id
                   LEFT JOIN plan_claims p ON p.claim_id = q.buyer_claim_id AND p.standing_order_id = o.id
               WHERE o.managed AND q.state = 'settled' AND p.claim_id IS NULL)""",
    ),
    "enrolment_has_its_order": (
        "SELECT count(*) FROM enrolments",
        """SELECT e.id FROM enrolments e JOIN standing_orders o ON o.id = e.standing_order_id
           WHERE NOT o.managed OR o.lender <> e.lender OR o.budget_minor <> e.amount_minor
               OR (o.state <> 'ended' AND e.state NOT IN ('investing', 'locked', 'free'))""",
    ),
    # What was lent again never came from anywhere but the claims; what was taken back may not have been told yet.
    "enrolment_lends_again_what_came_back": (
        "SELECT count(*) FROM enrolments WHERE returned_minor <> 0",
        f"""SELECT e.id FROM enrolments e LEFT JOIN ({BROUGHT} GROUP BY e.id, e.standing_order_id, e.returned_minor) AS found
                ON found.id = e.id
            WHERE e.returned_minor > coalesce(found.brought_minor, 0) AND NOT EXISTS (
                SELECT FROM plan_claims p JOIN claims c ON c.id = p.claim_id JOIN repayments r ON r.loan_id = c.loan_id
                WHERE p.standing_order_id = e.standing_order_id AND r.state IN ('reversing', 'reversed'))""",  # noqa: S608
    ),
    # The rule of `enrolments/income.py` once more, in SQL.
    "excess_is_what_is_above_the_cap": (
        "SELECT count(*) FROM enrolments WHERE state IN ('settling', 'ended')",
        """SELECT e.id FROM enrolments e JOIN plans p ON p.code = e.plan_code AND p.version = e.plan_version
           WHERE e.state IN ('settling', 'ended') AND (
               e.excess_minor <> CASE
                   WHEN p.terms ->> 'income_cap' IS NULL OR p.terms ->> 'above_cap' = 'to_lender' THEN 0
                   ELSE greatest(0, e.back_minor - e.out_minor - e.fees_minor
                       - ceil((p.terms ->> 'income_cap')::numeric * e.capital_days / 365)) END
               OR e.fees_minor <> least(e.back_minor, floor((p.terms ->> 'joining_fee_rate')::numeric * e.peak_minor)
                   + floor(CASE WHEN e.early AND p.terms ->> 'early_exit_fee_rate' IS NOT NULL
                       THEN (p.terms ->> 'early_exit_fee_rate')::numeric
                       ELSE (p.terms ->> 'exit_fee_rate')::numeric END * e.peak_minor)))""",
    ),
    "income_is_what_really_came": (
        "SELECT count(*) FROM enrolments WHERE state IN ('settling', 'ended')",
        f"""SELECT e.id FROM enrolments e LEFT JOIN LATERAL (
               SELECT coalesce(sum(c.funded_minor), 0) AS lent, coalesce(sum(c.principal_received_minor + c.interest_received_minor
                   + c.late_received_minor + c.compensated_minor - {KEPT_OF_ALL} + {BORNE_INTEREST} + {_HELD_BACK}
                   + coalesce((SELECT sum(s.interest_minor) FROM compensation_shares s JOIN compensations k ON k.id = s.compensation_id
                       WHERE s.claim_id = c.id AND k.state = 'paid'), 0)), 0) AS received, max(c.changed_at) AS changed_at
               FROM plan_claims p JOIN claims c ON c.id = p.claim_id WHERE p.standing_order_id = e.standing_order_id
           ) AS brought ON true
           WHERE e.state IN ('settling', 'ended') AND (brought.changed_at IS NULL OR brought.changed_at <= e.sold_out_at) AND (
               e.out_minor <> brought.lent + (SELECT coalesce(sum(q.price_minor), 0) FROM claim_purchases q
                   WHERE q.standing_order_id = e.standing_order_id AND q.state = 'settled')
               OR e.back_minor <> brought.received + (SELECT coalesce(sum(q.price_minor - q.fee_minor), 0)
                   FROM claim_purchases q JOIN plan_claims p ON p.claim_id = q.claim_id
                   WHERE p.standing_order_id = e.standing_order_id AND q.state = 'settled'))""",  # noqa: S608
    ),
    "purchase_of_an_order_was_decided": (
        "SELECT count(*) FROM claim_purchases WHERE standing_order_id IS NOT NULL",
        """SELECT q.id FROM claim_purchases q LEFT JOIN sale_decisions d ON d.purchase_id = q.id
           WHERE q.standing_order_id IS NOT NULL AND (d.order_id, d.sale_id, d.amount_minor, d.price_minor)
               IS DISTINCT FROM (q.standing_order_id, q.sale_id, q.principal_minor, q.price_minor)""",
    ),
    "look_asked_what_it_says": (
        "SELECT count(*) FROM sale_looks",
        """SELECT l.sale_id FROM sale_looks l LEFT JOIN sale_decisions d ON d.sale_id = l.sale_id AND d.look = l.number
           GROUP BY l.sale_id, l.number HAVING count(d.sale_id) <> l.considered
               OR coalesce(sum(d.amount_minor), 0) > l.left_minor OR count(d.purchase_id) > 1""",
    ),
}
STUCK = {
    "enrolment_past_its_day": (
        "SELECT count(*) FROM enrolments WHERE due_at IS NOT NULL",
        "SELECT id FROM enrolments WHERE due_at < :late",
    ),
}
PREFIXES = {
    "plan_claim_is_the_plans_alone": "clm",
    "what_a_plan_lent_is_among_its_claims": "enr",
    "enrolment_has_its_order": "enr",
    "enrolment_lends_again_what_came_back": "enr",
    "excess_is_what_is_above_the_cap": "enr",
    "income_is_what_really_came": "enr",
    "purchase_of_an_order_was_decided": "pch",
    "look_asked_what_it_says": "sal",
    "enrolment_past_its_day": "enr",
}
