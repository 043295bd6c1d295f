"""What is refused about bids in a reverse auction.

Refusal
├── Conflict (409)
│   ├── RateNotLowEnough     the listing is covered by lower rates already
│   └── BidBinds             a bid in an auction stands until it is outbid
└── Invalid (422)
    └── RateOutOfBounds      not named, or above the listing's, or below the programme's, or named where the rate is fixed
"""

from chassis.errors import Conflict, Invalid


class RateNotLowEnough(Conflict):
    code = "rate_not_low_enough"


class BidBinds(Conflict):
    code = "bid_binds"


class RateOutOfBounds(Invalid):
    code = "rate_out_of_bounds"
