"""The SQL of what is worked out anew at the end of a day: interest that has accrued, and provisions. No loan is read into this process.

Both are states, and the books take what they changed by: so what a day missed, because it was recorded late, the next one has.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.p2p.accounting.model import LENDERS, PLATFORM, RESERVE_FUND, Provision, StageTotal
from services.p2p.accounting.provision_rates import ProvisionTable
from services.p2p.accounting.tables import loan_provisions
from services.p2p.claims.model import PLATFORM as PLATFORM_HOLDER
from services.p2p.losses.model import RESERVE_FUND as FUND_HOLDER
from services.p2p.servicing.queries import earned_by

RETAINED = "retained"
"""The share that an originator keeps of its loan: it accrues as lenders' do, and nobody covers it."""
_COLUMNS = [loan_provisions.c[name] for name in Provision.__slots__]

# Loans as the close of the day saw them, and who held them when it ended. A claim that changed since stands in its versions.
_HELD = f"""
    owing AS MATERIALIZED (
        SELECT loan_id, loan_accruals.currency, loan_accruals.outstanding_minor, days_past_due, accrues, listing_id, programme_code,
            programme_version, annual_rate, day_count,
            EXISTS (SELECT FROM write_offs WHERE write_offs.loan_id = loans.id AND write_offs.state = 'approved'
                AND write_offs.changed_at < :ended) AS given_up
        FROM loan_accruals JOIN loans ON loans.id = loan_id WHERE on_day = :day
    ), held AS MATERIALIZED (
        SELECT loan_id, entity, sum(then_minor)::bigint AS held_minor FROM (
            SELECT claims.loan_id,
                CASE WHEN holder = listings.retained_by THEN '{RETAINED}' WHEN holder LIKE 'cus\\_%' THEN '{LENDERS}'
                    WHEN holder = '{PLATFORM_HOLDER}' THEN '{PLATFORM}'
                    WHEN holder = '{FUND_HOLDER}' THEN '{RESERVE_FUND}' ELSE holder END AS entity,
                CASE WHEN claims.changed_at < :ended THEN claims.outstanding_minor ELSE coalesce((
                    SELECT claim_versions.outstanding_minor FROM claim_versions
                    WHERE claim_id = claims.id AND claim_versions.changed_at < :ended ORDER BY claim_versions.version DESC LIMIT 1), 0)
                END AS then_minor
            FROM claims JOIN owing ON owing.loan_id = claims.loan_id JOIN listings ON listings.id = owing.listing_id
        ) AS each WHERE then_minor > 0 GROUP BY loan_id, entity
    )"""  # noqa: S608

# What rows have earned by the end of the day less what was paid of them by then, and lenders' part of that, loan by loan.
_ACCRUED = text(f"""
    WITH {_HELD}, later AS (
        SELECT loan_id, sum(interest_minor) AS interest_minor FROM repayments
        WHERE loan_id IN (SELECT loan_id FROM owing) AND state = 'shared' AND changed_at >= :ended GROUP BY loan_id
    ), rows AS (
        SELECT owing.loan_id, owing.currency, outstanding_minor, day_count, owing.annual_rate, loan_rows.annual_rate AS row_rate,
            from_on AS began_on, from_on + days AS ends_on, interest_minor AS asked_minor, interest_paid_minor,
            principal_minor + balance_minor AS balance_minor, CASE day_count WHEN 'ACT/365' THEN 365 ELSE 360 END AS year_days
        FROM owing JOIN loan_rows ON loan_rows.loan_id = owing.loan_id WHERE accrues
    ), earned AS (
        SELECT loan_id, currency, outstanding_minor, sum(CASE WHEN began_on > :day THEN 0 ELSE {earned_by("(CAST(:day AS date) + 1)")} END
            - interest_paid_minor) AS unpaid_minor
        FROM rows GROUP BY loan_id, currency, outstanding_minor
    )
    SELECT currency, sum(div((unpaid_minor + coalesce(later.interest_minor, 0)) * held_minor, outstanding_minor))::bigint
    FROM earned JOIN held ON held.loan_id = earned.loan_id AND entity IN ('{LENDERS}', '{RETAINED}')
    LEFT JOIN later ON later.loan_id = earned.loan_id
    WHERE outstanding_minor > 0 GROUP BY currency ORDER BY currency
""")  # noqa: S608

# Who stands to lose how much of each loan: what each of the house holds itself, and of what lenders hold the part that each layer of the
# programme owes them, one after another; the rest is theirs. `losses.rules.asked_of` says the same of one loan.
_PROVIDE = text(f"""
    WITH RECURSIVE {_HELD}, layers AS MATERIALIZED (
        SELECT code, version, number::int AS layer, one ->> 'bearer' AS bearer, coalesce((one ->> 'share')::numeric, 1) AS share
        FROM programmes, jsonb_array_elements(coalesce(terms -> 'loss_waterfall', '[]')) WITH ORDINALITY AS each (one, number)
    ), backing AS MATERIALIZED (
        SELECT owing.loan_id, layer, share, CASE WHEN bearer = 'reserve_fund' THEN '{RESERVE_FUND}' ELSE sureties.name END AS entity
        FROM owing JOIN layers ON code = programme_code AND version = programme_version
        LEFT JOIN suretyships ON suretyships.listing_id = owing.listing_id AND kind = bearer
        LEFT JOIN unnest(CAST(:surety_ids AS uuid[]), CAST(:surety_names AS text[])) AS sureties (id, name)
            ON sureties.id = suretyships.surety_id
    ), borne AS (
        SELECT loan_id, 0 AS layer, CAST(NULL AS text) AS entity, 0::bigint AS borne_minor, held_minor AS left_minor
        FROM held WHERE entity = '{LENDERS}'
        UNION ALL
        SELECT borne.loan_id, backing.layer, backing.entity, takes.minor, left_minor - takes.minor
        FROM borne JOIN backing ON backing.loan_id = borne.loan_id AND backing.layer = borne.layer + 1
        LEFT JOIN held ON held.loan_id = borne.loan_id AND held.entity = backing.entity
        CROSS JOIN LATERAL (SELECT CASE WHEN backing.entity IS NULL THEN 0 ELSE greatest(0, least(left_minor,
            floor(share * (left_minor + coalesce(held_minor, 0))) - coalesce(held_minor, 0))) END::bigint AS minor) AS takes
    ), exposed AS (
        SELECT loan_id, entity, sum(minor)::bigint AS exposure_minor FROM (
            SELECT loan_id, CASE entity WHEN '{RETAINED}' THEN '{LENDERS}' ELSE entity END AS entity, held_minor AS minor
            FROM held WHERE entity <> '{LENDERS}'
            UNION ALL SELECT loan_id, entity, borne_minor FROM borne WHERE borne_minor > 0
            UNION ALL SELECT loan_id, '{LENDERS}', min(left_minor) FROM borne GROUP BY loan_id
        ) AS each WHERE minor > 0 GROUP BY loan_id, entity
    ), rated AS (
        SELECT loan_id, entity, currency, exposure_minor, given_up, CASE WHEN given_up THEN 3 ELSE stage END AS stage,
            CASE WHEN given_up THEN :written_off ELSE rate END AS rate_millionths
        FROM exposed JOIN owing USING (loan_id)
        JOIN unnest(CAST(:from_days AS int[]), CAST(:until_days AS int[]), CAST(:stages AS int[]), CAST(:rates AS int[]))
            AS steps (from_days, until_days, stage, rate) ON days_past_due >= from_days AND days_past_due < until_days
    ), now AS (
        SELECT *, div(2 * exposure_minor::numeric * rate_millionths + 1000000, 2000000)::bigint AS provision_minor FROM rated
    ), last AS (
        SELECT DISTINCT ON (loan_id, entity) loan_id, entity, currency, stage, exposure_minor, rate_millionths, provision_minor
        FROM loan_provisions WHERE on_day < :day ORDER BY loan_id, entity, on_day DESC
    ), changed AS MATERIALIZED (
        SELECT coalesce(now.loan_id, last.loan_id) AS loan_id, coalesce(now.entity, last.entity) AS entity,
            coalesce(now.currency, last.currency) AS currency, coalesce(now.stage, last.stage) AS stage,
            coalesce(now.exposure_minor, 0) AS exposure_minor, coalesce(now.rate_millionths, last.rate_millionths) AS rate_millionths,
            coalesce(now.provision_minor, 0) AS provision_minor, coalesce(last.provision_minor, 0) AS before_minor,
            coalesce(given_up, last.rate_millionths = :written_off) AS given_up
        FROM now FULL JOIN last ON last.loan_id = now.loan_id AND last.entity = now.entity
        WHERE (now.stage, now.exposure_minor, now.rate_millionths) IS DISTINCT FROM (last.stage, last.exposure_minor, last.rate_millionths)
            AND NOT (now.loan_id IS NULL AND last.exposure_minor = 0)
    ), made AS (
        INSERT INTO loan_provisions (loan_id, entity, on_day, currency, stage, exposure_minor, rate_millionths, provision_minor)
        SELECT loan_id, entity, :day, currency, stage, exposure_minor, rate_millionths, provision_minor FROM changed RETURNING 1
    )
    SELECT currency, entity, given_up, sum(greatest(0, provision_minor - before_minor))::bigint AS raised_minor,
        sum(greatest(0, before_minor - provision_minor))::bigint AS released_minor
    FROM changed GROUP BY currency, entity, given_up ORDER BY currency, entity, given_up
""")  # noqa: S608

_STAGES = text("""
    SELECT entity, currency, stage, count(*)::int AS loans, sum(exposure_minor)::bigint AS exposure_minor,
        sum(provision_minor)::bigint AS provision_minor
    FROM (SELECT DISTINCT ON (loan_id, entity) entity, currency, stage, exposure_minor, provision_minor FROM loan_provisions
          WHERE on_day <= :day ORDER BY loan_id, entity, on_day DESC) AS last
    WHERE exposure_minor > 0 GROUP BY entity, currency, stage ORDER BY currency, entity, stage
""")
FOREVER = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ProvisionChange:
    """Of an entity's loans, those given up apart. raised_minor, released_minor: by how much provisions grew, and shrank."""

    currency: str
    entity: str
    given_up: bool
    raised_minor: int
    released_minor: int


async def accrued(connection: AsyncConnection, day: date, ended: datetime) -> dict[str, int]:
    """By currency: interest that lenders have earned at the day's end and not received; below zero what they received ahead."""
    found = await connection.execute(_ACCRUED, {"day": day, "ended": ended})
    return {currency: int(amount) for currency, amount in found}


async def provide(
    connection: AsyncConnection, day: date, ended: datetime, table: ProvisionTable, sureties: Mapping[UUID, str]
) -> list[ProvisionChange]:
    """Write what changed of each loan's provisions, and say by how much in all. sureties: their names as entities, by id."""
    steps = table.steps
    facts: dict[str, Any] = {
        "day": day,
        "ended": ended,
        "surety_ids": list(sureties),
        "surety_names": list(sureties.values()),
        "written_off": table.written_off,
        "from_days": [step.from_days for step in steps],
        "until_days": [*(step.from_days for step in steps[1:]), FOREVER],
        "stages": [step.stage for step in steps],
        "rates": [step.rate_millionths for step in steps],
    }
    return [ProvisionChange(**row._mapping) for row in await connection.execute(_PROVIDE, facts)]


async def stages(connection: AsyncConnection, day: date) -> list[StageTotal]:
    """What is provided for at the end of a day, by entity, currency and stage."""
    return [StageTotal(**row._mapping) for row in await connection.execute(_STAGES, {"day": day})]


async def of_loan(connection: AsyncConnection, loan_id: UUID, *, limit: int) -> Sequence[Provision]:
    """Every change of a loan's provisions, newest first."""
    table = loan_provisions.c
    wanted = select(*_COLUMNS).where(table.loan_id == loan_id).order_by(table.on_day.desc(), table.entity).limit(limit)
    return [Provision(**row._mapping) for row in await connection.execute(wanted)]
