"""Taking rows of a file into the catalogue: set-based, and the same rows again change nothing."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from chassis.database import Tx
from chassis.identity import Caller
from chassis.ids import encode
from services.info_broker.imports import queries
from services.info_broker.imports.events import told, type_of
from services.info_broker.imports.model import Import, Source
from services.info_broker.imports.readers import FundRow, ProductRow, Reading, check_header
from services.info_broker.institutions import actions as institution_actions
from services.info_broker.institutions import queries as institution_queries
from services.info_broker.institutions.profile import Profile
from services.info_broker.institutions.rules import recognise
from services.info_broker.net_values import queries as net_value_queries
from services.info_broker.net_values.model import NetValueDraft
from services.info_broker.products import actions as product_actions
from services.info_broker.products import queries as product_queries
from services.info_broker.products.model import ProductDraft, ProductStatus
from services.info_broker.products.terms import FundTerms
from services.info_broker.products.terms import type_of as product_type_of

Counted = tuple[int, int]
BACK_END = "后端"


async def take(
    tx: Tx,
    caller: Caller,
    *,
    source: Source,
    file: str,
    header: Sequence[str] | None,
    first_line: int,
    rows: Sequence[Any],
) -> Import:
    """Take up to a thousand rows. A bad row is refused by itself; the others are taken."""
    check_header(header, rows, required=source is not Source.EASTMONEY_FUNDS)
    reading = Reading(file, first_line, header)
    accepted, changed = await _TAKE[source](tx, reading, rows)
    refused = tuple(sorted(reading.refused, key=lambda one: one.line))
    done = Import(
        id=tx.ids.new(),
        source=source,
        file=file,
        first_line=first_line,
        rows=len(rows),
        accepted=accepted,
        changed=changed,
        unchanged=len(rows) - accepted - changed - len(refused),
        refused=refused,
        imported_at=tx.now,
        imported_by=caller.party,
    )
    await queries.add(tx.connection, done)
    tx.events.add(type_of(source), encode("imp", done.id), told(done).model_dump(mode="json"))
    return done


async def _take_funds(tx: Tx, reading: Reading, rows: Sequence[Any]) -> Counted:
    await queries.hold_prefixes_still(tx.connection)
    prefixes = await institution_queries.prefixes(tx.connection)
    drafts = []
    for row in reading.funds(rows).values():
        terms = FundTerms(
            kind="fund",
            fund_class=row.fund_class,
            source_class=row.source_class,
            currency="CNY",
            back_end_charge=BACK_END in row.name,
        )
        drafts.append(_fund_draft(row, terms.model_dump(mode="json"), prefixes))
    return await product_actions.publish(tx, drafts)


def _fund_draft(row: FundRow, terms: dict[str, Any], prefixes: Mapping[str, Any]) -> ProductDraft:
    return ProductDraft(
        source=Source.EASTMONEY_FUNDS,
        kind="fund",
        type=row.fund_class,
        code=row.code,
        name=row.name,
        name_en=None,
        initials=row.initials,
        pinyin=row.pinyin,
        institution_id=recognise(row.name, prefixes),
        status=ProductStatus.OFFERED,
        terms=terms,
    )


async def _take_net_values(tx: Tx, reading: Reading, rows: Sequence[Any]) -> Counted:
    checked = reading.net_values(rows)
    funds = await product_queries.ids_by_code(
        tx.connection, Source.EASTMONEY_FUNDS, [row.code for row in checked.values()]
    )
    drafts = []
    for line, row in checked.items():
        if row.code in funds:
            drafts.append(NetValueDraft(funds[row.code], row.valued_on, row.unit_value, row.distribution))
        else:
            reading.refuse(line, "code", "unknown_fund", "no fund of this source has this code")
    return await net_value_queries.save(tx.connection, drafts, tx.now)


async def _take_products(tx: Tx, reading: Reading, rows: Sequence[Any]) -> Counted:
    checked = reading.products(rows)
    known = await institution_queries.ids_by_code(tx.connection, [row.institution_code for row in checked.values()])
    kinds = await product_queries.kinds_by_code(tx.connection, Source.PRODUCTS, [row.code for row in checked.values()])
    drafts = []
    for line, row in checked.items():
        if row.institution_code not in known:
            reading.refuse(line, "institution_code", "unknown_institution", "no institution has this code")
        elif kinds.get(row.code, row.terms.kind) != row.terms.kind:
            reading.refuse(line, "terms.kind", "kind_changed", f"this code is a {kinds[row.code]} already")
        else:
            drafts.append(_product_draft(row, known[row.institution_code]))
    return await product_actions.publish(tx, drafts)


def _product_draft(row: ProductRow, institution_id: Any) -> ProductDraft:
    terms = row.terms.model_dump(mode="json")
    return ProductDraft(
        source=Source.PRODUCTS,
        kind=row.terms.kind,
        type=product_type_of(terms),
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        initials=row.initials,
        pinyin=row.pinyin,
        institution_id=institution_id,
        status=ProductStatus(row.status),
        terms=terms,
    )


async def _take_institutions(tx: Tx, reading: Reading, rows: Sequence[Any]) -> Counted:
    await queries.claim_prefixes(tx.connection)
    checked = reading.profiles(rows)
    wanted = [prefix for profile in checked.values() for prefix in profile.product_name_prefixes]
    holders = await institution_queries.prefix_holders(tx.connection, wanted)
    profiles = [profile for line, profile in checked.items() if _prefixes_free(reading, line, profile, holders)]
    saved = await institution_actions.publish(tx, profiles)
    if saved:
        await product_actions.follow_institutions(tx, [institution.id for institution in saved])
    created = sum(1 for institution in saved if institution.version == 1)
    return created, len(saved) - created


def _prefixes_free(reading: Reading, line: int, profile: Profile, holders: dict[str, str]) -> bool:
    """A prefix is one institution's; to move it, the holder's profile gives it up first, in an import before."""
    taken = [prefix for prefix in profile.product_name_prefixes if holders.get(prefix, profile.code) != profile.code]
    if taken or len(set(profile.product_name_prefixes)) != len(profile.product_name_prefixes):
        reading.refuse(
            line, "product_name_prefixes", "prefix_taken", "a prefix is another institution's, or named twice"
        )
        return False
    holders.update(dict.fromkeys(profile.product_name_prefixes, profile.code))
    return True


_TAKE: Mapping[Source, Callable[[Tx, Reading, Sequence[Any]], Awaitable[Counted]]] = {
    Source.EASTMONEY_FUNDS: _take_funds,
    Source.EASTMONEY_NET_VALUES: _take_net_values,
    Source.PRODUCTS: _take_products,
    Source.INSTITUTIONS: _take_institutions,
}
