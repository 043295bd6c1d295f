"""The compose file is valid by the Compose specification, has all parts of the suite, and gives nothing away.

compose_spec.json: the specification's schema (Apache-2.0), as docker-compose 1.29 carries it.
"""

import json
import re
from typing import Any

import jsonschema_rs
import pytest
import yaml

from suite.parts import PARTS
from tests.architecture.sources import ROOT

REQUIRED = re.compile(r"\$\{([A-Z0-9_]+):\?[^}]+\}")
PASSWORD_IN_ADDRESS = re.compile(r"://[^:/@]+:([^@]*)@")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return document


def _environment(service: dict[str, Any]) -> dict[str, str]:
    return dict(service.get("environment", {}))


def test_it_follows_the_specification(compose: dict[str, Any]) -> None:
    schema = json.loads((ROOT / "tests" / "architecture" / "compose_spec.json").read_text(encoding="utf-8"))
    assert [str(fault) for fault in jsonschema_rs.validator_for(schema).iter_errors(compose)] == []


def test_every_part_is_migrated_once_and_then_served(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "keys", "provision", *PARTS, *(f"migrate_{name}" for name in PARTS)}
    for name, part in PARTS.items():
        assert services[f"migrate_{name}"]["command"] == ["python", "-m", "chassis.migrate", part.package]
        assert services[f"migrate_{name}"]["build"]["args"]["PART"] == part.package.replace(".", "/")
        assert services[name]["image"] == services[f"migrate_{name}"]["image"]
        assert services[name]["depends_on"] == {
            needed: {"condition": "service_completed_successfully"} for needed in ("keys", f"migrate_{name}")
        }
        assert _environment(services[name])[f"{part.prefix}URL"] == f"http://{name}:8000"
        assert f"{part.prefix}OWNER_URL" not in _environment(services[name])
        assert services[name]["healthcheck"]["test"]
        assert services[name]["volumes"] == [f"keys_{name}:/keys:ro"]


def test_what_is_waited_for_is_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service.get("depends_on", {})) <= set(compose["services"])
        if "build" in service:
            assert (ROOT / service["build"]["args"]["PART"]).is_dir()


def test_secrets_have_no_default_and_are_listed(compose: dict[str, Any]) -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    required = set(REQUIRED.findall(text))
    listed = set(re.findall(r"^([A-Z0-9_]+)=$", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert required == listed
    for service in compose["services"].values():
        for value in _environment(service).values():
            for password in PASSWORD_IN_ADDRESS.findall(value):
                assert REQUIRED.fullmatch(password), value
    assert REQUIRED.fullmatch(_environment(compose["services"]["postgres"])["POSTGRES_PASSWORD"])


def test_only_the_gateway_is_reached_and_from_this_machine_alone(compose: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in compose["services"].items() if "ports" in service}
    assert published == {"gateway": ["127.0.0.1:${SIFANG_PORT:-8000}:8000"]}


def test_nobody_is_root() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if line.startswith("USER ")] == ["USER sifang"]
    assert not any(line.startswith(("RUN", "COPY", "ADD")) for line in lines[lines.index("USER sifang") :])
