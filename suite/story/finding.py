"""A visitor finds a fund and leaves a lead, with her consent; the institution accepts it."""

from clients.info_broker.shapes import ConsentRequest, ContactRequest, LeadRequest
from suite.story.patience import StoryFault, patiently, until
from suite.story.stage import Person

QUERY = "青禾 债券"
PURPOSE = "contact_by_institution"


async def find_and_ask(visitor: Person, operator: Person) -> str:
    """The lead's id."""
    found = await patiently(lambda: visitor.catalogue.search(QUERY, kind="fund"))
    fund = next((hit for hit in found.items if hit.institution is not None), None)
    if fund is None or fund.institution is None:
        raise StoryFault(f"the catalogue finds nothing for {QUERY}")
    await patiently(lambda: visitor.catalogue.view(fund.id, key=visitor.key("view")))
    house = fund.institution.short_name
    value = await patiently(lambda: visitor.catalogue.newest_net_value(fund.id))
    worth = f", worth {value.unit_value.rstrip('0')} on {value.valued_on}" if value is not None else ""
    visitor.stage.say(f"  {visitor.name} looks for “{QUERY}” and finds {fund.name} of {house}{worth}")
    texts = await patiently(visitor.catalogue.consent_texts)
    lead = LeadRequest(
        product_id=fund.id,
        contact=ContactRequest(
            name=visitor.name, mobile=f"199{visitor.stage.run.number % 10**4:04d}{visitor.number:04d}"
        ),
        consent=ConsentRequest(text_version=texts[-1].version, purposes=[PURPOSE]),
        amount_minor=1_000_000,
        currency="CNY",
    )
    left = await patiently(lambda: visitor.catalogue.leave_lead(lead, key=visitor.key("lead")))
    await until(
        lambda: visitor.catalogue.lead(left.id), lambda it: it.state != "new", "the lead's way to its institution"
    )
    await patiently(lambda: operator.catalogue.decide_lead(left.id, "accepted", key=visitor.key("answer")))
    visitor.stage.say(
        f"  she leaves a lead under consent text {texts[-1].version}; {house} accepts it (lead {left.id})"
    )
    return left.id
