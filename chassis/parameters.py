"""Lists and sums that refuse a parameter they do not know: answered without it, the question would be another one."""

from typing import Any

from fastapi import Depends, Request

from chassis.problems import UnknownField


async def _only_known(request: Request) -> None:
    """Raises UnknownField."""
    known = _names(request.scope["route"].dependant)
    for name in request.query_params:
        if name not in known:
            raise UnknownField("this question does not know such a parameter", field=name)


def _names(dependant: Any) -> set[str]:
    """Of the parameters of a route and of all that it depends on."""
    own = {parameter.alias for parameter in dependant.query_params}
    return own.union(*(_names(one) for one in dependant.dependencies))


only_known_parameters = Depends(_only_known)
