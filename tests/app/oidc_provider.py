"""An OpenID Connect provider on a free port of this machine, small and strict: discovery, code flow with PKCE, RS256.

It checks what a provider checks (client, redirect address, code, verifier) and says of its reader what a test wants.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "shujia", "a secret of the client"
_HOUR = 3600


class Provider(ThreadingHTTPServer):
    """``claims`` is what it says of whoever signs in next; ``forged`` signs with a key that it does not publish."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_address[1]}"
        self.key, self.other = (RSAKey.generate_key(2048, {"kid": "a"}) for _ in range(2))
        self.claims: dict[str, Any] = {}
        self.forged = False
        self.signed_out = 0
        self.codes: dict[str, dict[str, str]] = {}

    def allow(self, asked: dict[str, str]) -> str:
        """The address to go back to, with a code that is good once."""
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, sent: dict[str, str]) -> dict[str, object]:
        """What a code is changed for."""
        asked = self.codes.pop(sent["code"])
        digest = hashlib.sha256(sent["code_verifier"].encode()).digest()
        assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == asked["code_challenge"]
        assert sent["redirect_uri"] == asked["redirect_uri"]
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + _HOUR, "nonce": asked["nonce"]}
        header = {"alg": "RS256", "kid": "a"}
        signed = jwt.encode(header, claims | self.claims, self.other if self.forged else self.key)
        return {"access_token": "none", "token_type": "Bearer", "expires_in": _HOUR, "id_token": signed}

    def described(self) -> dict[str, object]:
        """OpenID Connect Discovery 1.0, section 3."""
        ends = ("authorization", "token", "end_session")
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            **{f"{end}_endpoint": f"{self.issuer}/{end}" for end in ends},
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }


class _Handler(BaseHTTPRequestHandler):
    server: Provider

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if url.path == "/.well-known/openid-configuration":
            self._json(self.server.described())
        elif url.path == "/keys":
            self._json({"keys": [self.server.key.as_dict(private=False)]})
        elif url.path == "/authorization":
            self._redirect(self.server.allow(asked))
        elif url.path == "/end_session":
            self.server.signed_out += 1
            self._redirect(asked["post_logout_redirect_uri"])
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if self.path != "/token" or self.headers.get("Authorization") != f"Basic {client}":
            self.send_error(401)
        else:
            self._json(self.server.token(sent))

    def _json(self, payload: object) -> None:
        data = json.dumps(payload).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def provided() -> Iterator[Provider]:
    """A provider for the length of a block."""
    server = Provider()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
