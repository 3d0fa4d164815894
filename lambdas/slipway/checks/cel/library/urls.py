"""URLs as Go reads them. Source: k8s.io/apiserver pkg/cel/library/urls.go; Go's net/url, ParseRequestURI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

from slipway.checks.cel.errors import CelError
from slipway.checks.cel.overloads import Function, functions, methods

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):", re.ASCII)
_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})", re.ASCII)
_USER = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*", re.ASCII)
_HOST = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:\[\]<>\"]|[^\x00-\x7f]|%[0-9A-Fa-f]{2})*", re.ASCII)
_PATH_KEPT = "/-_.~$&+,:;=@"
"""What Go does not escape in a path."""
_VALID_PATH = re.compile(r"[A-Za-z0-9!'()*;,:@&=+$/\[\]\-._~%]*", re.ASCII)


@dataclass(frozen=True)
class Url:
    """A URL that was taken apart."""

    text: str
    scheme: str
    host: str
    path: str
    query: str
    type_name = "kubernetes.URL"

    @property
    def hostname(self) -> str:
        """The host without its port, an address of version 6 without its brackets."""
        return _split_host(self.host)[0]

    @property
    def port(self) -> str:
        """The port; empty if there is none."""
        return _split_host(self.host)[1]

    @property
    def escaped_path(self) -> str:
        """The path with everything escaped that must be."""
        decoded = unquote_to_bytes(self.path)
        canonical = quote(decoded, safe=_PATH_KEPT)
        return self.path if _VALID_PATH.fullmatch(self.path) else canonical

    @property
    def parameters(self) -> dict[str, list[str]]:
        """The query's values by name; what cannot be read is left out."""
        found: dict[str, list[str]] = {}
        for part in self.query.split("&"):
            if not part or ";" in part or _ESCAPE.search(part):
                continue
            key, _, value = part.partition("=")
            found.setdefault(_plus(key), []).append(_plus(value))
        return found


def _plus(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode(errors="replace")


def _split_host(host: str) -> tuple[str, str]:
    match = re.fullmatch(r"(.*?)(?::(\d*))?", host, re.DOTALL)
    name, port = (match[1], match[2] or "") if match else (host, "")
    if name.startswith("[") and name.endswith("]"):
        return name[1:-1], port
    return (name, port) if ":" not in name else (host, "")


def parse_url(text: str) -> Url | str:
    """An absolute URL or an absolute path; or why it is neither."""
    if any(character < " " or character == "\x7f" for character in text):
        return "net/url: invalid control character in URL"
    if not text:
        return "empty url"
    if text == "*":
        return Url(text, "", "", "*", "")
    if text.startswith(":"):
        return "missing protocol scheme"
    match = _SCHEME.match(text)
    scheme, rest = (match[1].lower(), text[match.end() :]) if match else ("", text)
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        return Url(text, scheme, "", "", query) if scheme else "invalid URI for request"
    host = ""
    if scheme and rest.startswith("//"):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, at, host = authority.rpartition("@")
        if at and (not _USER.fullmatch(user) or _ESCAPE.search(user)):
            return "net/url: invalid userinfo"
        if why := _bad_host(host):
            return why
        host = host if host.startswith("[") else unquote_to_bytes(host).decode(errors="replace")
    if bad := _ESCAPE.search(rest):
        return f'invalid URL escape "{rest[bad.start() : bad.start() + 3]}"'
    return Url(text, scheme, host, rest, query)


def _bad_host(host: str) -> str:
    if host.startswith("["):
        closing = host.rfind("]")
        if closing < 0:
            return "missing ']' in host"
        port = host[closing + 1 :]
    else:
        colon = host.rfind(":")
        port = host[colon:] if colon >= 0 else ""
        if host.count(":") > 1:
            return f'invalid port "{host[host.find(":") :]}" after host'
    if port and not re.fullmatch(r":\d*", port, re.ASCII):
        return f'invalid port "{port}" after host'
    match = _HOST.match(host)
    if match is not None and match.end() < len(host):
        if host[match.end()] == "%":
            return f'invalid URL escape "{host[match.end() : match.end() + 3]}"'
        return f'invalid character "{host[match.end()]}" in host name'
    return ""


def _url(text: str) -> Url:
    found = parse_url(text)
    if isinstance(found, str):
        raise CelError(f'URL parse error during conversion from string: parse "{text}": {found}')
    return found


_OF = ("kubernetes.URL",)

URLS: dict[tuple[str, bool], Function] = {
    **functions(
        {
            "url": ((("string",), _url),),
            "isURL": ((("string",), lambda text: isinstance(parse_url(text), Url)),),
        }
    ),
    **methods(
        {
            "getScheme": ((_OF, lambda url: url.scheme),),
            "getHost": ((_OF, lambda url: url.host),),
            "getHostname": ((_OF, lambda url: url.hostname),),
            "getPort": ((_OF, lambda url: url.port),),
            "getEscapedPath": ((_OF, lambda url: url.escaped_path),),
            "getQuery": ((_OF, lambda url: url.parameters),),
        }
    ),
}
