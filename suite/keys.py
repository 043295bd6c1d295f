"""The suite's keys: one Ed25519 pair for each service, and one of the suite itself for `sifang token`.

`sifang up` makes them in one folder; `python -m suite.keys FOLDER` makes a folder below for each service, where somebody else starts
them: its own private key and everybody's public ones. All private keys are in FOLDER/suite, which no service is shown.
"""

import json
import os
import sys
from pathlib import Path

from suite.parts import PARTS

SUITE = "suite"
ISSUERS = (*PARTS, SUITE)


def ensure(folder: Path) -> None:
    """Make the pairs that are missing: `<issuer>.private.json` (0600) and `<issuer>.public.json`, a JWKS."""
    missing = [issuer for issuer in ISSUERS if not _public(folder, issuer).exists()]
    if not missing:
        return
    # Here, because a start that finds its keys has no use for the library.
    from joserfc.jwk import OKPKey

    for issuer in missing:
        key = OKPKey.generate_key("Ed25519", {"kid": issuer, "use": "sig"})
        _write(folder / f"{issuer}.private.json", json.dumps(key.as_dict(private=True)), 0o600)
        # Last: where it is, the pair is whole.
        _write(_public(folder, issuer), json.dumps({"keys": [key.as_dict(private=False)]}), 0o644)


def apart(folder: Path) -> None:
    """`ensure` in FOLDER/suite/keys, and what each service may know of it in FOLDER/<service>.

    FOLDER/suite is then a data folder for `sifang token`.
    """
    everything = folder / SUITE / "keys"
    everything.mkdir(mode=0o700, exist_ok=True)
    ensure(everything)
    for service in PARTS:
        for issuer in ISSUERS:
            _copy(_public(everything, issuer), folder / service, 0o644)
        _copy(everything / f"{service}.private.json", folder / service, 0o600)


def _copy(file: Path, folder: Path, mode: int) -> None:
    if not (folder / file.name).exists():
        _write(folder / file.name, file.read_text(), mode)


def _public(folder: Path, issuer: str) -> Path:
    return folder / f"{issuer}.public.json"


def _write(file: Path, text: str, mode: int) -> None:
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "w") as opened:
        opened.write(text)
    draft.replace(file)


if __name__ == "__main__":
    apart(Path(sys.argv[1]))
