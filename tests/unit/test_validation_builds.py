"""Builds that travel together from check to check."""

from __future__ import annotations

import pytest

from slipway.aws.memory import MemoryBucket
from slipway.fleet.kustomize import MemoryCache
from slipway.validation.builds import PackedBuilds

REPOSITORY = "acme/gitops-system"


def builds(bucket: MemoryBucket) -> PackedBuilds:
    """As a new execution environment has it: nothing near."""
    return PackedBuilds(MemoryCache(), bucket, REPOSITORY)


class NoCache:
    """Keeps nothing."""

    def get(self, digest: str) -> str | None:
        return None

    def put(self, digest: str, output: str) -> None:
        pass


def test_what_one_check_built_the_next_finds() -> None:
    bucket = MemoryBucket()
    first = builds(bucket)
    assert first.get("d1") is None
    first.put("d1", "kind: ConfigMap\n")
    first.save(whole=True)
    assert builds(bucket).get("d1") == "kind: ConfigMap\n"


def test_the_pack_keeps_what_the_last_check_used_and_forgets_the_rest() -> None:
    bucket = MemoryBucket()
    first = builds(bucket)
    first.put("old", "1")
    first.put("kept", "2")
    first.save(whole=True)
    second = builds(bucket)
    assert second.get("kept") == "2"
    second.put("new", "3")
    second.save(whole=True)
    third = builds(bucket)
    assert [third.get(name) for name in ("old", "kept", "new")] == [None, "2", "3"]


def test_the_pack_keeps_what_was_taken_over_without_asking() -> None:
    bucket = MemoryBucket()
    first = builds(bucket)
    first.put("taken over", "1")
    first.save(whole=True)
    second = builds(bucket)
    second.put("new", "2")
    second.save(whole=False)
    third = builds(bucket)
    assert [third.get(name) for name in ("taken over", "new")] == ["1", "2"]


def test_what_is_forgotten_is_in_the_bucket_all_the_same() -> None:
    bucket = MemoryBucket()
    first = PackedBuilds(NoCache(), bucket, REPOSITORY)
    first.put("d1", "1")
    first.save(whole=True)
    first.forget()
    assert first.get("d1") == "1"


def test_nothing_is_written_if_nothing_is_new() -> None:
    bucket = MemoryBucket()
    first = builds(bucket)
    first.put("d1", "1")
    first.save(whole=True)
    [key] = bucket.objects
    before = bucket.objects[key]
    second = builds(bucket)
    second.get("d1")
    second.save(whole=True)
    assert bucket.objects[key] is before


@pytest.mark.parametrize(
    "body", [b"", b"damaged", b"x\x9c\x03\x00\x00\x00\x00\x01"], ids=["empty", "no zlib", "no JSON"]
)
def test_a_damaged_pack_counts_as_none(body: bytes) -> None:
    bucket = MemoryBucket()
    bucket.put(f"cache/builds/{REPOSITORY}.json.z", body)
    assert builds(bucket).get("d1") is None
