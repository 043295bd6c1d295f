"""As much of XML Schema as the official ISO 20022 files use: sequences, choices, attributes, and restrictions of simple types."""

import re
from pathlib import Path
from xml.etree.ElementTree import Element, parse

SCHEMAS = Path(__file__).resolve().parents[4] / "shared" / "data" / "iso20022" / "schemas"
XS = "{http://www.w3.org/2001/XMLSchema}"
BUILT_IN = {
    "decimal": r"-?\d+(\.\d+)?",
    "date": r"\d{4}-\d\d-\d\d(Z|[+-]\d\d:\d\d)?",
    "dateTime": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?",
    "boolean": "true|false|0|1",
    "string": "(?s).*",
    "normalizedString": "(?s).*",
}


class Schema:
    """One schema file. faults: what is wrong with a document, none if it is valid."""

    def __init__(self, file: Path) -> None:
        root = parse(file).getroot()
        self.space = "{" + root.attrib["targetNamespace"] + "}"
        self.types = {
            child.attrib["name"]: child for child in root if child.tag in (f"{XS}complexType", f"{XS}simpleType")
        }
        self.root = next(child for child in root if child.tag == f"{XS}element")

    def faults(self, document: Element) -> list[str]:
        if document.tag != self.space + self.root.attrib["name"]:
            return [f"root {document.tag}"]
        return self._element(document, self.root.attrib["type"])

    def _element(self, element: Element, name: str) -> list[str]:
        kind = self.types.get(name.rpartition(":")[2])
        if kind is None or kind.tag == f"{XS}simpleType":
            return self._text(element.text or "", name, element.tag)
        simple = kind.find(f"{XS}simpleContent/{XS}extension")
        if simple is not None:
            return self._text(element.text or "", simple.attrib["base"], element.tag) + self._attributes(
                element, simple
            )
        group = next((child for child in kind if child.tag in (f"{XS}sequence", f"{XS}choice")), None)
        children = list(element)
        if group is None:
            return [f"{element.tag} has children"] if children else []
        used, faults = self._group(group, children)
        return faults + [f"{child.tag} in {element.tag}" for child in children[used:]]

    def _group(self, group: Element, children: list[Element]) -> tuple[int, list[str]]:
        """How many children it takes, and what is wrong with them."""
        used, faults, met = 0, [], 0
        for part in group:
            if part.tag != f"{XS}element":
                inner, wrong = self._group(part, children[used:])
                used, faults = used + inner, faults + wrong
                continue
            name, least = self.space + part.attrib.get("name", ""), int(part.attrib.get("minOccurs", "1"))
            most = part.attrib.get("maxOccurs", "1")
            count = 0
            while used < len(children) and children[used].tag == name and (most == "unbounded" or count < int(most)):
                faults += self._element(children[used], part.attrib["type"])
                used, count = used + 1, count + 1
            met += bool(count)
            if group.tag == f"{XS}sequence" and count < least:
                faults.append(f"{name} is missing")
        if group.tag == f"{XS}choice" and met != 1:
            faults.append(f"not one of a choice: {[child.tag for child in children]}")
        return used, faults

    def _attributes(self, element: Element, extension: Element) -> list[str]:
        known = {one.attrib["name"]: one for one in extension.findall(f"{XS}attribute")}
        faults = [f"attribute {name}" for name in element.attrib.keys() - known.keys()]
        for name, one in known.items():
            if name in element.attrib:
                faults += self._text(element.attrib[name], one.attrib["type"], name)
            elif one.attrib.get("use") == "required":
                faults.append(f"attribute {name} is missing")
        return faults

    def _text(self, text: str, name: str, where: str) -> list[str]:
        local = name.rpartition(":")[2]
        kind = self.types.get(local)
        if kind is None:
            return [] if re.fullmatch(BUILT_IN[local], text) else [f"{where}: {text!r} is no {local}"]
        restriction = kind.find(f"{XS}restriction")
        assert restriction is not None
        faults = self._text(text, restriction.attrib["base"], where)
        digits = text.lstrip("-").replace(".", "")
        fraction = text.partition(".")[2]
        allowed = [one.attrib["value"] for one in restriction.findall(f"{XS}enumeration")]
        checks = {
            "minLength": lambda value: len(text) >= int(value),
            "maxLength": lambda value: len(text) <= int(value),
            "pattern": lambda value: re.fullmatch(value, text) is not None,
            "totalDigits": lambda value: len(digits) <= int(value),
            "fractionDigits": lambda value: len(fraction) <= int(value),
            "minInclusive": lambda value: float(text) >= float(value),
        }
        for facet in restriction:
            check = checks.get(facet.tag.removeprefix(XS))
            if check is not None and not check(facet.attrib["value"]):
                faults.append(f"{where}: {text!r} against {facet.tag.removeprefix(XS)} {facet.attrib['value']}")
        return faults + ([f"{where}: {text!r} is not allowed"] if allowed and text not in allowed else [])
