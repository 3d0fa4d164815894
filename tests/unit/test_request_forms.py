"""The forms of the templates and the published schema say what the list of requests says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from slipway.ingress.project import FORM_TITLE
from slipway.requests.event import DETAIL_TYPES
from slipway.requests.form import form_kind, read_form, write_form
from slipway.requests.kinds import KINDS, Kind
from slipway.requests.request import read_request
from slipway.requests.schema import requests_schema
from tests.request_forms import FORMS, written

EXAMPLES: dict[str, dict[str, Any]] = {
    "add-cluster": {
        "cluster": "crm-staging",
        "environment": "staging",
        "account": "111122223333",
        "region": "eu-west-1",
        "nodes-min": 3,
    },
    "upgrade-cluster": {"cluster": "shop-staging", "kubernetes-version": "1.36"},
    "change-cluster": {"cluster": "shop-staging", "deletion-protection": False},
    "remove-cluster": {"cluster": "shop-staging", "confirmation": "shop-staging"},
    "onboard-application": {
        "application": "crm",
        "components": ["dynamodb"],
        "policy": {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]},
    },
    "add-application": {"application": "crm", "clusters": ["shop-staging"]},
    "update-application": {"application": "crm", "environment": "staging", "tag": "v1.4.0"},
    "remove-application": {"application": "crm", "confirmation": "crm"},
    "upgrade-tool": {"tool": "karpenter", "version": "1.8.2"},
}


@pytest.mark.parametrize("path", list(written()), ids=lambda path: path.name)
def test_a_file_is_as_it_would_be_written(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == written()[path]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_form_is_one_that_github_takes(kind: Kind) -> None:
    form = yaml.safe_load((FORMS / f"{kind.name}.yml").read_text(encoding="utf-8"))

    assert len({element["id"] for element in form["body"]}) == len(form["body"])
    assert len({element["attributes"]["label"] for element in form["body"]}) == len(form["body"])
    assert form_kind(form["labels"], "") is kind
    assert form_kind([], form["title"]) is kind
    assert FORM_TITLE.match(form["title"])


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_schema_takes_what_is_read(name: str) -> None:
    schema = requests_schema()
    kind = KINDS[name]
    read_request(kind, EXAMPLES[name])
    detail = {"schema": "slipway/v1", "id": "order-1", "requester": "dora", "request": EXAMPLES[name]}

    jsonschema.validate(EXAMPLES[name], {"$ref": f"#/$defs/{name}", **schema})
    jsonschema.validate(detail, {"$ref": f"#/$defs/{kind.event}", **schema})


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_is_written_as_a_form_is_read_from_it(name: str) -> None:
    request = read_request(KINDS[name], EXAMPLES[name])

    assert read_form(request.kind, write_form(request)) == request


def test_every_kind_has_an_event_and_an_example() -> None:
    assert set(EXAMPLES) == set(KINDS)
    assert len(DETAIL_TYPES) == len(KINDS)


def test_the_schema_refuses_what_is_not_read() -> None:
    schema = json.loads(json.dumps(requests_schema()))
    for request in ({}, {"cluster": "UPPER", "confirmation": "UPPER"}, {"cluster": "a", "confirmation": "a", "x": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(request, {"$ref": "#/$defs/remove-cluster", **schema})
