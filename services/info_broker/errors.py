"""Everything info_broker refuses.

Refusal
├── Malformed (400) … of the frame: JSON, key, cursor
├── Forbidden (403)
│   ├── CustomersOnly          leads are left by people
│   └── NotYours               the lead is of another institution, or the step belongs to another party
├── NotFound (404)
│   ├── NoSuchInstitution · NoSuchProduct · NoSuchLead · NoSuchImport · NotYetKnown (nothing was shown at that instant)
├── Conflict (409)
│   ├── DuplicateLead          same person, same product, within 30 days
│   ├── ProductWithdrawn       it is no longer offered
│   ├── NotAllowedInState · LeadExpired
│   ├── CannotRoute            no institution, no valid licence, or it takes no leads
│   ├── ContactErased
│   └── PlacementOverlaps
└── Invalid (422)
    ├── ConsentRequired · UnknownConsentText · ConsentTextSuperseded · PurposeNotInText
    ├── WrongHeader            an import's header does not name the columns
    └── EmptyQuery             nothing in the query can be searched for
"""

from chassis.errors import Conflict, Forbidden, Invalid, NotFound


class CustomersOnly(Forbidden):
    code = "customers_only"


class NotYours(Forbidden):
    code = "not_yours"


class NoSuchInstitution(NotFound):
    code = "no_such_institution"


class NoSuchProduct(NotFound):
    code = "no_such_product"


class NoSuchLead(NotFound):
    code = "no_such_lead"


class NoSuchImport(NotFound):
    code = "no_such_import"


class NotYetKnown(NotFound):
    code = "not_yet_known"


class DuplicateLead(Conflict):
    code = "duplicate_lead"


class ProductWithdrawn(Conflict):
    code = "product_withdrawn"


class NotAllowedInState(Conflict):
    code = "not_allowed_in_state"


class LeadExpired(Conflict):
    code = "lead_expired"


class CannotRoute(Conflict):
    code = "cannot_route"


class ContactErased(Conflict):
    code = "contact_erased"


class PlacementOverlaps(Conflict):
    code = "placement_overlaps"


class ConsentRequired(Invalid):
    code = "consent_required"


class UnknownConsentText(Invalid):
    code = "unknown_consent_text"


class ConsentTextSuperseded(Invalid):
    code = "consent_text_superseded"


class PurposeNotInText(Invalid):
    code = "purpose_not_in_text"


class WrongHeader(Invalid):
    code = "wrong_header"


class EmptyQuery(Invalid):
    code = "empty_query"
