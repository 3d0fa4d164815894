"""Credentials that their form alone gives away: private keys, and tokens that their issuers gave a form.

docs/decisions/credentials-by-their-form.md says why these patterns are ours. Each has the document that defines the
form. No pattern looks at entropy or at the names of variables alone, so that hashes, digests, public keys and what
SOPS, age or sealed-secrets encrypted are silent.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

MAX_FOUND = 20
"""Credentials that are named in one text; a file with more is found out all the same."""
MIN_DIFFERENT = 8
"""Characters that a random token has at the least: `xxxx…` and `1234…` are placeholders."""
MAX_KEY_BYTES = 16 * 1024
"""Of a private key; RSA with 16,384 bits takes 13 kB."""


@dataclass(frozen=True)
class Credential:
    """A credential in a text. It has the credential itself nowhere."""

    what: str
    """What it is, e.g. `a private key`."""
    start: int
    """Its first byte in the text."""
    digest: str
    """SHA-256 of it; not for showing, see `fingerprint`."""

    def fingerprint(self, path: str) -> str:
        """What an allow-list names it by, in a certain file only: it tells nothing of it, and not where else it is."""
        return hashlib.sha256(f"{path}\0{self.digest}".encode(errors="surrogateescape")).hexdigest()[:16]


def credentials(data: bytes) -> tuple[Credential, ...]:
    """The credentials in a text, in its order; at most `MAX_FOUND`."""
    found: dict[int, Credential] = {}
    for form in _FORMS:
        if not any(mark in data for mark in form.marks):
            continue
        for match in form.pattern.finditer(data):
            value = match.group(1)
            if form.holds(value):
                start = match.start(1)
                found.setdefault(start, Credential(form.what, start, hashlib.sha256(value).hexdigest()))
            if len(found) >= MAX_FOUND:
                break
    return tuple(found[start] for start in sorted(found)[:MAX_FOUND])


@dataclass(frozen=True)
class _Form:
    what: str
    marks: tuple[bytes, ...]
    """One of them is in every text that has such a credential: found much faster than the pattern."""
    pattern: re.Pattern[bytes]
    """Its first group is the credential. It takes time linear to the text."""
    holds: Callable[[bytes], bool]
    """Whether what has the form is one."""


def _is_random(value: bytes) -> bool:
    return len(set(value)) >= MIN_DIFFERENT and b"EXAMPLE" not in value.upper()


def _is_private_key(value: bytes) -> bool:
    """A key and not only its frame: examples leave out what stands between."""
    # The lines may be indented, or joined by `\n` as in JSON.
    body = re.sub(rb"\\[nrt]|\s", b"", value.split(b"-----", 2)[2])
    return len(body) >= _MIN_KEY and _is_random(body)


_MIN_KEY = 60
"""Characters of the smallest: an Ed25519 key in PKCS #8 has 64."""


def _is_encoded_key(value: bytes) -> bool:
    decoded = _decoded(value)
    return b"PRIVATE KEY-----" in decoded and any(map(_is_private_key, _FRAME.findall(decoded)))


def _decoded(value: bytes) -> bytes:
    try:
        return base64.b64decode(value + b"=" * (-len(value) % 4))
    except (binascii.Error, ValueError):
        return b""


def _is_service_account(value: bytes) -> bool:
    """A token of a Kubernetes service account that does not expire."""
    payload = value.split(b".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + b"=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(claims, dict) and claims.get("iss") == "kubernetes/serviceaccount" and "exp" not in claims


def _is_login(value: bytes) -> bool:
    """`user:password` in base64, as Docker keeps it."""
    user, colon, password = _decoded(value).partition(b":")
    return bool(user and colon and password) and not _PLACEHOLDER.search(password)


_PLACEHOLDER = re.compile(rb"\$\{|<|\{\{|example|password|changeme|secret|token|x{4}", re.IGNORECASE)

_BEGIN = rb"-----BEGIN (?:(?:RSA|EC|DSA|ED25519|OPENSSH|PGP) )?PRIVATE KEY(?: BLOCK)?-----"
_FRAME = re.compile(rb"(" + _BEGIN + rb"[A-Za-z0-9+/=\s\\:.()]{1,%d})-----END" % MAX_KEY_BYTES)


def _token(what: str, mark: str, rest: str) -> _Form:
    """A token that begins with a mark of its own."""
    pattern = rf"(?<![A-Za-z0-9_-])({mark}{rest})(?![A-Za-z0-9_-])"
    literal = mark.replace("\\", "")
    return _Form(what, (literal.encode(),), re.compile(pattern.encode()), _is_random)


_FORMS: tuple[_Form, ...] = (
    # RFC 7468 (PKCS #8), OpenSSL's traditional PEM, openssh PROTOCOL.key, RFC 9580. Those with a passphrase (ENCRYPTED
    # PRIVATE KEY, or a header DEK-Info) have another frame, or a `-` in it, and are of no use alone.
    _Form("a private key", (b"PRIVATE KEY",), _FRAME, _is_private_key),
    # The same in base64, as in the data of a Secret and in a kubeconfig's client-key-data.
    _Form("a private key", (b"LS0tLS1CRUdJTi",), re.compile(rb"(LS0tLS1CRUdJTi[A-Za-z0-9+/]{40,})"), _is_encoded_key),
    # C2SP age specification: Bech32, in capitals.
    _token("an age secret key", "AGE-SECRET-KEY-1", "[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}"),
    # AWS IAM: a secret access key has no mark of its own, so that it counts only by the name of its field.
    _Form(
        "an AWS secret access key",
        (b"ecret", b"ECRET"),
        re.compile(
            rb"(?i:aws_?secret_?access_?key|secret_?access_?key|secretkey)[\"']?[ \t]*[:=][ \t]*[\"']?"
            rb"([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"
        ),
        lambda value: _is_random(value) and not re.fullmatch(rb"[0-9a-f]+", value),
    ),
    # developers.cloudflare.com/fundamentals/api: 40 characters without a mark, so that the name of the field counts.
    _Form(
        "a Cloudflare token",
        (b"oken", b"OKEN"),
        re.compile(
            rb"(?i:(?:cloudflare|cf)[_-]?(?:dns[_-]?)?(?:api[_-]?)?token)[\"']?[ \t]*[:=][ \t]*[\"']?"
            rb"([A-Za-z0-9_-]{40})(?![A-Za-z0-9_-])"
        ),
        _is_random,
    ),
    # github.blog, "Behind GitHub's new authentication token formats".
    *(_token("a GitHub token", f"gh{kind}_", "[A-Za-z0-9]{36}") for kind in "pousr"),
    _token("a GitHub token", "github_pat_", "[A-Za-z0-9]{22}_[A-Za-z0-9]{59}"),
    # docs.gitlab.com/security/tokens, "Token prefixes".
    *(
        _token("a GitLab token", f"{prefix}-", r"[A-Za-z0-9_-]{20,}(?:\.[0-9a-z.]+)?")
        for prefix in ("glpat", "gldt", "glrt", "glptt", "glagent", "glcbt", "gloas")
    ),
    # docs.slack.dev/authentication/tokens, and incoming webhooks, whose address is the credential.
    *(_token("a Slack token", f"xox{kind}-", "[0-9]{9,13}-[A-Za-z0-9-]{20,}") for kind in "bpars"),
    _token("a Slack token", "xapp-", "[0-9]-[A-Z0-9]+-[0-9]+-[0-9a-f]{64}"),
    _Form(
        "the address of a Slack webhook",
        (b"hooks.slack.com/services/",),
        re.compile(rb"(hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{24})(?![A-Za-z0-9])"),
        lambda value: _is_random(value[-24:]),
    ),
    # discord.com/developers/docs/resources/webhook.
    _Form(
        "the address of a Discord webhook",
        (b"/api/webhooks/",),
        re.compile(rb"(discord(?:app)?\.com/api/webhooks/[0-9]{17,20}/[A-Za-z0-9_-]{60,})"),
        lambda value: _is_random(value[-60:]),
    ),
    # kubernetes.io, "Managing Service Accounts": tokens in Secrets, which never expire.
    _Form(
        "a token of a service account",
        (b"eyJ",),
        re.compile(rb"(?<![A-Za-z0-9_-])(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,})"),
        _is_service_account,
    ),
    # docs.docker.com, `config.json`: auths.<registry>.auth.
    _Form(
        "a login to a registry",
        (b'"auths"', b"auths:"),
        re.compile(rb"[\"']?auth[\"']?[ \t]*:[ \t]*[\"']?([A-Za-z0-9+/]{8,}={0,2})(?![A-Za-z0-9+/=])"),
        _is_login,
    ),
    # wg(8), `PrivateKey` of an interface.
    _Form(
        "a WireGuard private key",
        (b"PrivateKey",),
        re.compile(rb"^[ \t]*PrivateKey[ \t]*=[ \t]*([A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=)[ \t\r]*$", re.MULTILINE),
        _is_random,
    ),
    _token("an npm token", "npm_", "[A-Za-z0-9]{36}"),  # github.blog, "npm: new access token format"
    _token("a PyPI token", "pypi-AgEIcHlwaS5vcmc", "[A-Za-z0-9_-]{50,}"),  # docs.pypi.org/api/secrets
    _token("a Stripe key", "sk_live_", "[A-Za-z0-9]{24,}"),  # docs.stripe.com/keys
    _token("a SendGrid key", r"SG\.", r"[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),  # twilio.com/docs/sendgrid
    _token("a Vault token", r"hvs\.", "[A-Za-z0-9_-]{90,}"),  # developer.hashicorp.com/vault/docs/concepts/tokens
    _token("a DigitalOcean token", "dop_v1_", "[0-9a-f]{64}"),  # docs.digitalocean.com/reference/api
    _token("a Grafana token", "glsa_", "[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),  # grafana.com/docs, service accounts
    _token("an Anthropic key", "sk-ant-api03-", "[A-Za-z0-9_-]{93}AA"),  # docs.anthropic.com
    _token("a Hugging Face token", "hf_", "[A-Za-z]{34}"),  # huggingface.co/docs/hub/security-tokens
    _token(
        "a Tailscale key", "tskey-", "(?:auth|api|client)-[A-Za-z0-9]{6,}-[A-Za-z0-9]{20,}"
    ),  # tailscale.com/kb/1085
)
