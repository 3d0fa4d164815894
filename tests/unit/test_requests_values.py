"""What a field of a request may hold: what is accepted, and what never is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from slipway.requests import values
from slipway.requests.values import Choice, Names, Number, Policy, Range, Shape, YesNo

ZONES = Choice(("3", "2"))
STATEMENT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
DOCUMENT = {"Version": "2012-10-17", "Statement": [STATEMENT]}

ACCEPTED: list[tuple[Shape, Any, Any]] = [
    (values.CLUSTER, " shop-staging ", "shop-staging"),
    (values.CLUSTER, "a" * 24, "a" * 24),
    (values.ACCOUNT, "012345678901", "012345678901"),
    (values.REGION, "us-gov-west-1", "us-gov-west-1"),
    (values.REGION, "ap-southeast-2", "ap-southeast-2"),
    (values.KUBERNETES, "1.35", "1.35"),
    (values.VERSION, "v1.8.2-rc.1", "v1.8.2-rc.1"),
    (values.REF, "release/2026-11", "release/2026-11"),
    (values.REF, "v1.4.0", "v1.4.0"),
    (values.REPOSITORY, "acme/.github", "acme/.github"),
    (values.REPOSITORY, "acme/shop.manifests", "acme/shop.manifests"),
    (values.TEAM, "@acme/catalog_team", "@acme/catalog_team"),
    (ZONES, "2", "2"),
    (Number(1, 450), "450", 450),
    (Number(1, 450), 3, 3),
    (YesNo(), "Yes", True),
    (YesNo(), False, False),
    (Names(values.CLUSTER), "b, a b", ("b", "a")),
    (Names(values.CLUSTER), ["b", "a"], ("b", "a")),
    (Range(), "10.50.0.0/255.255.0.0", "10.50.0.0/16"),
    (Range(), "100.64.0.0/16", "100.64.0.0/16"),
    (Policy(), f"```json\n{json.dumps(DOCUMENT)}\n```", DOCUMENT),
    (Policy(), DOCUMENT, DOCUMENT),
    (Policy(), {"Statement": STATEMENT}, {"Statement": STATEMENT}),
]
REFUSED: list[tuple[Shape, Any]] = [
    *[(values.CLUSTER, text) for text in ("", "-a", "a-", "A", "a_b", "a" * 25, "1a", "a b", "a/b", "a\n.b", "a$(b)")],
    (values.CLUSTER, "\u0430bc"),  # its first letter is Cyrillic
    (values.CLUSTER, "a\u200bb"),  # with a space of no width
    (values.CLUSTER, 1),
    (values.CLUSTER, None),
    *[(values.APPLICATION, word) for word in ("y", "yes", "no", "on", "off", "true", "false", "null")],
    (values.APPLICATION, "a" * 31),
    (values.ACCOUNT, 111122223333),
    (values.ACCOUNT, "1111-2222-3333"),
    (values.ACCOUNT, "\uff11" * 12),  # digits, but none of ASCII
    (values.REGION, "eu-west-1a"),
    (values.REGION, "moon-west-1"),
    (values.KUBERNETES, "1.35.2"),
    (values.KUBERNETES, 1.35),
    (values.VERSION, "latest"),
    (values.VERSION, "1.2.3 --set a=b"),
    *[(values.REF, text) for text in ("a..b", "a//b", "/a", "a/", "a.lock", "a.lock/b", "x/.git/config", "-a")],
    (values.REF, "a" * 101),
    *[(values.FOLDER, text) for text in ("..", ".git", "a/b", "-a", "a" * 64)],
    *[(values.REPOSITORY, text) for text in ("acme/..", "acme/.", "acme/.git", "acme/a.git", "acme/-a", "a/b/c")],
    (values.TEAM, "@acme/../x"),
    (ZONES, "1"),
    (Number(1, 450), "0"),
    (Number(1, 450), "451"),
    (Number(1, 450), True),
    (Number(1, 450), 2.0),
    (Number(1, 450), "\u0663"),
    (YesNo(), "maybe"),
    (YesNo(), 1),
    (Names(values.CLUSTER), ""),
    (Names(values.CLUSTER), []),
    (Names(values.CLUSTER), "a,,B"),
    (Names(values.CLUSTER), [f"a{n}" for n in range(51)]),
    (Names(values.CLUSTER), {"a": "b"}),
    *[(Range(), text) for text in ("10.50.0.1/16", "8.8.0.0/16", "10.0.0.0/8", "10.0.0.0/29", "10.0.0.0", "::/64", 10)],
    (Policy(), "{"),
    (Policy(), "[" * 5_000),
    (Policy(), {"Statement": []}),
    (Policy(), {"Statement": "Allow"}),
    (Policy(), {"Statement": [{"Effect": "allow"}]}),
    (Policy(), {**DOCUMENT, "Version": "2026-01-01"}),
    (Policy(), {**DOCUMENT, "Extra": 1}),
    (Policy(), '{"Statement": [{"Effect": "Allow", "Action": NaN}]}'),
    (Policy(), '{"Statement": [{"Effect": "Allow", "Action": 1e999}]}'),
    (Policy(), '{"Statement": [{"Effect": "Allow", "Action": "\\ud800"}]}'),
    (Policy(), {"Statement": [{"Effect": "Allow", "Action": "a" * values.MAX_JSON}]}),
]  # fmt: skip


@pytest.mark.parametrize(("shape", "given", "read"), ACCEPTED, ids=repr)
def test_what_is_accepted(shape: Shape, given: Any, read: Any) -> None:
    assert shape.read(given) == read


@pytest.mark.parametrize(("shape", "given"), REFUSED, ids=lambda item: repr(item)[:60])
def test_what_is_refused(shape: Shape, given: Any) -> None:
    with pytest.raises(ValueError):
        shape.read(given)


def test_lists_without_an_end_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)

    with pytest.raises(ValueError):
        Policy().read({"Statement": endless})
