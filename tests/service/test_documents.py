"""What the documents say is what the code does."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest
from openapi_spec_validator import validate

from harness.core.plan import encode_number
from harness.core.view import Page, View
from harness.protocol.exam_api import PROBLEMS, ROUTES
from harness.service import documents, openapi
from tests.service.rig import Rig, heshan

DOCS = Path(__file__).parents[2] / "docs"
REMEDY = "python -m harness.service.documents docs"


def test_the_committed_openapi_document_is_the_generated_one_and_valid() -> None:
    assert (DOCS / "openapi.json").read_bytes() == openapi.document(), REMEDY
    validate(json.loads(openapi.document()))


@pytest.mark.parametrize("name", sorted(documents.schemas()))
def test_each_committed_schema_is_the_generated_one_and_valid(name: str) -> None:
    text = (DOCS / "schemas" / name).read_bytes()
    assert text == documents.schemas()[name], REMEDY
    jsonschema.Draft202012Validator.check_schema(json.loads(text))


def test_the_schemas_take_what_we_write() -> None:
    def check(name: str, value: object) -> None:
        plain = json.loads(msgspec.json.encode(value, enc_hook=encode_number))
        jsonschema.validate(plain, json.loads((DOCS / "schemas" / name).read_bytes()))

    check("view.json", View(page=Page.LOGIN))
    rig = Rig().entered()
    for event in rig.application.observations(rig.exam):
        check("event.json", event)


def test_a_plan_file_keeps_its_schema_and_a_typo_does_not() -> None:
    import tomllib

    schema = json.loads((DOCS / "schemas" / "plan.json").read_bytes())
    path = DOCS.parent / "exams" / "heshan-2022.toml"
    plan = json.loads(json.dumps(tomllib.loads(path.read_text(encoding="utf-8")), default=str))
    jsonschema.validate(plan, schema)
    plan["windows"]["entry_opens"] = "15 minutes before"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(plan, schema)
    assert heshan().id == plan["id"]


def test_the_protocol_text_has_every_operation_and_problem() -> None:
    text = (DOCS / "protocol.md").read_text(encoding="utf-8")
    assert documents.with_tables(text) == text, f"its tables are out of date: {REMEDY}"
    assert documents.problem_table() in text
    for route in ROUTES:
        assert f"{route.method} {route.path}" in text, f"{route.method} {route.path} is not in protocol.md"
    for code in PROBLEMS:
        assert f"`{code}`" in text
