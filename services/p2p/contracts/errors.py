"""What contracts refuse.

NotFound
└── NoContract               the loan has none yet, or the caller is no party to it
"""

from chassis.errors import NotFound


class NoContract(NotFound):
    code = "no_contract"
