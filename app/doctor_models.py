"""Doctor's look at the models: weights that are here and whole, endpoints that answer."""

from __future__ import annotations

from collections.abc import Iterator

from app.doctor import Check, Finding, bad, ok, warn
from app.settings import Settings

_SECONDS = 5.0  # an endpoint that takes longer to list its models will not answer questions either


def check_weights(settings: Settings) -> Iterator[Finding]:
    """The weights of the settings: every byte is read and compared with its pinned sha256."""
    from models.catalogue import MODELS
    from models.fetch import installed, verify

    folder = settings.models.expanduser()
    for role, name, url in (
        ("embedder", settings.embedder, settings.embedder_url),
        ("chat", settings.model, settings.model_url),
    ):
        if url or (role == "chat" and name == "extractive"):
            continue
        if name not in MODELS:
            yield ok(f"weights_{role}", "weights_own", name=name)
        elif not installed(name, folder):
            yield bad(f"weights_{role}", "weights_missing", "weights_missing", name=name, folder=folder)
        elif problems := verify(name, folder):
            yield bad(f"weights_{role}", "weights_wrong", "weights_wrong", name=name, problems="; ".join(problems))
        else:
            yield ok(f"weights_{role}", "weights", name=name)


def check_endpoints(settings: Settings) -> Iterator[Finding]:
    """Whether each endpoint answers, takes the key, and serves the model."""
    from models.chats import urls_of

    for role, name, setting in (
        ("embedder", settings.embedder, settings.embedder_url),
        ("chat", settings.model, settings.model_url),
    ):
        for url in urls_of(setting):
            yield _endpoint(role, name, url, settings.model_key.get_secret_value())


def _endpoint(role: str, name: str, url: str, key: str) -> Finding:
    import httpx

    where = f"endpoint_{role}"
    try:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        reply = httpx.get(f"{url.rstrip('/')}/models", headers=headers, timeout=_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        return bad(where, "endpoint_silent", "endpoint_silent", url=url, error=exc or type(exc).__name__)
    if reply.status_code in (401, 403):
        return bad(where, "endpoint_key", "endpoint_key", url=url, status=reply.status_code)
    try:
        served = [str(one["id"]) for one in reply.json()["data"]]
    except (ValueError, KeyError, TypeError):
        return warn(where, "endpoint_odd", "endpoint_odd", url=url, status=reply.status_code)
    if name not in served:
        return bad(where, "endpoint_model", "endpoint_model", url=url, name=name, served=", ".join(served) or "–")
    return ok(where, "endpoint", url=url, name=name)


WEIGHTS: tuple[Check, ...] = (check_weights, check_endpoints)
