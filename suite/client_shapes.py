"""`clients/<service>/shapes.py` from the published contracts: `python -m suite.client_shapes [--check] [SERVICE…]`.

Text ids of a known kind become UUIDs (`clients.ids`); enumerations become literals, so that a client reads only what it understands.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ("payments", "p2p", "ecommerce_credit", "info_broker", "gateway")
IDS = {
    "acc": "AccountId",
    "trf": "TransferId",
    "cus": "CustomerId",
    "wal": "WalletId",
    "mer": "MerchantId",
    "ord": "OrderId",
    "crd": "CardId",
    "tup": "TopUpId",
    "wdr": "WithdrawalId",
}
HEADER = '"""Generated from {contract} by `make openapi`; not edited by hand."""\n# ruff: noqa: E501'
_ID_PATTERN = re.compile(r"^\^([a-z]+)_\[0-7\]")
# Bounds of input are the service's to judge, and each would become a class of its own where the value may be null.
_BOUNDS = {
    "pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems",
}  # fmt: skip


def shapes_of(contract: dict[str, Any], service: str) -> str:
    """The module's text. Needs the development tools."""
    from datamodel_code_generator import generate
    from datamodel_code_generator.enums import DataModelType, InputFileType
    from datamodel_code_generator.format import Formatter, PythonVersion
    from datamodel_code_generator.parser import LiteralType

    with TemporaryDirectory() as folder:
        output = Path(folder) / "shapes.py"
        generate(
            json.dumps(_with_known_ids(_schemas_alone(contract))),
            input_file_type=InputFileType.OpenAPI,
            output=output,
            output_model_type=DataModelType.PydanticV2BaseModel,
            base_class="clients.shape.Shape",
            target_python_version=PythonVersion.PY_311,
            custom_file_header=HEADER.format(contract=contract_of(service).relative_to(ROOT)),
            use_annotated=True,
            field_constraints=True,
            use_standard_collections=True,
            use_union_operator=True,
            use_schema_description=True,
            enum_field_as_literal=LiteralType.All,
            collapse_root_models=True,
            disable_timestamp=True,
            formatters=[Formatter.BUILTIN],
        )
        return _formatted(output.read_text(encoding="utf-8"))


def contract_of(service: str) -> Path:
    return ROOT / "gateway" / "openapi.json" if service == "gateway" else ROOT / "services" / service / "openapi.json"


def file_of(service: str) -> Path:
    return ROOT / "clients" / service / "shapes.py"


def outdated(service: str) -> str | None:
    """The text that the shapes of a service should have, if they have another. Without a contract there is none."""
    contract = contract_of(service)
    if not contract.exists():
        return None
    text = shapes_of(json.loads(contract.read_text(encoding="utf-8")), service)
    file = file_of(service)
    return None if file.exists() and file.read_text(encoding="utf-8") == text else text


def write(service: str) -> bool:
    """Write the shapes of a service; whether they changed."""
    text = outdated(service)
    if text is None:
        return False
    file = file_of(service)
    file.parent.mkdir(exist_ok=True)
    (file.parent / "__init__.py").touch()
    file.write_text(text, encoding="utf-8")
    return True


def _formatted(text: str) -> str:
    fix = ["check", "--fix", "--quiet", "--exit-zero"]
    # A line may be too long before it is formatted and not after.
    for arguments in (fix, ["format"], fix):
        command = [sys.executable, "-m", "ruff", *arguments, "--stdin-filename", "clients/shapes.py", "-"]
        text = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout
    return text


def _schemas_alone(contract: dict[str, Any]) -> dict[str, Any]:
    """The contract's own shapes: those that the gateway's merged contract has of the services stand in their own clients."""
    head = {name: contract[name] for name in ("openapi", "info")}
    schemas = contract["components"]["schemas"]
    own = {
        name: shape for name, shape in schemas.items() if not name.startswith(tuple(f"{other}_" for other in SERVICES))
    }
    return head | {"paths": {}, "components": {"schemas": own}}


def _with_known_ids(node: Any) -> Any:
    if isinstance(node, list):
        return [_with_known_ids(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = _ID_PATTERN.match(str(node.get("pattern", "")))
    if found and found[1] in IDS:
        return {"type": "string", "customTypePath": f"clients.ids.{IDS[found[1]]}"}
    return {name: _with_known_ids(item) for name, item in node.items() if not _is_noise(name, item)}


def _is_noise(name: str, item: Any) -> bool:
    """What a contract says that a shape need not: titles, examples, and the strictness of input, which is the service's to judge."""
    return (
        (name == "title" and isinstance(item, str))
        or (name in _BOUNDS and not isinstance(item, dict))
        or name == "examples"
        or (item is False and name == "additionalProperties")
    )


def main() -> None:
    names = [argument for argument in sys.argv[1:] if argument != "--check"] or SERVICES
    if "--check" not in sys.argv:
        for service in names:
            print(f"clients/{service}/shapes.py: {'written' if write(service) else 'current'}")
        return
    stale = [service for service in names if outdated(service) is not None]
    for service in stale:
        print(f"stale: clients/{service}/shapes.py")
    if stale:
        sys.exit("error: make openapi writes them anew")


if __name__ == "__main__":
    main()
