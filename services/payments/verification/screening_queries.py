"""The SQL of the audit of screening and reports: outcomes, entries by version, reports from transfers. Shaped as in `queries`."""

_UNFROZEN = """(SELECT identity.holder_id, greatest(identity.proved_at, hit.decided_at) AS since FROM screening_hits AS hit
    JOIN holder_identities AS identity ON identity.customer_id = hit.subject_id
    WHERE hit.state = 'confirmed' AND identity.holder_id IS NOT NULL AND NOT EXISTS (SELECT FROM holder_freezes AS standing
        WHERE standing.holder_id = identity.holder_id AND (standing.released_at IS NULL OR standing.released_at >= hit.decided_at))
    ) AS unfrozen"""
_BEHIND = """(SELECT known.subject_id, version.taken_at FROM screenings AS known
    JOIN screening_versions AS version ON version.generation = known.generation + 1) AS behind"""
# Where there is a list, whoever has a name is compared with it within the hour, though her own job came to nothing.
_UNSEEN = """(SELECT found.* FROM (
        SELECT identity.customer_id AS subject_id, identity.declared_at AS since FROM holder_identities AS identity
        UNION ALL SELECT id, opened_at FROM merchants) AS found
    LEFT JOIN screenings AS known USING (subject_id)
    WHERE known.subject_id IS NULL AND EXISTS (SELECT FROM screening_versions)) AS unseen"""
_BROUGHT_IN = """(SELECT imported.posted_on, imported.imported_at + interval '10 minutes' AS since FROM ledger_imports AS imported
    LEFT JOIN report_days AS day ON day.business_on = imported.posted_on
    WHERE imported.posted_on BETWEEN (SELECT min(valid_from) FROM report_figures) AND (SELECT max(business_on) FROM report_days)
        AND (day.scanned_at IS NULL OR imported.imported_at + interval '10 minutes' > day.scanned_at)) AS brought_in"""

SCREENING = {
    "screenings_follow_from_their_hits": (
        None,
        "SELECT count(*) FROM screenings",
        """SELECT known.subject_id FROM screenings AS known LEFT JOIN (
               SELECT subject_id, bool_or(state = 'confirmed') AS confirmed,
                   bool_or(state IN ('waiting', 'clearance_proposed')) AS open,
                   max(score) FILTER (WHERE state = 'confirmed') AS confirmed_score,
                   max(score) FILTER (WHERE state IN ('waiting', 'clearance_proposed')) AS open_score, max(score) AS cleared_score
               FROM screening_hits WHERE state <> 'withdrawn' GROUP BY subject_id
           ) AS hits USING (subject_id)
           WHERE known.outcome <> CASE WHEN hits.subject_id IS NULL THEN 'clear' WHEN hits.confirmed THEN 'confirmed'
                   WHEN hits.open THEN 'hit' ELSE 'cleared_by_operator' END
               OR known.score <> CASE WHEN hits.subject_id IS NULL THEN 0 WHEN hits.confirmed THEN hits.confirmed_score
                   WHEN hits.open THEN hits.open_score ELSE hits.cleared_score END""",
    ),
    "lists_follow_from_their_entries": (
        "slv",
        "SELECT count(*) FROM screening_versions",
        """SELECT version.id FROM screening_versions AS version WHERE (added, removed, entries) IS DISTINCT FROM (
               (SELECT count(*) FROM screening_entries AS entry WHERE entry.generation = version.generation),
               (SELECT count(*) FROM screening_removals AS removal WHERE removal.generation = version.generation),
               (SELECT count(*) FROM screening_entries AS entry
                   LEFT JOIN screening_removals AS removal ON removal.entry_id = entry.id AND removal.generation <= version.generation
                   WHERE entry.list_name = version.list_name AND entry.generation <= version.generation AND removal.entry_id IS NULL))""",
    ),
    "reports_follow_from_transfers": (
        "trp",
        "SELECT count(*) FROM transaction_reports",
        """SELECT report.id FROM transaction_reports AS report LEFT JOIN (
               SELECT report_id, least(sum(counted), 9000000000000000000) AS amount,
                   count(DISTINCT transfer_id) AS transfers FROM report_transfers GROUP BY report_id
           ) AS listed ON listed.report_id = report.id
           WHERE (report.amount, report.transfers) IS DISTINCT FROM (coalesce(listed.amount, 0), coalesce(listed.transfers, 0))""",
    ),
    "reported_transfers_are_on_the_ledger": (
        "trf",
        "SELECT count(*) FROM report_transfers",
        """SELECT listed.transfer_id FROM report_transfers AS listed
           LEFT JOIN ledger_transfers AS made ON made.id = listed.transfer_id AND made.posted_at = listed.posted_at
           WHERE (made.amount, made.currency, made.debit_account_id, made.credit_account_id) IS DISTINCT FROM (listed.amount,
               listed.currency, CASE listed.side WHEN 'out' THEN listed.own_account_id ELSE listed.other_account_id END,
               CASE listed.side WHEN 'out' THEN listed.other_account_id ELSE listed.own_account_id END)""",
    ),
    "report_files_hold_what_they_say": (
        "rpf",
        "SELECT count(*) FROM report_files",
        """SELECT file.id FROM report_files AS file
           WHERE file.reports <> (SELECT count(*) FROM transaction_reports AS report WHERE report.file_id = file.id)""",
    ),
}
SCREENING_WAITING = {
    "hit_past_deadline": ("sch", "screening_hits", "id", "due_at IS NOT NULL", "due_at"),
    "screening_behind_the_lists": (None, _BEHIND, "subject_id", "true", "taken_at"),
    "confirmed_person_not_frozen": ("hld", _UNFROZEN, "holder_id", "true", "since"),
    "name_never_screened": (None, _UNSEEN, "subject_id", "true", "since + interval '1 hour'"),
    "imported_day_not_counted_again": (None, _BROUGHT_IN, "posted_on", "true", "since"),
    "transaction_report_past_term": ("trp", "transaction_reports", "id", "due_at IS NOT NULL", "due_at"),
}
