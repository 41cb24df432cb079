"""The whole application: a greeting, and an answer for the cluster's probes."""

from flask import Flask

app = Flask(__name__)


@app.get("/")
def greet() -> dict[str, str]:
    return {"message": "Hello from Flask"}


@app.get("/health")
def health() -> dict[str, str]:
    return {"status": "ok"}
