"""What must hold of repayments, rows and closed days: each check as how many are looked at, and which fail."""

SETTLED = "state IN ('shared', 'reversing')"
CHECKS = {
    "parts_make_up_the_repayment": (
        "SELECT count(*) FROM repayments",
        """SELECT repayments.id FROM repayments LEFT JOIN repayment_parts ON repayment_id = repayments.id GROUP BY repayments.id
           HAVING coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'principal'), 0) <> repayments.principal_minor
               OR coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'interest'), 0) <> repayments.interest_minor
               OR coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'late'), 0) <> repayments.late_minor
               OR coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'fee'), 0) <> repayments.fee_minor""",
    ),
    "share_has_its_repayment_and_claim": (
        "SELECT count(*) FROM repayment_shares",
        """SELECT DISTINCT repayment_id FROM repayment_shares WHERE NOT EXISTS (SELECT FROM repayments WHERE id = repayment_id)
               OR NOT EXISTS (SELECT FROM claims WHERE id = claim_id)""",
    ),
    "rows_equal_what_was_paid_of_them": (
        "SELECT count(DISTINCT loan_id) FROM loan_rows",
        f"""WITH paid AS (
               SELECT loan_id, repayment_parts.row_number AS number,
                   coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'principal'), 0) AS principal,
                   coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'interest'), 0) AS interest,
                   coalesce(sum(repayment_parts.amount_minor) FILTER (WHERE kind = 'late'), 0) AS late
               FROM repayment_parts JOIN repayments ON repayments.id = repayment_id WHERE {SETTLED}
               GROUP BY loan_id, repayment_parts.row_number
           )
           SELECT DISTINCT coalesce(loan_rows.loan_id, paid.loan_id)
           FROM loan_rows FULL JOIN paid ON paid.loan_id = loan_rows.loan_id AND paid.number = loan_rows.number
           WHERE coalesce(principal_paid_minor, -1) <> coalesce(principal, 0)
               OR coalesce(interest_paid_minor, -1) <> coalesce(interest, 0) OR coalesce(late_paid_minor, -1) <> coalesce(late, 0)""",  # noqa: S608
    ),
    "fees_within_what_was_recovered": (
        "SELECT count(DISTINCT repayment_id) FROM repayment_shares WHERE collection_fee_minor > 0",
        """WITH kept AS (
               SELECT repayment_id, sum(collection_fee_minor) AS fee, bool_or(holder IN ('p2p', 'p2p.reserve_fund')) AS spared,
                   max(collection_fee_minor::numeric / amount_minor) AS share
               FROM repayment_shares WHERE collection_fee_minor > 0 GROUP BY repayment_id
           )
           SELECT kept.repayment_id FROM kept JOIN repayments ON repayments.id = kept.repayment_id
           JOIN loans ON loans.id = repayments.loan_id JOIN programmes ON code = programme_code AND version = programme_version
           CROSS JOIN LATERAL (SELECT terms -> 'lender_fees' AS fees) AS of_it
           CROSS JOIN LATERAL (
               SELECT max(rate) AS rate FROM (
                   SELECT (fees ->> 'collection_rate')::numeric AS rate UNION ALL
                   SELECT (one ->> 'rate')::numeric
                   FROM jsonb_array_elements(coalesce(fees -> 'collection_tiers', '[]')) AS each (one)
               ) AS rates
           ) AS most
           WHERE spared OR share > coalesce(most.rate, 0) OR fee > (fees ->> 'most_collection_minor')::bigint
               OR NOT EXISTS (SELECT FROM repayment_parts AS part JOIN loan_rows ON loan_rows.loan_id = repayments.loan_id
                   AND loan_rows.number = part.row_number
                   WHERE part.repayment_id = repayments.id AND loan_rows.due_on < repayments.paid_on)""",
    ),
    "no_loan_left_out_of_the_last_close": (
        "SELECT count(*) FROM loan_accruals WHERE on_day = (SELECT max(day) FROM day_closes WHERE state = 'closed')",
        """SELECT loans.id FROM loans
           JOIN (SELECT day, begun_at FROM day_closes WHERE state = 'closed' ORDER BY day DESC LIMIT 1) AS close ON true
           -- paid out before the day ended, wherever the suite is
           WHERE state IN ('repaying', 'written_off') AND starts_on <= day AND changed_at < begun_at
               AND disbursed_at < (day + time '10:00') AT TIME ZONE 'UTC'
               AND NOT EXISTS (SELECT FROM loan_accruals WHERE on_day = day AND loan_id = loans.id)""",
    ),
}
PREFIXES = {
    "parts_make_up_the_repayment": "rep",
    "share_has_its_repayment_and_claim": "rep",
    "rows_equal_what_was_paid_of_them": "lon",
    "fees_within_what_was_recovered": "rep",
    "no_loan_left_out_of_the_last_close": "lon",
}
