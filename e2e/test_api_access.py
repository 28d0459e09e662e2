"""Who gets to the API, asked over the network with passes of the real Better Auth."""

import base64
import json
import time

import httpx
import pytest

from e2e.conftest import LIFETIME
from e2e.people import PATIENCE, Person, sign_up
from tools.stack import Stack


def call(stack: Stack, path: str, *headers: tuple[str, str]) -> httpx.Response:
    return httpx.get(f"{stack.api_url}{path}", headers=list(headers), timeout=PATIENCE)


class TestWithoutAGoodToken:
    def test_anonymous(self, stack: Stack, person: Person) -> None:
        answer = call(stack, person.tasks_path)
        assert answer.status_code == 401
        assert answer.json()["detail"] == "Unauthorized - Missing bearer token"
        assert answer.headers["www-authenticate"] == "Bearer"

    def test_tampered_claims(self, stack: Stack, person: Person) -> None:
        header, payload, signature = person.token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        forged = base64.urlsafe_b64encode(json.dumps(claims | {"sub": "root"}).encode())
        token = ".".join([header, forged.decode().rstrip("="), signature])
        answer = call(stack, person.tasks_path, ("Authorization", f"Bearer {token}"))
        assert answer.status_code == 401
        assert answer.json()["detail"] == "Unauthorized - Invalid or expired token"
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]

    def test_expired(self, short: Stack) -> None:
        person = sign_up(short)
        for _ in range(3):
            if person.api.get("/api/me").status_code != 401:
                break
            person.renew()  # its seconds were over on a slow machine before it was shown
        time.sleep(LIFETIME + 0.1)
        answer = person.api.get("/api/me")
        assert answer.status_code == 401
        assert "expired" in answer.headers["www-authenticate"]

    def test_two_authorization_headers(self, stack: Stack, person: Person) -> None:
        good = ("Authorization", f"Bearer {person.token}")
        assert call(stack, "/api/me", good).status_code == 200
        assert call(stack, "/api/me", good, good).status_code == 401


class TestWithAGoodToken:
    def test_claims_are_exactly_four(self, person: Person) -> None:
        header, payload, _ = person.token.split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
        assert base64.urlsafe_b64decode(header + "==") == b'{"alg":"HS256","typ":"JWT"}'
        assert list(claims) == ["sub", "email", "iat", "exp"]
        assert claims["exp"] - claims["iat"] == 3600
        assert (claims["sub"], claims["email"]) == (person.id, person.email)

    def test_me_comes_from_the_token(self, person: Person) -> None:
        assert person.api.get("/api/me").json() == {"id": person.id, "email": person.email}

    def test_first_task(self, person: Person) -> None:
        person.add_task("Read the code before trusting it")
        assert person.titles() == ["Read the code before trusting it"]

    @pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
    def test_path_of_another_user(self, stack: Stack, person: Person, method: str) -> None:
        other = sign_up(stack, "Grace Hopper")
        other.add_task("Mine")
        answer = person.api.request(method, other.tasks_path)
        assert answer.status_code == 403
        assert answer.json()["error_type"] == "authorization_error"
        assert other.titles() == ["Mine"]


class TestRenewal:
    def test_with_the_session_cookie(self, person: Person) -> None:
        answer = person.auth.get("/gatepass/token")
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["token"].count(".") == 2

    def test_without_a_session(self, stack: Stack) -> None:
        renewal = f"{stack.web_url}/api/auth/gatepass/token"
        assert httpx.get(renewal, timeout=PATIENCE).status_code == 401

    def test_after_sign_out(self, person: Person) -> None:
        assert person.auth.post("/sign-out", json={}).status_code == 200
        person.auth.cookies.update(person.cookies)
        assert person.auth.get("/gatepass/token").status_code == 401

    def test_the_token_is_not_a_cookie_for_the_api(self, stack: Stack, person: Person) -> None:
        answer = httpx.get(f"{stack.api_url}/api/me", cookies=person.cookies, timeout=PATIENCE)
        assert answer.status_code == 401
