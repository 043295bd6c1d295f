"""What codes refuse. `field` names the tag inside the code, such as 54 or 62.05, where one is at fault.

Refusal
├── NotFound   UnknownProfile
├── Conflict   QrCodeOver · QrCodeDiffers
└── Invalid    QrCodeMalformed · QrCodeCrcWrong · QrCodeDuplicateTag · QrCodeTagMissing · QrCodeForeign
"""

from chassis.errors import Conflict, Invalid, NotFound


class QrCodeMalformed(Invalid):
    """Lengths, characters or values are not what the specification says."""

    code = "qr_code_malformed"


class QrCodeCrcWrong(Invalid):
    """The code was misread or altered."""

    code = "qr_code_crc_wrong"


class QrCodeDuplicateTag(Invalid):
    code = "qr_code_duplicate_tag"


class QrCodeTagMissing(Invalid):
    code = "qr_code_tag_missing"


class QrCodeForeign(Invalid):
    """A sound code, but it names nobody who is paid here."""

    code = "qr_code_foreign"


class QrCodeOver(Conflict):
    """The order behind the code is paid or closed."""

    code = "qr_code_over"


class QrCodeDiffers(Conflict):
    """The code says something else than the order or merchant it names."""

    code = "qr_code_differs"


class UnknownProfile(NotFound):
    """The merchant has not said yet what its codes show: kind of business, name in Latin letters, city."""

    code = "unknown_qr_profile"
