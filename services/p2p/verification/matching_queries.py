"""What must hold of standing orders, of the runs that matched them, and of auctions."""

CHECKS = {
    "order_commits_what_its_bids_take": (
        "SELECT count(*) FROM standing_orders",
        """SELECT o.id FROM standing_orders o LEFT JOIN bids b ON b.standing_order_id = o.id
               AND b.state IN ('pending', 'placed', 'funded')
           GROUP BY o.id HAVING coalesce(sum(b.amount_minor), 0)
               + (SELECT coalesce(sum(q.price_minor), 0) FROM claim_purchases q
                   WHERE q.standing_order_id = o.id AND q.state IN ('pending', 'settled'))
               - coalesce((SELECT e.returned_minor FROM enrolments e WHERE e.standing_order_id = o.id), 0)
               <> o.committed_minor""",
    ),
    "order_is_its_newest_version": (
        "SELECT count(*) FROM standing_orders",
        """SELECT o.id FROM standing_orders o LEFT JOIN standing_order_versions v ON v.order_id = o.id AND v.version = o.version
           LEFT JOIN matching_decisions d ON d.order_id = o.id AND d.verdict = 'chosen' AND d.version = o.version - 1
           WHERE (v.state, v.place, v.committed_minor) IS DISTINCT FROM (o.state, o.place, o.committed_minor)
               AND ('active', d.place_after, d.committed_minor) IS DISTINCT FROM (o.state, o.place, o.committed_minor)""",
    ),
    "bid_of_an_order_was_decided": (
        "SELECT count(*) FROM bids WHERE standing_order_id IS NOT NULL",
        """SELECT b.id FROM bids b LEFT JOIN matching_decisions d ON d.bid_id = b.id LEFT JOIN standing_orders o ON o.id = d.order_id
           WHERE b.standing_order_id IS NOT NULL
               AND (o.id, o.lender, d.amount_minor) IS DISTINCT FROM (b.standing_order_id, b.lender, b.amount_minor)""",
    ),
    "round_decided_what_it_says": (
        "SELECT count(*) FROM matching_rounds",
        """SELECT r.run_id FROM matching_rounds r LEFT JOIN matching_decisions d ON d.run_id = r.run_id AND d.round = r.number
           GROUP BY r.run_id, r.number HAVING count(d.run_id) <> r.considered
               OR count(d.run_id) FILTER (WHERE d.verdict = 'chosen') <> r.chosen
               OR coalesce(sum(d.amount_minor), 0) > r.left_minor""",
    ),
    "auction_is_cleared_at_its_margin": (
        "SELECT count(*) FROM listings WHERE highest_rate IS NOT NULL",
        """SELECT l.id FROM listings l JOIN bids b ON b.listing_id = l.id AND b.state IN ('placed', 'funded')
           WHERE l.highest_rate IS NOT NULL AND l.state IN ('full', 'disbursing', 'disbursed')
           GROUP BY l.id HAVING max(b.annual_rate) <> l.annual_rate""",
    ),
}
STUCK = {
    "order_past_its_expiry": (
        "SELECT count(*) FROM standing_orders WHERE state <> 'ended'",
        "SELECT id FROM standing_orders WHERE state <> 'ended' AND expires_at < :late",
    ),
    "run_stands_still": (
        "SELECT count(*) FROM matching_runs WHERE state = 'running'",
        "SELECT id FROM matching_runs WHERE state = 'running' AND changed_at < :late",
    ),
}
PREFIXES = {
    "order_commits_what_its_bids_take": "sto",
    "order_is_its_newest_version": "sto",
    "bid_of_an_order_was_decided": "bid",
    "round_decided_what_it_says": "mrn",
    "auction_is_cleared_at_its_margin": "lst",
    "order_past_its_expiry": "sto",
    "run_stands_still": "mrn",
}
