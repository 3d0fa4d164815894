"""`helm template`, a process for each rendering."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

from slipway.errors import RetryLater, ToolError
from slipway.fleet.errors import BuildError
from slipway.fleet.helm_template import Template
from slipway.tools import process

TIMEOUT_SECONDS = 60
"""One rendering; the largest known charts take 2 s."""
MAX_OUTPUT_BYTES = 64 * 1024 * 1024
"""Output of one rendering; the largest known, with all CRDs, have 5 MiB."""
MAX_MEMORY_BYTES = 1024 * 1024 * 1024
"""What one rendering may allocate; a template can ask for as much as it likes."""
MAX_VALUES_BYTES = 4 * 1024 * 1024
"""The values of one release; an object in etcd has 1.5 MiB, but a release may name several."""
MAX_ARGUMENTS = 1_000
"""Settings of `--set`: integers that valuesFrom puts at a targetPath."""
MAX_MESSAGE = 4_000
"""Characters of a message that are passed on."""


class Helm:
    """The engine `helm template`. Safe for threads."""

    def __init__(self, executable: Path) -> None:
        self.executable = executable

    @cached_property
    def version(self) -> str:
        """Helm's version, e.g. `helm v4.1.4`."""
        result = self._run(["version", "--template={{.Version}}"], Path("/"))
        if result.code != 0:
            raise ToolError(f"{self.executable} is no helm: {result.errors.strip()[:MAX_MESSAGE]}")
        return f"helm {result.output.strip()}"

    def template(self, template: Template, *, later: bool = False) -> str:
        """See `slipway.fleet.helm_template.HelmEngine`."""
        if len(template.values) > MAX_VALUES_BYTES:
            raise BuildError(f"the values are over {MAX_VALUES_BYTES:,} bytes (MAX_VALUES_BYTES)")
        if len(template.settings) > MAX_ARGUMENTS:
            raise BuildError(f"more than {MAX_ARGUMENTS:,} values are set at a targetPath (MAX_ARGUMENTS)")
        if later:
            time.sleep(1)
        with tempfile.TemporaryDirectory(prefix="slipway-helm-") as scratch:
            root = Path(scratch).resolve()
            try:
                (root / "chart.tgz").write_bytes(template.chart.archive)
                (root / "values.yaml").write_text(template.values)
            except OSError as err:
                raise RetryLater(f"cannot write what helm is to read: {err.strerror}", after=30) from err
            result = self._run(list(_arguments(template)), root)
        if result.code != 0:
            raise BuildError(f"helm refuses the chart: {message(result.errors, root)}")
        return result.output

    def _run(self, arguments: list[str], cwd: Path) -> process.Result:
        return process.run(
            "helm",
            [self.executable, *arguments],
            cwd=cwd,
            environment={**environment(cwd), **_NO_NETWORK},
            limits=process.Limits(TIMEOUT_SECONDS, MAX_OUTPUT_BYTES, MAX_MEMORY_BYTES),
        )


def environment(root: Path) -> dict[str, str]:
    """All that helm sees of one: nothing of ours, which a chart must not read, and nothing that runs plugins."""
    return {
        "HOME": "/nonexistent",
        "PATH": "/nonexistent",
        "KUBECONFIG": "/dev/null",
        "HELM_CACHE_HOME": str(root / "helm/cache"),
        "HELM_CONFIG_HOME": str(root / "helm/config"),
        "HELM_DATA_HOME": str(root / "helm/data"),
        "HELM_PLUGINS": "/nonexistent",
        "TMPDIR": str(root),
    }


_NO_NETWORK: Mapping[str, str] = {"HTTP_PROXY": "http://127.0.0.1:9", "HTTPS_PROXY": "http://127.0.0.1:9"}
"""Rendering needs none; schemas that refer to URLs are not validated in the first place, see `Traits`."""


def _arguments(template: Template) -> Iterator[str]:
    yield "template"
    yield f"--namespace={template.namespace}"
    yield f"--kube-version={template.kubernetes_version}"
    yield "--values=values.yaml"
    for setting in template.settings:
        yield f"--set={setting}"
    if template.api_versions:
        yield f"--api-versions={','.join(template.api_versions)}"
    if template.include_crds:
        yield "--include-crds"
    if not template.validate_values:
        yield "--skip-schema-validation"
    yield from ("--", template.name, "chart.tgz")


def message(stderr: str, root: Path) -> str:
    """Helm's error, without what it logs, its hints, and our scratch directory."""
    text = stderr.partition("\nUse --debug flag to render out invalid YAML")[0]
    lines = [line for line in text.splitlines() if not _LOGGED.match(line)]
    text = "\n".join(lines).strip().removeprefix("Error: ").strip()
    return text.replace(f"{root}/", "").replace(str(root), ".")[:MAX_MESSAGE]


_LOGGED = re.compile(r"time=\S+ level=|level=|coalesce\.go|warning:|WARNING:|I\d{4} |W\d{4} ", re.IGNORECASE)
