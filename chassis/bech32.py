"""Addresses that tell a slip of the pen: bech32 (BIP 173), as Bitcoin writes a payment to a key's hash. No I/O."""

from collections.abc import Iterable

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
CHECKSUM = 6
LONGEST = 90


class MalformedAddress(ValueError):
    """No address, or one that was written wrongly."""


def encode_address(network: str, program: bytes) -> str:
    """Version 0 of a witness program of 20 bytes. network: `bc`, or of a chain for tests `bcrt`."""
    data = [0, *_regrouped(program, 8, 5, pad=True)]
    polymod = _polymod([*_expanded(network), *data, *([0] * CHECKSUM)]) ^ 1
    checksum = [(polymod >> 5 * (CHECKSUM - 1 - place)) & 31 for place in range(CHECKSUM)]
    return network + "1" + "".join(CHARSET[value] for value in data + checksum)


def decode_address(network: str, address: str) -> bytes:
    """The program of 20 bytes. Raises MalformedAddress: of another network, too."""
    if len(address) > LONGEST or address not in (address.lower(), address.upper()):
        raise MalformedAddress("not an address")
    prefix, _, rest = address.lower().rpartition("1")
    values = [CHARSET.find(character) for character in rest]
    if prefix != network or len(values) <= CHECKSUM or min(values) < 0:
        raise MalformedAddress("not an address of this network")
    if _polymod([*_expanded(prefix), *values]) != 1:
        raise MalformedAddress("its checksum differs")
    program = bytes(_regrouped(values[1:-CHECKSUM], 5, 8, pad=False))
    if values[0] != 0 or len(program) != 20:
        raise MalformedAddress("not an address of this kind")
    return program


def _polymod(values: Iterable[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(GENERATOR):
            checksum ^= generator if (top >> place) & 1 else 0
    return checksum


def _expanded(network: str) -> list[int]:
    return [ord(character) >> 5 for character in network] + [0] + [ord(character) & 31 for character in network]


def _regrouped(values: Iterable[int], source: int, target: int, *, pad: bool) -> list[int]:
    """Raises MalformedAddress where bits are left over that are not zero."""
    held, bits, groups = 0, 0, []
    for value in values:
        held, bits = held << source | value, bits + source
        while bits >= target:
            bits -= target
            groups.append(held >> bits & (1 << target) - 1)
    left = held & (1 << bits) - 1
    if pad:
        return [*groups, left << target - bits] if bits else groups
    if bits >= source or left:
        raise MalformedAddress("bits are left over")
    return groups
