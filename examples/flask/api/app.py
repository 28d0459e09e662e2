"""Flask."""

from flask import Flask, jsonify, request
from flask.wrappers import Response

from gatepass.wsgi import protect

app = Flask(__name__)
protect(app, public=["/health"], cors_origins=["http://localhost:3000"])


@app.get("/health")
def health() -> str:
    return "ok"


@app.get("/me")
def me() -> Response:
    user = request.environ["gatepass.user"]
    return jsonify(id=user.id, email=user.email)
