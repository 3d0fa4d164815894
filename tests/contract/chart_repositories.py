"""A chart repository with an index and an OCI registry, on loopback, of charts that the real helm packaged."""

from __future__ import annotations

import hashlib
import json
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from slipway.tools.layer import find_tool

CHART_TYPE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
CONFIG_TYPE = "application/vnd.cncf.helm.config.v1+json"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def package(directory: Path, name: str, version: str, files: Mapping[str, str] | None = None) -> Path:
    """A chart as `helm package` makes it; its template prints its version."""
    source = directory / f"source-{name}-{version}" / name
    everything = {
        "Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: {version}\n",
        "values.yaml": "{}\n",
        "templates/config.yaml": (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n"
            "data: {version: {{ .Chart.Version | quote }}}\n"
        ),
        **(files or {}),
    }
    for path, content in everything.items():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text(content)
    command = [str(find_tool("helm")), "package", str(source), "--destination", str(directory)]
    subprocess.run(command, check=True, capture_output=True)
    return directory / f"{name}-{version}.tgz"


@dataclass
class Served:
    """What a server answers, and how often it was asked."""

    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    """Content type and content by path."""
    status: int = 200
    """Of every answer; 401 for a server that wants credentials."""
    location: str = ""
    """Where every answer sends on to."""
    asked: Counter[str] = field(default_factory=Counter)
    """Requests by path."""
    port: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def add_index(self, *archives: Path, chart_urls: str = "") -> None:
        """Serve archives and an index of them; the index names them below `chart_urls`."""
        entries = []
        for archive in archives:
            name, _, version = archive.stem.partition("-")
            self.files[f"/repo/{archive.name}"] = ("application/gzip", archive.read_bytes())
            url = f"{chart_urls or f'http://{self.address}/repo'}/{archive.name}"
            entries.append({"name": name, "version": version, "apiVersion": "v2", "urls": [url]})
        charts: dict[str, list[object]] = {}
        for entry in entries:
            charts.setdefault(str(entry["name"]), []).append(entry)
        index = json.dumps({"apiVersion": "v1", "entries": charts}).encode()
        self.files["/repo/index.yaml"] = ("application/yaml", index)

    def push(self, repository: str, tag: str, archive: Path) -> str:
        """Put a chart into the registry; the digest of its manifest."""
        config = json.dumps({"name": repository, "version": tag}).encode()
        layers = [self._blob(repository, CHART_TYPE, archive.read_bytes())]
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST_TYPE,
                "config": self._blob(repository, CONFIG_TYPE, config),
                "layers": layers,
            }
        ).encode()
        digest = f"sha256:{hashlib.sha256(manifest).hexdigest()}"
        for reference in (tag, digest):
            self.files[f"/v2/{repository}/manifests/{reference}"] = (MANIFEST_TYPE, manifest)
        listed = f"/v2/{repository}/tags/list"
        tags = json.loads(self.files[listed][1])["tags"] if listed in self.files else []
        content = json.dumps({"name": repository, "tags": [*tags, tag]}).encode()
        self.files[listed] = ("application/json", content)
        self.files["/v2/"] = ("application/json", b"{}")
        return digest

    def _blob(self, repository: str, media_type: str, content: bytes) -> dict[str, object]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.files[f"/v2/{repository}/blobs/{digest}"] = ("application/octet-stream", content)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}


@contextmanager
def serving() -> Iterator[Served]:
    """A server on loopback."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            served.asked[path] += 1
            media_type, content = served.files.get(path, ("text/plain", b"no such thing"))
            self.send_response(served.status if path in served.files or served.status != 200 else 404)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(content)))
            if served.location:
                self.send_header("Location", served.location)
            if path in served.files:
                self.send_header("Docker-Content-Digest", f"sha256:{hashlib.sha256(content).hexdigest()}")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        served.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
