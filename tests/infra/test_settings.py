"""The CDK context: what it may hold, and how it says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from infra.settings import Settings
from slipway.errors import ConfigError

LOCAL = {"slipway:local": "true", "slipway:kubectl": "/kubectl", "slipway:helm": "/helm"}


def test_nothing_set_means_production() -> None:
    assert Settings.from_context({}) == Settings()


def test_values_may_be_json_or_text() -> None:
    text = Settings.from_context({"slipway:validationTimeoutSeconds": "60", **LOCAL})
    assert text == Settings.from_context({**LOCAL, "slipway:validationTimeoutSeconds": 60, "slipway:local": True})
    assert (text.validation_timeout_seconds, text.local) == (60, True)


def test_keys_of_the_cdk_itself_are_left_alone() -> None:
    assert Settings.from_context({"@aws-cdk/core:enablePartitionLiterals": True, "aws:cdk:x": 1}) == Settings()


def test_an_empty_value_on_the_command_line_takes_a_setting_back() -> None:
    assert Settings.from_context({"slipway:systemRepository": ""}) == Settings()


def test_the_context_that_we_ship_is_valid() -> None:
    context = json.loads(Path("cdk.json").read_text())["context"]
    assert Settings.from_context(context) == Settings()


@pytest.mark.parametrize(
    ("context", "complaint"),
    [
        ({"slipway:local": "yes"}, "slipway:local is 'yes', not true or false"),
        (
            {"slipway:githubApiUrl": "http://ghe.example"},
            "slipway:githubApiUrl is 'http://ghe.example', not an https URL",
        ),
        ({**LOCAL, "slipway:githubApiUrl": "localhost:1"}, "slipway:githubApiUrl is 'localhost:1', not an http(s) URL"),
        ({"slipway:githubHost": "https://ghe.example"}, "slipway:githubHost is 'https://ghe.example', not a host name"),
        ({"slipway:systemRepository": "gitops-system"}, "slipway:systemRepository is 'gitops-system', not owner/name"),
        ({"slipway:gitIdentities": "no"}, "slipway:gitIdentities is 'no', not true or false"),
        ({"slipway:validationTimeoutSeconds": 901}, "slipway:validationTimeoutSeconds is 901, not a whole number of"),
        ({"slipway:validationTimeoutSeconds": "5m"}, "slipway:validationTimeoutSeconds is '5m', not a whole number of"),
        ({"slipway:validationConcurrency": 1}, "slipway:validationConcurrency is 1, not a whole number from 2 to 1000"),
        ({"slipway:generationConcurrency": 0}, "slipway:generationConcurrency is 0, not a whole number from 2 to 1000"),
        ({"slipway:logRetentionDays": 31}, "slipway:logRetentionDays is 31, not one of 1, 3, 5, 7, 14, 30, 60, 90"),
        ({"slipway:alarmTopicArn": "arn:aws:sqs:eu-west-1:123456789012:q"}, "not the ARN of an SNS topic"),
        ({"slipway:kubectl": "/kubectl"}, "slipway:kubectl must be set with slipway:local, and only with it"),
        ({"slipway:local": True}, "slipway:kubectl must be set with slipway:local, and only with it"),
        ({"slipway:lcoal": True}, "slipway:lcoal is not a setting of Slipway"),
    ],
)
def test_a_wrong_value_is_named(context: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.from_context(context)
    assert complaint in str(caught.value)


def test_all_wrong_values_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        Settings.from_context({"slipway:logRetentionDays": 2, "slipway:alarmTopicArn": "me", "slipway:who": "?"})
    assert str(caught.value).count("slipway:") == 3
