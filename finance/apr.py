"""The annual percentage rate of a credit, by the law of the United States, the European Union or the United Kingdom."""

from collections.abc import Sequence

from finance.apr_flows import Flow, read_credit
from finance.apr_us import actuarial_rate
from finance.apr_years import british_rate, european_rate
from finance.errors import UnknownChoice
from finance.exact import shown

_METHODS = {"us": actuarial_rate, "eu": european_rate, "uk": british_rate}


def apr(advances: Sequence[Flow], payments: Sequence[Flow], *, method: str = "us") -> float:
    """The annual percentage rate of what a borrower receives and pays: 0.0969 is 9.69 %.

    Pairs of (day, positive amount), fees included: those kept back lower the advance, others are payments. Days are the
    scheduled ones. Methods:

    * "us": Regulation Z, Appendix J, actuarial method: a nominal rate, see `finance.apr_us`.
    * "eu": Directive 2008/48/EC, Annex I: an effective rate, published with one decimal, see `finance.apr_years`.
    * "uk": FCA Handbook, CONC App 1.2: the same with another count of odd days, see `finance.apr_years`.

    Raises `NoRoot`, `SeveralRoots` (with `rates`), `OutOfRange`, `InexactNumber`, `DatesOutOfOrder`, `UnknownChoice`.
    """
    rate = _METHODS.get(method) if isinstance(method, str) else None
    if rate is None:
        raise UnknownChoice(f"unknown method {shown(method)}; known: {', '.join(_METHODS)}", field="method")
    return rate(read_credit(advances, payments))
