"""Who can get at the sealing key pair: the keys functions, and the clusters it is for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.synth import Synthesised

pytestmark = pytest.mark.xdist_group("infra")

USES = {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom"}
KEYS_FUNCTIONS = {"RotationKeysFunctionRole", "ValidationKeysFunctionRole"}
WRITER = {"RotationKeysFunctionRole"}


def _statements(stack: Synthesised) -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, statement)
        for name, policy in stack.resources("IAM::Policy").items()
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def _owners(stack: Synthesised, wanted: str) -> set[str]:
    """The roles that may do something with the sealing secret, or with any."""
    return {
        name.partition("DefaultPolicy")[0]
        for name, statement in _statements(stack)
        if any(_covers(action, wanted) for action in _list(statement["Action"]))
        and any("SealingKey" in str(resource) or "*" in str(resource) for resource in _list(statement["Resource"]))
    }


def _covers(action: str, wanted: str) -> bool:
    return action in (wanted, "*", f"{wanted.partition(':')[0]}:*")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.mark.parametrize("which", ["production", "local"])
def test_the_keys_functions_alone_read_the_secret(which: str, request: pytest.FixtureRequest) -> None:
    stack: Synthesised = request.getfixturevalue(which)
    assert _owners(stack, "secretsmanager:GetSecretValue") == KEYS_FUNCTIONS
    assert _owners(stack, "secretsmanager:PutSecretValue") == WRITER
    assert _owners(stack, "kms:Decrypt") == KEYS_FUNCTIONS
    assert _owners(stack, "kms:GenerateDataKey") == WRITER


def test_the_kms_key_is_used_by_the_keys_functions_and_the_clusters_and_through_secrets_manager(
    production: Synthesised,
) -> None:
    key = production.only("KMS::Key")
    assert key["EnableKeyRotation"] is True
    using = [
        statement
        for statement in key["KeyPolicy"]["Statement"]
        if USES & set(_list(statement["Action"])) or _any(statement)
    ]
    assert all(
        statement["Effect"] == "Allow" and "kms:ViaService" in statement["Condition"]["StringEquals"]
        for statement in using
    )
    clusters = [statement for statement in using if "ArnLike" in statement["Condition"]]
    assert [_list(statement["Action"]) for statement in clusters] == [["kms:Decrypt"]]
    (patterns,) = (_list(statement["Condition"]["ArnLike"]["aws:PrincipalArn"]) for statement in clusters)
    assert [str(pattern).endswith(":role/*-external-secrets']]}") for pattern in patterns] == [True]
    functions = {
        statement["Principal"]["AWS"]["Fn::GetAtt"][0][:-8]: set(_list(statement["Action"]))
        for statement in using
        if statement not in clusters and statement.get("Sid") != "Deployment"
    }
    assert functions == {
        "RotationKeysFunctionRole": {"kms:Decrypt", "kms:GenerateDataKey"},
        "ValidationKeysFunctionRole": {"kms:Decrypt"},
    }


def _any(statement: dict[str, Any]) -> bool:
    return any("*" in action for action in _list(statement["Action"]))


def test_whoever_deploys_passes_the_trial_of_secrets_manager_and_reads_no_version(production: Synthesised) -> None:
    (deployment,) = (
        it for it in production.only("KMS::Key")["KeyPolicy"]["Statement"] if it.get("Sid") == "Deployment"
    )
    assert set(deployment["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    equals = deployment["Condition"]["StringEquals"]
    assert equals["kms:EncryptionContext:SecretVersionId"] == "RequestToValidateKeyAccess"
    assert len("RequestToValidateKeyAccess") < 32, "an id of a version has 32 characters at least (PutSecretValue)"
    assert "secretsmanager" in str(equals["kms:ViaService"])


def test_administrators_of_the_account_do_not_use_the_kms_key(production: Synthesised) -> None:
    (administration,) = (
        it for it in production.only("KMS::Key")["KeyPolicy"]["Statement"] if it.get("Sid") == "Administration"
    )
    assert not USES & set(administration["Action"])
    assert not _any(administration)


def test_the_secret_has_no_value_in_the_template(production: Synthesised) -> None:
    secret = production.only("SecretsManager::Secret", "SealingKey")
    assert secret["Name"] == "fleet/shared/sealing-key"
    assert "SecretString" not in secret
    assert "GenerateSecretString" not in secret
    assert "SealingKey" in str(secret["KmsKeyId"])


def test_a_deployment_makes_the_pair_once_its_function_may(production: Synthesised) -> None:
    (pair,) = (it for it in production.template["Resources"].values() if it["Type"] == "Custom::SlipwaySealingKey")
    assert "RotationKeysFunction" in str(pair["Properties"]["ServiceToken"])
    assert any("RotationKeysFunctionRoleDefaultPolicy" in name for name in pair["DependsOn"])


def test_each_keys_function_does_what_its_consumer_asks_and_no_more(production: Synthesised) -> None:
    done = {
        function["FunctionName"]: function["Environment"]["Variables"]["SLIPWAY_KEYS_DO"]
        for function in production.resources("Lambda::Function").values()
        if "SLIPWAY_KEYS_DO" in function["Environment"]["Variables"]
    }
    assert done == {
        "slipway-keys-rotation": "ensure,prepare,reseal,retire,state",
        "slipway-keys-validation": "check,state",
    }


def test_a_secret_that_there_is_already_is_adopted(adopting: Synthesised) -> None:
    assert adopting.resources("KMS::Key") == {}
    read = [
        statement["Resource"]
        for _, statement in _statements(adopting)
        if "secretsmanager:PutSecretValue" in _list(statement["Action"])
    ]
    assert read == ["arn:aws:secretsmanager:eu-west-1:111122223333:secret:sealed-secrets-AbCdEf"]


def test_a_fleet_may_do_without_sealed_secrets(without_sealing: Synthesised) -> None:
    resources = without_sealing.template["Resources"]
    assert [name for name in resources if name.startswith(("SealingKey", "Rotation", "ValidationKeys"))] == []
    variables = without_sealing.only("Lambda::Function", "ValidationFunction")["Environment"]["Variables"]
    assert not {"SLIPWAY_KEYS_FUNCTION", "SLIPWAY_SEALING_SECRET"} & variables.keys()


def test_the_validation_knows_what_the_secret_is_called_on_the_clusters(
    production: Synthesised, adopting: Synthesised
) -> None:
    called = [
        stack.only("Lambda::Function", "ValidationFunction")["Environment"]["Variables"]["SLIPWAY_SEALING_SECRET"]
        for stack in (production, adopting)
    ]
    assert called == [
        "fleet/shared/sealing-key",
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:sealed-secrets-AbCdEf",
    ]


def test_replicas_are_encrypted_by_the_keys_of_their_regions(adopting: Synthesised, replicated: Synthesised) -> None:
    secret = replicated.only("SecretsManager::Secret", "SealingKey")
    key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    assert secret["ReplicaRegions"] == [{"Region": "eu-central-1", "KmsKeyId": key}]
    assert adopting.resources("SecretsManager::Secret").keys() == {
        name for name in adopting.resources("SecretsManager::Secret") if name.startswith("Storage")
    }
    writing = [
        (name.partition("DefaultPolicy")[0], set(_list(statement["Action"])))
        for name, statement in _statements(replicated)
        if key in _list(statement["Resource"])
    ]
    assert writing == [("RotationKeysFunctionRole", {"kms:Encrypt", "kms:GenerateDataKey"})]
