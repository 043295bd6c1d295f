"""Keys where somebody else starts the services: each is shown its own private key alone."""

from pathlib import Path

from chassis.identity import Signer
from suite import keys
from suite.parts import PARTS


def _private(folder: Path) -> set[str]:
    return {file.name.removesuffix(".private.json") for file in folder.glob("*.private.json")}


def test_a_service_sees_its_own_private_key_and_everybodys_public_ones(tmp_path: Path) -> None:
    for name in (keys.SUITE, *PARTS):
        (tmp_path / name).mkdir()
    keys.apart(tmp_path)
    made = (tmp_path / "p2p" / "p2p.private.json").read_text()
    keys.apart(tmp_path)
    assert (tmp_path / "p2p" / "p2p.private.json").read_text() == made
    assert _private(tmp_path / keys.SUITE / "keys") == set(keys.ISSUERS)
    for name in PARTS:
        assert _private(tmp_path / name) == {name}
        assert {file.name for file in (tmp_path / name).glob("*.public.json")} == {
            f"{issuer}.public.json" for issuer in keys.ISSUERS
        }
        assert (tmp_path / name / f"{name}.private.json").stat().st_mode & 0o777 == 0o600
        assert Signer(name, tmp_path / name / f"{name}.private.json").token(["payments"], ["payments:read"])
