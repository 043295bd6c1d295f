"""Crowdfunding as creators, backers and those who review projects use it."""

from clients.p2p.shapes import (
    PledgeAnswer,
    PledgeRequest,
    ProgressAnswer,
    ProjectAnswer,
    ProjectPageAnswer,
    ProjectRequest,
)
from clients.transport import Call, Transport


class Crowdfunding:
    """Calls with the token of whoever acts, over the connection of `P2PClient`; errors as there."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    async def draft(self, project: ProjectRequest, *, key: str) -> ProjectAnswer:
        """A creator's draft, which nobody else sees."""
        body = project.model_dump(mode="json", exclude_none=True)
        return ProjectAnswer.model_validate(await self.transport.call(Call("POST", "/v1/projects", body, key=key)))

    async def submit(self, project_id: str, *, key: str) -> ProjectAnswer:
        return await self._step(project_id, "submission", key)

    async def recommend(self, project_id: str, *, key: str) -> ProjectAnswer:
        """By one of the staff."""
        return await self._step(project_id, "recommendation", key)

    async def approve(self, project_id: str, *, key: str) -> ProjectAnswer:
        """By another than recommended it; `opening` while its account is not there."""
        return await self._step(project_id, "approval", key)

    async def cancel(self, project_id: str, *, key: str) -> ProjectAnswer:
        return await self._step(project_id, "cancellation", key)

    async def page(self, project_id: str) -> ProjectPageAnswer:
        return ProjectPageAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/projects/{project_id}")))

    async def progress(self, project_id: str) -> ProgressAnswer:
        call = Call("GET", f"/v1/projects/{project_id}/progress")
        return ProgressAnswer.model_validate(await self.transport.call(call))

    async def pledge(self, project_id: str, pledge: PledgeRequest, *, key: str) -> PledgeAnswer:
        """Charged when the project's time ends well, not before."""
        body = pledge.model_dump(mode="json", exclude_none=True)
        call = Call("POST", f"/v1/projects/{project_id}/pledges", body, key=key)
        return PledgeAnswer.model_validate(await self.transport.call(call))

    async def read_pledge(self, pledge_id: str) -> PledgeAnswer:
        return PledgeAnswer.model_validate(await self.transport.call(Call("GET", f"/v1/pledges/{pledge_id}")))

    async def withdraw(self, pledge_id: str, *, key: str) -> PledgeAnswer:
        call = Call("POST", f"/v1/pledges/{pledge_id}/withdrawal", key=key)
        return PledgeAnswer.model_validate(await self.transport.call(call))

    async def _step(self, project_id: str, step: str, key: str) -> ProjectAnswer:
        call = Call("POST", f"/v1/projects/{project_id}/{step}", key=key)
        return ProjectAnswer.model_validate(await self.transport.call(call))
