"""Credentials are told by their form, and nothing else is."""

from __future__ import annotations

import base64
import time

import pytest

from slipway.checks.secrets.credentials import MAX_FOUND, credentials
from tests.unit.made_credentials import BECH32, LETTERS, SERVICE_ACCOUNT, encoded, jwt, of, private_key

HEX = "0123456789abcdef"
FORMS = {
    "PKCS #8": (private_key(), "a private key"),
    "RSA": (private_key("RSA", lines=25), "a private key"),
    "OpenSSH": (private_key("OPENSSH", lines=6), "a private key"),
    "Talos": (private_key("ED25519", lines=1), "a private key"),
    "indented": (private_key().replace("\n", "\n      "), "a private key"),
    "in JSON": (f'{{"private_key": "{private_key()}"}}'.replace("\n", "\\n"), "a private key"),
    "in a kubeconfig": (f"client-key-data: {encoded(private_key('EC', lines=3))}", "a private key"),
    "age": ("AGE-SECRET-" + "KEY-1" + of(58, BECH32), "an age secret key"),
    "AWS": ("aws_secret_" + f"access_key = {of(40)}", "an AWS secret access key"),
    "AWS in the environment": ("AWS_SECRET_" + f'ACCESS_KEY: "{of(40)}"', "an AWS secret access key"),
    "Cloudflare": ("CLOUDFLARE_" + f"API_TOKEN={of(40)}", "a Cloudflare token"),
    "GitHub": ("gh" + f"p_{of(36)}", "a GitHub token"),
    "GitHub, fine-grained": ("github" + f"_pat_{of(22)}_{of(59)}", "a GitHub token"),
    "GitLab": ("gl" + f"pat-{of(20)}", "a GitLab token"),
    "Slack": ("xo" + f"xb-{of(12, HEX[:10])}-{of(12, HEX[:10])}-{of(24)}", "a Slack token"),
    "Slack's webhook": (
        "https://hooks." + f"slack.com/services/T{of(8, HEX[:10])}/B{of(10, HEX[:10])}/{of(24)}",
        "the address of a Slack webhook",
    ),
    "Discord's webhook": (
        "https://discord" + f".com/api/webhooks/{of(18, HEX[:10])}/{of(68)}",
        "the address of a Discord webhook",
    ),
    "service account": (f"token: {jwt(SERVICE_ACCOUNT)}", "a token of a service account"),
    "registry": (
        '{"auths": {"ghcr.io": {"auth": "' + encoded(f"robot:{of(20)}") + '"}}}',
        "a login to a registry",
    ),
    "WireGuard": (f"[Interface]\nPrivateKey = {of(42)}A=\n", "a WireGuard private key"),
    "npm": ("np" + f"m_{of(36)}", "an npm token"),
    "PyPI": ("pypi-" + f"AgEIcHlwaS5vcmc{of(90)}", "a PyPI token"),
    "Stripe": ("sk_" + f"live_{of(24)}", "a Stripe key"),
    "SendGrid": ("S" + f"G.{of(22)}.{of(43)}", "a SendGrid key"),
    "Vault": ("hv" + f"s.{of(95)}", "a Vault token"),
    "DigitalOcean": ("dop_" + f"v1_{of(64, HEX)}", "a DigitalOcean token"),
    "Grafana": ("gl" + f"sa_{of(32)}_{of(8, HEX)}", "a Grafana token"),
    "Anthropic": ("sk-ant-" + f"api03-{of(93)}AA", "an Anthropic key"),
    "Hugging Face": ("h" + f"f_{of(34, LETTERS)}", "a Hugging Face token"),
    "Tailscale": ("tskey-" + f"auth-{of(12)}-{of(32)}", "a Tailscale key"),
}

INNOCENT = {
    "a certificate": private_key().replace("PRIVATE KEY", "CERTIFICATE"),
    "a public key": private_key().replace("PRIVATE", "PUBLIC"),
    "a key with a passphrase": private_key("ENCRYPTED"),
    "a frame without a key": "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n",
    "a shell script that writes a frame": 'echo "-----BEGIN PRIVATE KEY-----"\ncat a\necho "-----END PRIVATE KEY-----"',
    "SOPS": f"password: ENC[AES256_GCM,data:{of(40)}==,iv:{of(43)}=,tag:{of(22)}==,type:str]",
    "age": "-----BEGIN AGE ENCRYPTED FILE-----\n" + of(64) + "\n-----END AGE ENCRYPTED FILE-----",
    "an age recipient": "age1" + of(58, BECH32).lower(),
    "a sealed value": f"encryptedData:\n  password: Ag{of(700)}==",
    "an image digest": f"image: nginx@sha256:{of(64, HEX)}",
    "a checksum in a lock file": f'"integrity": "sha512-{of(86)}=="',
    "a commit": f"rev: {of(40, HEX)}",
    "a placeholder of GitHub": "gh" + "p_" + "x" * 36,
    "AWS's example": "aws_secret_" + "access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "a secret access key by its hash": "secret_" + f"access_key: {of(40, HEX)}",
    "a token that expires": jwt({**SERVICE_ACCOUNT, "exp": 1_800_000_000}),
    "a token of another issuer": jwt({"iss": "supabase", "role": "anon"}),
    "a login with a variable": '{"auths": {"ghcr.io": {"auth": "' + encoded("robot:${TOKEN}") + '"}}}',
    "no base64": '{"auths": {"ghcr.io": {"auth": "abcdefghi"}}}',
}


@pytest.mark.parametrize(("text", "what"), FORMS.values(), ids=FORMS)
def test_a_credential_is_found(text: str, what: str) -> None:
    assert [found.what for found in credentials(f"first line\n{text}\nlast line\n".encode())] == [what]


@pytest.mark.parametrize("text", INNOCENT.values(), ids=INNOCENT)
def test_what_is_no_credential_is_not_found(text: str) -> None:
    assert credentials(f"first line\n{text}\nlast line\n".encode()) == ()


def test_it_is_found_where_it_begins() -> None:
    text = f"# a key\n{private_key()}".encode()

    assert credentials(text)[0].start == 8


def test_a_fingerprint_tells_nothing_of_the_credential_nor_that_it_is_elsewhere() -> None:
    [found] = credentials(private_key().encode())

    assert found.fingerprint("a") != found.fingerprint("b")
    assert not found.digest.startswith(found.fingerprint("a"))


def test_another_credential_has_another_fingerprint() -> None:
    one, other = (credentials(private_key(seed=seed).encode())[0].fingerprint("a") for seed in (1, 9))

    assert one != other


def test_a_text_full_of_credentials_is_left_after_some() -> None:
    assert len(credentials("".join(private_key(seed=seed) for seed in range(100)).encode())) == MAX_FOUND


@pytest.mark.parametrize(
    "text",
    [
        b"-----BEGIN PRIVATE KEY-----\n" * 30_000,
        b"-----BEGIN PRIVATE KEY-----" + b"A" * 1_000_000,
        b"eyJ" + b"A" * 1_000_000,
        b"eyJA." * 200_000,
        b"LS0tLS1CRUdJTi" + b"A" * 1_000_000,
        base64.b64encode(b"-----BEGIN PRIVATE KEY-----" * 30_000),
        b'"auths" ' + b"auth: " * 200_000,
        b"hooks.slack.com/services/T" + b"A" * 1_000_000,
        b"aws_secret_access_key" * 50_000,
        b"PrivateKey" + b" " * 1_000_000,
        b"\n PrivateKey = " * 70_000,
        b"xoxb-" + b"1" * 1_000_000,
        b"glpat-" * 160_000,
    ],
    ids=range(13),
)
def test_a_hostile_text_takes_no_time(text: bytes) -> None:
    start = time.perf_counter()
    credentials(text)

    assert time.perf_counter() - start < 2
