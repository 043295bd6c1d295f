"""Who stands behind each kind of account: the one table that proofs and the tree of liabilities go by."""

from collections.abc import Mapping

from services.payments.reserve.model import AccountUse, Owed

CLASSES: Mapping[str, Owed] = {
    "wallet": Owed.CUSTOMERS,
    "purse": Owed.CUSTOMERS,
    "merchant": Owed.MERCHANTS,
    "merchant_proceeds": Owed.MERCHANTS,
    "merchant_reserve": Owed.MERCHANTS,
    "capital": Owed.INSTITUTIONS,
    "interest_income": Owed.INSTITUTIONS,
    "platform_fee": Owed.INSTITUTIONS,
    "collection": Owed.INSTITUTIONS,
    "loss_deposit": Owed.INSTITUTIONS,
    "trade_escrow": Owed.ESCROW,
    "listing_escrow": Owed.ESCROW,
    "project_escrow": Owed.ESCROW,
    "repayment_receipts": Owed.ESCROW,
    "loan_distribution": Owed.ESCROW,
    "payout_batch": Owed.ESCROW,
    "campaign_budget": Owed.ESCROW,
    "risk_parking": Owed.ESCROW,
    "card_returns": Owed.REFUNDS_DUE,
    "suspense": Owed.UNMATCHED,
    "participant_settlement": Owed.PARTICIPANTS,
    "multilateral_settlement": Owed.PARTICIPANTS,
    "backing": Owed.TOKENS_BACKED,
    "fee_income": Owed.OWN_FEES,
    "dispute_fee": Owed.OWN_FEES,
    "refund_advance": Owed.OWN_CLAIMS,
    "advance": Owed.OWN_CLAIMS,
    "receivable": Owed.OWN_CLAIMS,
    "written_off": Owed.OWN_CLAIMS,
    "clearing": Owed.BETWEEN_BOOKS,
    "reserve": Owed.RESERVE,
    "custody": Owed.CUSTODY,
    "custody_project": Owed.CUSTODY,
    "custody_fee": Owed.CUSTODY,
    "custody_bank": Owed.CUSTODY,
    "issuance": Owed.APART,
    "token_wallet": Owed.APART,
    "coin_wallet": Owed.APART,
    "coin_fees": Owed.APART,
    "coin_loss": Owed.APART,
}
"""Kind of account → who stands behind it. Kinds that parties think up for accounts of their own are those of institutions."""
OTHERWISE = Owed.INSTITUTIONS
DEFAULT_USE = AccountUse.RECEIPT_AND_PAYMENT
"""Of a reserve account of which nothing was said."""
