"""One run of `helm template`, and what has to be known about a chart before it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from slipway.fleet.helm_chart import Chart, inner_archives
from slipway.fleet.objects import mapping, sequence

MAX_NESTING = 10
"""How deep packaged charts may lie in one another."""


@dataclass(frozen=True)
class Template:
    """What `helm template` is asked for."""

    chart: Chart
    name: str
    namespace: str
    values: str
    """YAML."""
    settings: tuple[str, ...]
    """Arguments of `--set`, over the values."""
    kubernetes_version: str
    api_versions: tuple[str, ...]
    """What the cluster serves besides that which Helm takes for granted."""
    include_crds: bool
    """True if the objects in `crds/` are part of the output."""
    validate_values: bool
    """True if the values are held against the chart's schema."""

    def digest(self) -> str:
        """A name for what is asked: equal for equal inputs."""
        fields = asdict(self)
        fields["chart"] = self.chart.digest
        return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


class HelmEngine(Protocol):
    """Runs helm."""

    @property
    def version(self) -> str:
        """Changes whenever the output could."""
        ...

    def template(self, template: Template, *, later: bool = False) -> str:
        """The output of `helm template`, hooks included.

        Args:
            template: what to render.
            later: wait until a clock shows another second than at the last run.

        Raises:
            BuildError: helm refuses it; the text is helm's own.
            LimitError: it takes too much time or memory, or gives too much.
        """
        ...


@dataclass(frozen=True)
class Traits:
    """What a chart's rendering depends on besides its values; each True may be said in vain, no False is."""

    random: bool = False
    """It makes passwords or keys, or names after chance."""
    clock: bool = False
    """It asks what time it is."""
    lookup: bool = False
    """It asks the cluster for objects."""
    api_versions: bool = False
    """It asks what the cluster serves."""
    foreign_schema: bool = False
    """The schema of its values refers to others, by files or URLs."""

    def __or__(self, other: Traits) -> Traits:
        return Traits(**{name: value or getattr(other, name) for name, value in asdict(self).items()})


def traits_of(chart: Chart, depth: int = 0) -> Traits:
    """The traits of a chart and those in it.

    Raises:
        BuildError, LimitError: it cannot be read; see `Chart.files`.
    """
    found = Traits()
    for path, content in chart.files.items():
        if path.endswith("values.schema.json"):
            found |= Traits(foreign_schema=_refers_elsewhere(content))
        elif not path.endswith((".md", ".tgz")):
            found |= traits_in(content)
            if not found.lookup and _LOOKUP.search(content) and not _is_library(path, chart.files):
                found |= Traits(lookup=True)
    if depth < MAX_NESTING:
        for inner in inner_archives(chart.files):
            found |= traits_of(inner, depth + 1)
    return found


@dataclass(frozen=True)
class Questions:
    """Which API groups a chart asks for with `.Capabilities.APIVersions`."""

    groups: frozenset[str]
    anything: bool
    """True if it also asks for what is not written where it asks."""

    def __or__(self, other: Questions) -> Questions:
        return Questions(self.groups | other.groups, self.anything or other.anything)


NOTHING_ASKED = Questions(frozenset(), anything=False)


def questions_of(chart: Chart, depth: int = 0) -> Questions:
    """What a chart and those in it ask for."""
    found = NOTHING_ASKED
    for content in chart.files.values():
        found |= questions_in(content)
    for inner in inner_archives(chart.files) if depth < MAX_NESTING else ():
        found |= questions_of(inner, depth + 1)
    return found


def questions_in(content: bytes) -> Questions:
    """What a text asks for if it is taken for a template."""
    lines = [line for line in content.splitlines() if b"APIVersions" in line] if b"APIVersions" in content else []
    groups = frozenset(word.decode() for line in lines for word in _GROUP.findall(line))
    return Questions(groups, anything=not all(map(_LITERAL.search, lines)))


_GROUP = re.compile(rb"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_LITERAL = re.compile(rb"[\"'`][a-z0-9.-]*/?v[0-9]")


def traits_in(content: bytes) -> Traits:
    """The traits that a text brings if it is taken for a template, as values may be."""
    return Traits(
        random=bool(_RANDOM.search(content)),
        clock=bool(_CLOCK.search(content)),
        api_versions=b"APIVersions" in content,
    )


_RANDOM = re.compile(
    rb"\b(?:rand(?:Alpha|AlphaNum|Ascii|Bytes|Int|Numeric)|genPrivateKey|gen(?:CA|SelfSignedCert|SignedCert)(?:WithKey)?"
    rb"|uuidv4|htpasswd|bcrypt|encryptAES|shuffle)\b"
)
"""Functions of Helm's templates that give another result each time."""
_CLOCK = re.compile(rb"\{\{[^\n]*\b(?:now|ago)\b")
_LOOKUP = re.compile(rb"\blookup\s+[\"$.(]")


def _is_library(path: str, files: Mapping[str, bytes]) -> bool:
    """True for a file of a library chart, which others may leave unused."""
    root, found, _ = path.rpartition("templates/")
    return (
        bool(found) and re.search(rb"^type:\s*[\"']?library\b", files.get(f"{root}Chart.yaml", b""), re.M) is not None
    )


def _refers_elsewhere(schema: bytes) -> bool:
    try:
        content = json.loads(schema)
    except ValueError:
        return False  # helm says what is wrong with it
    return any(
        (name in ("$ref", "$dynamicRef", "$recursiveRef") and not value.startswith("#"))
        or (name == "$schema" and not re.match(r"https?://json-schema\.org/", value))
        for name, value in _texts(content)
    )


def _texts(content: Any) -> Iterator[tuple[str, str]]:
    waiting = [content]
    while waiting:
        item = waiting.pop()
        for name, value in mapping(item).items():
            if isinstance(value, str):
                yield name, value
        waiting.extend(mapping(item).values())
        waiting.extend(sequence(item))
