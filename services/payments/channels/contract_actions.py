"""Stories of contracts: a new version from a day on. What was agreed before stays written."""

from chassis.database import Tx
from chassis.identity import Caller
from services.payments.channels import queries
from services.payments.channels.contract_model import Contract
from services.payments.channels.contracts import Document, contract_of, document_of, shipped
from services.payments.channels.errors import ContractInThePast, ContractUnclear, UnknownChannel


async def add_contract(tx: Tx, caller: Caller, *, document: Document) -> Contract:
    """Raises UnknownChannel, ContractInThePast, ContractUnclear."""
    contract = contract_of(document)
    if contract.channel not in shipped():
        raise UnknownChannel(f"nothing reaches {contract.channel}", field="channel")
    if contract.valid_from_on < tx.today:
        raise ContractInThePast("terms begin today at the earliest", field="valid_from_on")
    unclear = _contradiction(contract)
    if unclear is not None:
        raise ContractUnclear("these terms contradict each other", field=unclear)
    await queries.add_contract(
        tx.connection, contract.channel, contract.valid_from_on, document_of(contract), tx.now, caller.subject
    )
    return contract


def _contradiction(contract: Contract) -> str | None:
    """The field of the first contradiction."""
    fees = [offer.fee for offer in contract.offers]
    licence, files = contract.licence, contract.payment_files
    weekly = ((one.starts, one.ends) for one in contract.weekly_windows if one.ends.isoformat("minutes") != "00:00")
    dated = ((one.from_at, one.until_at) for one in contract.dated_windows)
    checks = (
        ("most_minor", contract.least_minor > contract.most_minor),
        ("offers", any(fee.most_minor is not None and fee.most_minor < fee.least_minor for fee in fees)),
        ("weekly_windows", any(starts >= ends for starts, ends in weekly)),
        ("dated_windows", any(from_at >= until_at for from_at, until_at in dated)),
        ("payment_files", not files.accounts.keys() <= contract.currencies if files else False),
        ("licence", licence.valid_until_on is not None and licence.valid_until_on < licence.valid_from_on),
    )
    return next((field for field, wrong in checks if wrong), None)
