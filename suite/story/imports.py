"""The samples, read in by the operator through the gateway: again on every run, changing nothing the second time."""

from dataclasses import replace
from pathlib import Path

from clients.transport import Transport
from suite.folder import ROOT
from suite.reading.kinds import Parcel, kind_named, parcels_of
from suite.reading.sending import Tally, send
from suite.story.patience import StoryFault
from suite.story.stage import Person

SAMPLES = ROOT / "suite" / "samples"
MARKETPLACE = "sample_market"
KINDS = ("institutions", "products", "funds", "loans")


async def read_samples(operator: Person) -> None:
    for kind in KINDS:
        await read_in(operator, kind)


async def read_in(operator: Person, kind: str, path: Path = SAMPLES, marketplace: str | None = None) -> Tally:
    """marketplace: under another name than the files give themselves."""
    known = kind_named(kind)
    transport = Transport(f"{operator.stage.gateway}/{known.service}", lambda _: operator.token)
    operator.stage.keep(transport)
    whole = Tally()
    for parcel in parcels_of(known, path):
        named = _named(parcel, marketplace) if marketplace else parcel
        tally = await send(transport, named, lambda _: None)
        if tally.refused:
            raise StoryFault(f"{parcel.sheet.file}: {len(tally.refused)} rows of the sample were refused")
        whole.rows += tally.rows
        whole.accepted += tally.accepted
        whole.unchanged += tally.unchanged
        whole.changed += tally.changed
    operator.stage.say(f"  {kind}: {whole.rows:,} rows, {whole.accepted:,} new, {whole.unchanged:,} unchanged")
    return whole


def _named(parcel: Parcel, marketplace: str) -> Parcel:
    return replace(parcel, facts={**parcel.facts, "marketplace": marketplace})
