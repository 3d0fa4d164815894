"""Rule about images that are not pinned to a version: SLW709."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.checks.finding import Rule
from slipway.checks.pods import containers_of, pod_of
from slipway.checks.said import Said
from slipway.checks.subject import Subject
from slipway.fleet.flux import is_helm_release
from slipway.fleet.model import Expanded

IMAGE_UNPINNED = Rule("SLW709", "An image without a version", "warning")

_HINT = (
    "nodes that pull it on different days run different ones, and a rollback does not bring the old one back; "
    "name a tag or a digest"
)


def image_findings(subject: Subject) -> Iterator[Said]:
    """Images with neither tag nor digest, or with the tag `latest`; only a note where a chart says so."""
    for landed in subject.distinct:
        pod = pod_of(landed.obj)
        for container in containers_of(pod) if pod else ():
            image = container.value.get("image")
            if not isinstance(image, str) or not _is_unpinned(image):
                continue
            from_chart = isinstance(landed.owner, Expanded) and is_helm_release(landed.owner.definition)
            rule = IMAGE_UNPINNED.at("info") if from_chart else IMAGE_UNPINNED
            what = "has the tag latest" if image.endswith(":latest") else "has neither tag nor digest"
            yield Said(rule, landed, (*container.path, "image"), f"the image {image} {what}", _HINT)


def _is_unpinned(image: str) -> bool:
    if "@" in image or "$" in image or "{{" in image or "://" in image or image in ("", INJECTED):
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in ("", "latest")


INJECTED = "auto"
"""Stands for the proxy that Istio puts in its place (istio.io, "Gateways")."""
