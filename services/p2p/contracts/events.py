"""Events of contracts."""

from chassis.wire import Answer
from services.p2p.contracts.model import Contract
from services.p2p.wire_ids import LoanId

CONTRACT_MADE = "p2p.contract.made.v1"


class ContractTold(Answer):
    """A contract stands; each of its parties finds her document."""

    loan_id: LoanId
    parties: int


EVENT_TYPES: dict[str, type[Answer]] = {CONTRACT_MADE: ContractTold}


def told(contract: Contract, parties: int) -> dict[str, object]:
    return ContractTold(loan_id=contract.loan_id, parties=parties).model_dump(mode="json")
