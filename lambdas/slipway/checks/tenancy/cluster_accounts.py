"""Which AWS account each cluster of a fleet is in, as far as Git says.

By `slipway.yaml`; by the ARN in what Flux reaches a cluster with (fluxcd.io, "Kustomization",
`kubeConfig.configMapRef`: `data.cluster` is the cluster's ARN); by a ConfigMap on the cluster that has its name and its
account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from slipway.checks.custom import plain_names
from slipway.checks.subject import Subject
from slipway.fleet.objects import KubeObject, mapping, text

ACCOUNT_ID = re.compile(r"[0-9]{12}")
ACCOUNT_FIELDS = ("accountid", "awsaccountid", "account", "awsaccount")
"""Fields, in small letters, that say an account."""

_CLUSTER_ARN = re.compile(r"arn:[^:]*:eks:[^:]*:([0-9]{12}):cluster/([\w-]+)")


def accounts_of_clusters(subject: Subject) -> Mapping[str, str]:
    """The account of each cluster; without those of which nothing says it, or of which two things are said."""
    said: dict[str, set[str]] = {}
    for name, account in _said(subject):
        said.setdefault(name, set()).add(account)
    clusters = subject.fleet.clusters
    return {name: next(iter(accounts)) for name, accounts in said.items() if len(accounts) == 1 and name in clusters}


def _said(subject: Subject) -> Iterator[tuple[str, str]]:
    for name, own in subject.settings.clusters.items():
        if own.account:
            yield name, own.account
    for landed in subject.distinct:
        if (landed.obj.group, landed.obj.kind) == ("", "ConfigMap"):
            yield from _of_config_map(landed.obj, landed.clusters)


def _of_config_map(obj: KubeObject, clusters: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    data = mapping(obj.value.get("data"))
    if arn := _CLUSTER_ARN.fullmatch(text(data.get("cluster"))):
        yield arn[2], arn[1]
        return
    plain = {plain_names((key,))[0]: text(value) for key, value in data.items() if isinstance(key, str)}
    account = next((plain[field] for field in ACCOUNT_FIELDS if field in plain), "")
    if len(clusters) == 1 and plain.get("clustername") == clusters[0] and ACCOUNT_ID.fullmatch(account):
        yield clusters[0], account
