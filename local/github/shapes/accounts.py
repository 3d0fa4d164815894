"""Users, organizations, Apps and installations."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from local.github.ids import account_id
from local.github.model import App, Installation, Json


def node_id(kind: str, number: int) -> str:
    """A global id, as GitHub's GraphQL API uses it."""
    return base64.b64encode(f"0{len(kind)}:{kind}{number}".encode()).decode()


def account(base: str, login: str, kind: str = "") -> Json:
    """A `simple-user`; `kind` is `User`, `Organization` or `Bot`, if the login does not tell."""
    kind = kind or ("Bot" if login.endswith("[bot]") else "User")
    url = f"{base}/users/{quote(login)}"
    number = account_id(login)
    return {
        "login": login,
        "id": number,
        "node_id": node_id(kind, number),
        "avatar_url": f"{base}/avatars/{number}",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{base}/{quote(login)}",
        "followers_url": f"{url}/followers",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "subscriptions_url": f"{url}/subscriptions",
        "organizations_url": f"{url}/orgs",
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events{{/privacy}}",
        "received_events_url": f"{url}/received_events",
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def association(login: str) -> str:
    """How an account stands to a repository: everybody here is of the organization, but for bots."""
    return "NONE" if login.endswith("[bot]") else "MEMBER"


def organization(base: str, login: str) -> Json:
    """The `organization` of a webhook payload."""
    url = f"{base}/orgs/{login}"
    number = account_id(login)
    return {
        "login": login,
        "id": number,
        "node_id": node_id("Organization", number),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": f"{base}/avatars/{number}",
        "description": "",
    }


def event_names(app: App) -> list[str]:
    """The events that an App is subscribed to, without their actions."""
    return sorted({event.partition(".")[0] for event in app.events})


def app(base: str, app: App, permissions: Mapping[str, str]) -> Json:
    """An `integration`."""
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("App", app.id),
        "client_id": f"Iv1.{app.id:016x}",
        "owner": account(base, app.owner, "Organization"),
        "name": app.slug.title(),
        "description": "",
        "external_url": f"https://{app.slug}.example.com",
        "html_url": f"{base}/apps/{app.slug}",
        "created_at": app.created_at,
        "updated_at": app.created_at,
        "permissions": dict(permissions),
        "events": event_names(app),
    }


def installation(base: str, app: App, installation: Installation) -> Json:
    """An `installation`."""
    return {
        "id": installation.id,
        "client_id": f"Iv1.{app.id:016x}",
        "account": account(base, installation.account, "Organization"),
        "repository_selection": "all" if installation.repositories is None else "selected",
        "access_tokens_url": f"{base}/app/installations/{installation.id}/access_tokens",
        "repositories_url": f"{base}/installation/repositories",
        "html_url": f"{base}/organizations/{installation.account}/settings/installations/{installation.id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "target_id": account_id(installation.account),
        "target_type": "Organization",
        "permissions": dict(installation.permissions),
        "events": event_names(app),
        "created_at": installation.created_at,
        "updated_at": installation.created_at,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": None,
        "suspended_at": None,
    }
