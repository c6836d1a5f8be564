"""Errors of OpenAI-compatible endpoints as ours: the one place where the foreign classes are named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from models.types import ContextTooLong, ModelTimeout, ModelUnavailable

_TOO_LONG = ("context_length_exceeded", "context length", "maximum context", "exceed_context", "too many tokens")


@contextmanager
def translated(name: str, base_url: str) -> Iterator[None]:
    """Within the block, what openai, httpx and json raise becomes a ModelError; ours pass through unchanged.

    Messages carry the endpoint's own words but never the request, so no key and no document text.
    """
    import httpx
    import openai

    where = f"{name} at {base_url}"
    try:
        yield
    except (openai.APITimeoutError, httpx.TimeoutException, TimeoutError) as exc:
        raise ModelTimeout(f"{where} gave nothing within its time: try again, or raise the timeout") from exc
    except openai.AuthenticationError as exc:
        raise ModelUnavailable(f"{where} refused the key (401): set the right api key") from exc
    except openai.RateLimitError as exc:
        raise ModelUnavailable(f"{where} is over its rate limit or quota (429): try again later") from exc
    except openai.APIStatusError as exc:
        said = _words(exc)
        if any(sign in said.lower() for sign in _TOO_LONG):
            raise ContextTooLong(f"{where}: {said}") from exc
        raise ModelUnavailable(f"{where} answered {exc.status_code}: {said}") from exc
    except (openai.APIConnectionError, httpx.TransportError) as exc:
        raise ModelUnavailable(f"{where} cannot be reached or broke off ({exc}): is it running?") from exc
    except (openai.OpenAIError, httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError) as exc:
        # An answer that is not of the promised shape surfaces in the client libraries as any of these.
        raise ModelUnavailable(f"{where} answered with something that is not the OpenAI protocol: {exc!r}") from exc


def _words(exc: object) -> str:
    """What the endpoint said, short, without its markup."""
    body = getattr(exc, "body", None)
    message = body.get("message") if isinstance(body, dict) else None
    code = body.get("code") if isinstance(body, dict) else None
    return " ".join(str(part) for part in (message or getattr(exc, "message", exc), code) if part)[:300]
